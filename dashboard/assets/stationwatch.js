/* The name under which every file here adds its part.
 *
 * Files are served in the order of their paths, those of this folder before its sub-folders: what
 * they use of each other while they are read must be here.
 */
(function () {
  "use strict";
  const makers = new Map();
  const parts = [];

  Object.assign((window.stationwatch = window.stationwatch || {}), {
    /* make(root, model) gives a page's view: {paint(change), take?(message), keys?(event), close?()}.
     *
     * It is called when an element with data-page=<name> stands in the document. */
    addPage: (name, make) => makers.set(name, make),
    makerOf: (name) => makers.get(name),
    /* A part of the frame, on all pages: {hear?(message, model), paint?(change, model), key?(event)}. */
    addFrame: (part) => parts.push(part),
    parts,
    wake: () => window.stationwatch.document?.wake(),
  });
})();
