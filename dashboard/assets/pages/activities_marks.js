/* What stands on the lanes of the time line: an activity's bar, and when a link has contact. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg } = stationwatch;
  const HALF_DAY_MS = 43200000;

  /* An activity on a time line. placed: as its `place` makes it; top: of its lane. */
  function makeBar(line, { row, left, bar, outside, flipped, box, line: at }, top) {
    const now = line.model.now(row.spacecraft);
    const { name, word } = stationwatch.activities.look(row, now);
    const node = element("button", `bar ${name}${outside ? " outside" : ""}${flipped ? " flipped" : ""}`);
    node.type = "button";
    node.dataset.id = row.id;
    node.setAttribute("aria-pressed", String(row.id === line.shown.chosen));
    node.title = `${row.title}\n${word}, ${stationwatch.activities.windowWords(row, now)} UTC`;
    Object.assign(node.style, { left: `${box[0]}px`, width: `${box[1] - box[0]}px`, top: `${top + 2 + at * line.barHeight}px` });
    const fill = element("span", "fill");
    Object.assign(fill.style, { left: `${left - box[0]}px`, width: `${bar}px` });
    const ended = row.over && row.over < row.end ? Math.max(row.start, row.over) : row.end;
    const planned = Math.min(line.width, line.x(ended)) - left;
    if (planned < bar - 1) {
      // what is asked for, has run over or was not used any more is hollow
      const more = element("span", row.extension ? "more asked" : "more");
      Object.assign(more.style, { left: `${left - box[0] + Math.max(0, planned)}px`, width: `${bar - Math.max(0, planned)}px` });
      fill.style.width = `${Math.max(0, planned)}px`;
      node.append(more);
    }
    const text = element("span", "text", line.text(row));
    if (outside) text.style[flipped ? "right" : "left"] = `${bar + 4}px`;
    node.append(fill, text);
    node.addEventListener("click", () => line.onChoose(row.id));
    return node;
  }

  /* Contact is a quiet line; where none is announced it is filled, for that is what one must know. */
  function drawContact(line, { schedule, link, top, height }) {
    const { start, stop } = line.shown;
    const y = top + height / 2;
    const from = Math.max(start, schedule.from);
    const to = Math.min(stop, schedule.to);
    const span = (name, a, b) => line.canvas.append(svg("line", { class: name, x1: Math.max(line.left, line.x(a)), x2: line.x(b), y1: y, y2: y }));
    if (from >= to) {
      span("unannounced", start, stop);
      return;
    }
    if (start < from) span("unannounced", start, from);
    if (to < stop) span("unannounced", to, stop);
    span("contact", from, to);
    for (const gap of stationwatch.activities.gapsIn(schedule, link, schedule.from, schedule.to) || []) {
      if (gap.end <= from || gap.start >= to) continue;
      const x = line.x(Math.max(from, gap.start));
      const width = Math.max(1, line.x(Math.min(to, gap.end)) - x);
      const ends = gap.end < schedule.to && width > 140; // with a contact that is announced
      line.canvas.append(svg("rect", { class: "gap", x, y: top + 2, width, height: height - 4 }));
      if (width > 76) line.canvas.append(svg("text", { class: "gap-text", x: x + width / 2, y: top + 11 }, ends ? `⊘ no contact, AOS ${stationwatch.format.time(gap.end).slice(0, 5)}` : "⊘ no contact"));
    }
  }

  /* What is announced of a lane's link at a time. */
  function contactAt({ schedule, link, name }, ms) {
    if (ms < schedule.from || ms >= schedule.to) return `${name}: nothing announced`;
    const { moment, time } = stationwatch.format;
    const until = (at) => (at - ms < HALF_DAY_MS ? time(at) : moment(at));
    const heard = schedule.windows.find((one) => one.link === link && one.start <= ms && ms < one.end);
    if (heard) return `${name}: contact until ${until(heard.end)}`;
    const next = schedule.windows.find((one) => one.link === link && one.start > ms);
    return `⊘ ${name}: no contact${next ? ` until ${until(next.start)}` : " to the end of the schedule"}`;
  }

  stationwatch.activities = { ...stationwatch.activities, bar: makeBar, drawContact, contactAt };
})();
