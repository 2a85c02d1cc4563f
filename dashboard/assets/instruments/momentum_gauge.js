/* CMG momentum as a share of capacity: a bar with its limits, a number, and how long is left. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const LONG_S = 3600; // from here on ingest only says "no earlier than an hour"

  class MomentumGauge {
    constructor(container) {
      this.node = element("div", "momentum-gauge");
      this.number = element("span", "momentum-number");
      this.left = element("span", "momentum-left");
      this.bar = element("div", "momentum-bar");
      this.fill = element("div", "momentum-fill");
      this.marks = ["caution", "warning"].map((name) => ({ name, node: element("span", `momentum-mark severity-${name}`) }));
      this.bar.append(this.fill, ...this.marks.map((mark) => mark.node));
      const head = element("div", "momentum-head");
      head.append(this.number, this.left);
      this.node.append(head, this.bar);
      container.replaceChildren(this.node);
    }

    /* percent: of capacity. limitCaution, limitWarning: percent or null. noEarlierThanS: or null.
     * state: "live" | "old" | "none". */
    paint({ percent, limitCaution, limitWarning, noEarlierThanS, state }) {
      const worst = percent > (limitWarning ?? Infinity) ? "warning" : percent > (limitCaution ?? Infinity) ? "caution" : "nominal";
      classify(this.node, `momentum-gauge is-${state} severity-${worst}`);
      this.paintMarks(limitCaution, limitWarning);
      if (state === "none") {
        write(this.number, "NO DATA");
        write(this.left, "");
        this.fill.style.transform = "scaleX(0)";
        return;
      }
      write(this.number, `${percent.toFixed(1)} %${state === "old" ? " (old)" : ""}`);
      write(this.left, leftWords(noEarlierThanS));
      this.fill.style.transform = `scaleX(${Math.min(1, Math.max(0, percent / 100)).toFixed(4)})`;
    }

    paintMarks(limitCaution, limitWarning) {
      for (const { name, node } of this.marks) {
        const limit = name === "caution" ? limitCaution : limitWarning;
        node.hidden = limit === null || limit === undefined;
        if (!node.hidden) {
          node.style.left = `${Math.min(100, limit)}%`;
          node.title = `${name} above ${limit} %`;
        }
      }
    }
  }

  function leftWords(seconds) {
    if (seconds === null || seconds === undefined) return "";
    if (seconds <= 0) return "saturated";
    if (seconds >= LONG_S) return "saturation not within 1 h";
    return `saturation no earlier than ${stationwatch.format.left(seconds * 1000)}`;
  }

  stationwatch.MomentumGauge = MomentumGauge;
})();
