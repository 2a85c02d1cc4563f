/* A scenario's time line: activities as bars, losses of signal, what happens as marks, and where a
 * training joins it. What goes wrong is drawn only for instructors. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg } = stationwatch;
  const BAR = 18;
  const STEPS_MIN = [5, 10, 15, 30, 60, 120, 360];
  const LABEL_PX = 74;

  class ScenarioLine {
    /* onPick(ms): a moment was pointed at. */
    constructor(onPick) {
      this.node = element("div", "scenario-line");
      this.drawing = svg("svg", { role: "img" });
      this.node.append(this.drawing);
      this.sizes = new ResizeObserver(() => this.draw());
      this.sizes.observe(this.node);
      this.drawing.addEventListener("click", (event) => {
        if (!this.scenario) return;
        const part = (event.clientX - this.drawing.getBoundingClientRect().left) / this.width;
        const { start, stop } = this.scenario;
        onPick(start + Math.min(0.999, Math.max(0, part)) * (stop - start));
      });
    }

    close() {
      this.sizes.disconnect();
    }

    show(scenario, from, faults) {
      Object.assign(this, { scenario, from, faults });
      this.drawing.setAttribute("aria-label", `Time line of ${scenario.title}; the list below says the same`);
      this.draw();
    }

    draw() {
      this.width = this.node.clientWidth;
      if (!this.scenario || !this.width) return;
      const { start, stop, moments } = this.scenario;
      const x = (ms) => ((Math.min(Math.max(ms, start), stop) - start) / (stop - start)) * this.width;
      const parts = [];
      const bars = moments.filter((one) => one.kind === "activity" || one.kind === "gap");
      bars.forEach((one, row) => {
        const [left, right, top] = [x(one.start), x(one.end), 2 + row * (BAR + 3)];
        const group = svg("g", { class: one.kind });
        group.append(svg("title", {}, `${one.says}: ${time(one.start)} to ${time(one.end)}`));
        group.append(svg("rect", { x: left, y: top, width: Math.max(2, right - left), height: BAR, rx: 2 }));
        const outside = right - left < one.says.length * 6;
        const late = outside && right + one.says.length * 6.4 > this.width;
        const at = late ? { x: left - 5, "text-anchor": "end" } : { x: outside ? right + 5 : left + 5 };
        group.append(svg("text", { ...at, y: top + 13, class: outside ? "beside" : "" }, one.says));
        parts.push(group);
      });
      const axis = 2 + bars.length * (BAR + 3) + 16;
      parts.push(svg("line", { class: "axis", x1: 0, x2: this.width, y1: axis, y2: axis }));
      const step = 60000 * (STEPS_MIN.find((minutes) => ((stop - start) / (minutes * 60000)) * LABEL_PX < this.width) || 1440);
      for (let ms = Math.ceil(start / step) * step; ms < stop; ms += step) {
        const at = x(ms);
        parts.push(svg("line", { class: "axis", x1: at, x2: at, y1: axis, y2: axis + 4 }));
        if (at < this.width - 40) parts.push(svg("text", { class: "hour", x: at + 3, y: axis + 14 }, time(ms).slice(0, 5)));
      }
      for (const one of moments.filter((each) => each.kind === "event" || (each.kind === "fault" && this.faults))) {
        const at = x(one.start);
        const mark = svg("path", { class: one.kind, d: `M${at} ${axis - 1}l-5 -10h10z` });
        mark.append(svg("title", {}, `${time(one.start)} ${one.says}`));
        parts.push(mark);
      }
      const at = x(this.from);
      parts.push(svg("line", { class: "joined", x1: at, x2: at, y1: 0, y2: axis + 16 }));
      this.drawing.setAttribute("width", this.width);
      this.drawing.setAttribute("height", axis + 18);
      this.drawing.replaceChildren(...parts);
    }
  }

  const time = (ms) => stationwatch.format.time(ms);

  Object.assign(stationwatch, { ScenarioLine });
})();
