/* Making and writing nodes. Everything is written as text: no text is ever taken for markup. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const SVG = "http://www.w3.org/2000/svg";

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function svg(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Write only what differs: writing is what costs. */
  function write(node, text) {
    if (node.shown !== text) node.textContent = node.shown = text;
  }

  /* For elements of a page and of a drawing alike. */
  function classify(node, name) {
    if (node.named !== name) node.setAttribute("class", (node.named = name));
  }

  function byId(id) {
    return document.getElementById(id);
  }

  /* A colour of the theme that is shown now, for canvases. */
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  Object.assign(stationwatch, { element, svg, write, classify, byId, colour });
})();
