/* Numbers on a strip chart: the least and the most that it shows now, and how far back it goes. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;

  class StripScale {
    /* canvas: one with a strip. It gets a frame that holds the numbers too. */
    constructor(canvas) {
      this.canvas = canvas;
      this.node = element("div", "strip-scale");
      this.high = element("span", "high");
      this.low = element("span", "low");
      canvas.replaceWith(this.node);
      this.node.append(canvas, this.high, this.low);
    }

    paint(now) {
      const { strip } = this.canvas;
      if (!strip || !strip.visible) return;
      const { low, high } = strip.range(now - strip.windowMs, now);
      write(this.high, short(high));
      write(this.low, short(low));
    }
  }

  /* Three figures: where an axis ends is no measurement. */
  function short(value) {
    const size = Math.abs(value);
    if (size < 1e-12) return "0";
    if (size >= 1e5 || size < 1e-3) return value.toExponential(0).replace("e+", "e").replaceAll("-", "−");
    return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size)))).replace("-", "−");
  }

  stationwatch.StripScale = StripScale;
})();
