/* What is wrong with the page that is shown: given as lines of text, none when all is well. */
() => {
  const wrong = [];
  const shownText = document.body.innerText;
  for (const word of ["undefined", "NaN", "[object", "Infinity"]) {
    const at = shownText.indexOf(word);
    if (at >= 0) wrong.push(`says ${word}: ...${shownText.slice(Math.max(0, at - 40), at + 30)}...`);
  }
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) wrong.push(`is ${root.scrollWidth} px wide in ${innerWidth}`);
  if (root.scrollHeight > innerHeight + 1) wrong.push(`is ${root.scrollHeight} px high in ${innerHeight}`);

  const name = (node) => `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""}.${[...node.classList].join(".")} "${node.textContent.trim().slice(0, 40)}"`;
  const titled = (node) => node.closest("[title]:not([title=''])") !== null || node.closest(".ag-root-wrapper, .js-plotly-plot") !== null;
  const own = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());

  /* Text that is cut and does not say on hover what it is. */
  const cut = [];
  for (const node of document.querySelectorAll("#console *")) {
    if (!own(node) || !node.checkVisibility({ visibilityProperty: true })) continue;
    if (node.clientWidth <= 1 && node.clientHeight <= 1) continue; // only for those who hear the page
    const style = getComputedStyle(node);
    const hides = style.overflowX !== "visible" || style.textOverflow === "ellipsis";
    const scrolls = ["auto", "scroll"].includes(style.overflowX) || ["PRE", "TEXTAREA"].includes(node.tagName);
    if (hides && !scrolls && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && !titled(node)) cut.push(`cut: ${name(node)}`);
  }
  wrong.push(...cut.slice(0, 8));

  /* What of a box its ancestors let be seen. */
  function clipped(whole, node) {
    const box = { left: whole.left, right: whole.right, top: whole.top, bottom: whole.bottom };
    for (let one = node; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      const edge = one.getBoundingClientRect();
      if (style.overflowX !== "visible") {
        box.left = Math.max(box.left, edge.left);
        box.right = Math.min(box.right, edge.right);
      }
      if (style.overflowY !== "visible") {
        box.top = Math.max(box.top, edge.top);
        box.bottom = Math.min(box.bottom, edge.bottom);
      }
    }
    return box;
  }

  /* Text on text. What is clipped away or lies under something else is not seen, so not at fault. */
  const seen = [];
  const walker = document.createTreeWalker(document.getElementById("console"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("svg, .js-plotly-plot, .ag-root-wrapper, canvas, [data-may-overlap]")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const whole of range.getClientRects()) {
      const box = clipped(whole, parent);
      if (box.right - box.left < 2 || box.bottom - box.top < 4) continue;
      const hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      if (hit && (hit === parent || parent.contains(hit) || hit.contains(parent))) seen.push({ box, parent });
    }
  }
  seen.sort((a, b) => a.box.top - b.box.top);
  const over = [];
  for (let i = 0; i < seen.length && over.length < 8; i += 1) {
    for (let k = i + 1; k < seen.length && seen[k].box.top < seen[i].box.bottom - 4; k += 1) {
      const a = seen[i].box, b = seen[k].box;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 5 && seen[i].parent !== seen[k].parent) over.push(`overlaps: ${name(seen[i].parent)} and ${name(seen[k].parent)}`);
    }
  }
  wrong.push(...over.slice(0, 8));
  return wrong;
}
