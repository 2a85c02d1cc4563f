/* A strip chart of a Series on a canvas. Knows times and values; nothing of telemetry.
 *
 * Each pixel column draws the least and the most of its samples, so that a spike of one sample
 * survives. The time axis is the caller's clock, not the data: when data stop, the line is seen to
 * move away from the right edge.
 *
 * options: series; windowMs; gapMs: a longer silence breaks the line; bands: [{colour, low, high}]
 * what is outside is tinted; trace: colour.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  class Strip {
    constructor(canvas, options) {
      this.canvas = canvas;
      this.series = options.series;
      this.windowMs = options.windowMs || 300000;
      this.gapMs = options.gapMs || Infinity;
      this.bands = options.bands || [];
      this.trace = options.trace || stationwatch.colour("trace");
      this.ratio = 1;
      this.drawnAt = NaN; // NaN: must be drawn
      this.drawnVersion = -1;
    }

    /* Sizes in CSS pixels; the canvas has a dot for each dot of the screen. */
    resize(width, height, ratio) {
      this.ratio = ratio || 1;
      this.canvas.width = Math.max(1, Math.round(width * this.ratio));
      this.canvas.height = Math.max(1, Math.round(height * this.ratio));
      this.drawnAt = NaN;
    }

    /* Whether drawing now would look different. Half a dot of movement is not seen. */
    due(now) {
      if (this.series.version !== this.drawnVersion) return true;
      return !(Math.abs(now - this.drawnAt) < this.windowMs / this.canvas.width / 2);
    }

    draw(now) {
      const context = this.canvas.getContext("2d");
      const width = this.canvas.width, height = this.canvas.height;
      const first = now - this.windowMs;
      const toX = (time) => ((time - first) / this.windowMs) * width;
      const range = this.range(first, now);
      const toY = (value) => height - 1 - ((value - range.low) / (range.high - range.low)) * (height - 2);
      this.drawnAt = now;
      this.drawnVersion = this.series.version;
      context.clearRect(0, 0, width, height);
      this.drawBands(context, toY, width, height);
      context.strokeStyle = context.fillStyle = this.trace;
      context.lineWidth = Math.max(1, this.ratio);
      context.lineJoin = "round";
      this.drawTrace(context, first, now, toX, toY);
    }

    /* What the vertical axis spans: the data, and the innermost limits so that distance shows. */
    range(first, now) {
      let low = Infinity, high = -Infinity;
      for (let i = 0; i < this.series.count; i += 1) {
        const at = this.series.index(i), value = this.series.values[at];
        const holds = i + 1 === this.series.count || this.series.time(i + 1) >= first;
        if (this.series.times[at] > now || !holds || Number.isNaN(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const inner = this.bands[0] || {};
      for (const limit of [inner.low, inner.high]) {
        if (limit === null || limit === undefined) continue;
        low = Math.min(low, limit);
        high = Math.max(high, limit);
      }
      if (low > high) return { low: 0, high: 1 };
      const margin = (high - low) * 0.08 || Math.abs(high) * 0.01 || 1;
      return { low: low - margin, high: high + margin };
    }

    drawBands(context, toY, width, height) {
      for (const band of this.bands) {
        context.fillStyle = context.strokeStyle = band.colour;
        context.lineWidth = 1;
        for (const side of ["low", "high"]) {
          const limit = band[side];
          if (limit === null || limit === undefined) continue;
          const y = Math.round(toY(limit)) + 0.5;
          if (y < 0 || y > height) continue;
          context.globalAlpha = 0.13;
          if (side === "high") context.fillRect(0, 0, width, y);
          else context.fillRect(0, y, width, height - y);
          context.globalAlpha = 0.5;
          context.beginPath();
          context.moveTo(0, y);
          context.lineTo(width, y);
          context.stroke();
        }
      }
      context.globalAlpha = 1;
    }

    drawTrace(context, first, now, toX, toY) {
      let column = null; // the samples of one pixel column: where they are, first, least, most, last
      let previous = NaN, previousY = NaN, open = false;
      const flush = () => {
        if (column === null) return;
        if (open && this.series.step) context.lineTo(column.x, previousY);
        if (open) context.lineTo(column.x, column.first);
        else context.moveTo(column.x, column.first);
        if (column.least !== column.most) {
          context.lineTo(column.x, column.least);
          context.lineTo(column.x, column.most);
          context.lineTo(column.x, column.last);
        } else if (!open) {
          context.lineTo(column.x + this.ratio, column.first); // a lone sample is a dot
        }
        previousY = column.last;
        open = true;
        column = null;
      };
      context.beginPath();
      for (let i = 0; i < this.series.count; i += 1) {
        const at = this.series.index(i), time = this.series.times[at], value = this.series.values[at];
        if (time > now) break;
        // one sample left of the edge, so that the line comes in from there
        if (time < first && i + 1 < this.series.count && this.series.time(i + 1) < first) continue;
        if (Number.isNaN(value) || time - previous > this.gapMs) {
          flush();
          open = false;
        }
        previous = time;
        if (Number.isNaN(value)) continue;
        const x = toX(time), y = toY(value);
        if (column !== null && Math.floor(column.x) === Math.floor(x)) {
          column.least = Math.min(column.least, y);
          column.most = Math.max(column.most, y);
          column.last = y;
        } else {
          flush();
          column = { x, first: y, least: y, most: y, last: y };
        }
      }
      flush();
      const held = Math.min(this.series.heldTo, now);
      if (open && this.series.step && held > previous && !Number.isNaN(previousY)) context.lineTo(toX(held), previousY);
      context.stroke();
    }
  }

  stationwatch.Strip = Strip;
})();
