/* Numbers on a strip chart: the least and the most that it shows now, and how far back it goes. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;

  class StripScale {
    /* canvas: one with a strip. It gets a frame, which holds the numbers too where there are any:
     * the codes of states are none that anybody reads. */
    constructor(canvas, numeric = true) {
      this.canvas = canvas;
      this.numeric = numeric;
      this.node = element("div", "strip-scale");
      this.high = element("span", "high");
      this.low = element("span", "low");
      canvas.replaceWith(this.node);
      this.node.append(canvas, this.high, this.low);
    }

    paint(now) {
      const { strip } = this.canvas;
      if (!this.numeric || !strip || !strip.visible) return;
      const { low, high } = strip.range(now - strip.windowMs, now);
      const known = strip.series.count > 0;
      write(this.high, known ? end(high, high - low) : "");
      write(this.low, known ? end(low, high - low) : "");
    }
  }

  /* As many digits as tell one end of an axis from the other. */
  function end(value, span) {
    const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(span))));
    const text = value.toFixed(digits);
    return (text.length > 8 ? value.toExponential(1).replace("e+", "e") : text).replaceAll("-", "−");
  }

  stationwatch.StripScale = StripScale;
})();
