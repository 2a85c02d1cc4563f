/* How long is left at the soonest, in words, wherever a page has put `data-net`. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify } = stationwatch;
  const NOTHING_PUSHES_S = 3600; // as the derived parameters say it

  class TimesLeft {
    constructor(root, model) {
      this.model = model;
      this.all = [...root.querySelectorAll("[data-net]")].map((node) => ({
        node, point: model.point(node.dataset.net), none: node.dataset.none,
        past: model.point(node.dataset.past), limit: Number(node.dataset.limit),
      }));
    }

    paint(change) {
      for (const one of this.all) {
        if (change.all || change.second || change.turned.size || change.points.has(one.point)) this.paintOne(one);
      }
    }

    paintOne({ node, point, none, past, limit }) {
      // ingest says how long what pushes now needs; what is past its limit has no time left either way
      const over = typeof past?.value === "number" && past.value >= limit;
      const seconds = point && typeof point.value === "number" ? (over ? 0 : point.value) : null;
      const old = Boolean(point) && point.value !== undefined && this.model.old(point.system);
      const words = timeLeft(seconds, none);
      write(node, old ? `${point.system.freshness}, was ${words}` : words);
      const look = point?.alarm && this.model.looks.severity[point.alarm.severity];
      classify(node, `net${look ? ` severity-${look.name}` : ""}${seconds === null ? " never" : old ? " old" : ""}`);
    }
  }

  /* seconds: a lower bound, or null. none: what 0 means. */
  function timeLeft(seconds, none) {
    if (seconds === null) return "NO DATA";
    if (seconds >= NOTHING_PUSHES_S) return "1 h or more";
    return seconds <= 0 ? none : `${stationwatch.format.left(seconds * 1000)}${seconds >= 60 ? " min" : ""}`;
  }

  stationwatch.TimesLeft = TimesLeft;
})();
