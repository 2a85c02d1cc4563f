/* The chart itself: Plotly draws; zoom by dragging or the wheel, cursors, values from its arrays. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const CLICK_PX = 4;
  const DOUBLE_MS = 350;
  const WHEEL = 1.25;

  class TrendsPlot {
    constructor(node, view) {
      this.node = node;
      this.view = view;
      this.over = node.querySelector(".trends-over");
      this.shown = { start: 0, stop: 1 };
      this.pins = { a: NaN, b: NaN };
      this.at = NaN;
      this.held = false;
      this.lines = new Map(); // key -> {part -> {t, y}}
      this.marks = {};
      for (const name of ["at", "a", "b"]) {
        this.marks[name] = element("div", `cursor ${name}`);
        this.marks[name].append(element("span"));
        this.over.append(this.marks[name]);
      }
      this.over.dataset.mayOverlap = "";
      node.addEventListener("pointermove", (event) => this.move(event));
      node.addEventListener("pointerleave", () => this.point(NaN));
      node.addEventListener("pointerdown", (event) => this.down(event), true);
      node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.up = (event) => this.release(event);
      addEventListener("pointerup", this.up, true);
    }

    close() {
      removeEventListener("pointerup", this.up, true);
      clearTimeout(this.wheeling);
    }

    graph() {
      return this.node.querySelector(".js-plotly-plot");
    }

    draw(answer) {
      const { figure } = answer;
      this.shown = { start: answer.start, stop: answer.stop };
      this.margin = figure.layout.margin;
      this.wide = figure.layout.width - this.margin.l - this.margin.r;
      this.lines = read(figure.data);
      dash_clientside.set_props("trends-chart", { figure });
      this.listen();
      this.over.style.inset = `${this.margin.t}px ${this.margin.r}px ${this.margin.b}px ${this.margin.l}px`;
      this.place();
    }

    /* Plotly makes its node some time after it was given its first figure. */
    listen() {
      const graph = this.graph();
      if (!graph || !graph.on) {
        setTimeout(() => this.node.isConnected && this.listen(), 100);
        return;
      }
      if (graph === this.heard) return;
      this.heard = graph;
      graph.on("plotly_relayout", (changed) => this.moved(changed));
    }

    /* A person has zoomed or moved the axis of time. */
    moved(changed) {
      const from = time(changed["xaxis.range[0]"] ?? changed["xaxis.range"]?.[0]);
      const to = time(changed["xaxis.range[1]"] ?? changed["xaxis.range"]?.[1]);
      if (!(from < to) || (from === this.shown.start && to === this.shown.stop)) return;
      this.shown = { start: from, stop: to };
      this.place();
      this.view.fix(from, to);
    }

    /* All there is on every axis of values again. */
    allY() {
      const graph = this.graph();
      if (!graph || !window.Plotly || !this.view.answer) return;
      const axes = Object.entries(this.view.answer.figure.layout).filter(([name, axis]) => name.startsWith("yaxis") && !axis.fixedrange);
      const changes = Object.fromEntries(axes.map(([name, axis]) => [`${name}.range`, [...axis.range]]));
      if (axes.length) Plotly.relayout(graph, changes);
    }

    timeOf(event) {
      const box = this.node.getBoundingClientRect();
      const part = (event.clientX - box.left - (this.margin?.l || 0)) / this.wide;
      if (!this.view.answer || !(part >= 0 && part <= 1)) return NaN;
      return this.shown.start + part * (this.shown.stop - this.shown.start);
    }

    point(ms) {
      if (Object.is(ms, this.at)) return;
      this.at = ms;
      this.place();
      this.view.paintValues();
    }

    move(event) {
      this.point(this.timeOf(event));
    }

    down(event) {
      this.held = event.button === 0;
      this.node.focus({ preventScroll: true }); // Plotly keeps the browser from it
      this.began = { x: event.clientX, y: event.clientY, inside: this.node.contains(event.target) };
    }

    release(event) {
      if (!this.held) return;
      this.held = false;
      setTimeout(() => this.view.released()); // a zoom asks anew before that
      const near = Math.hypot(event.clientX - this.began.x, event.clientY - this.began.y) < CLICK_PX;
      const ms = this.timeOf(event);
      if (!near || !this.began.inside || !Number.isFinite(ms)) return;
      const now = performance.now();
      if (now - (this.clicked?.at ?? -DOUBLE_MS) < DOUBLE_MS) {
        // the first click of two was no pin
        for (const [name, was] of Object.entries(this.clicked.pins)) this.set(name, was);
        this.clicked = null;
        this.view.back();
        return;
      }
      this.clicked = { at: now, pins: { ...this.pins } };
      this.pin(ms, event.shiftKey);
    }

    /* The first click pins A, the next B, and then B moves; with shift A does. */
    pin(ms, first) {
      const name = first || Number.isNaN(this.pins.a) ? "a" : "b";
      this.set(name, ms);
    }

    set(name, ms) {
      this.pins[name] = ms;
      stationwatch.address.set({ [name]: Number.isFinite(ms) ? new Date(ms).toISOString() : null });
      this.place();
      this.view.paintValues();
    }

    clear() {
      this.set("a", NaN);
      this.set("b", NaN);
    }

    /* The axis moves at once; the chart is asked for when the wheel rests. */
    wheel(event) {
      const at = this.timeOf(event);
      const graph = this.graph();
      if (!Number.isFinite(at) || !graph || !window.Plotly) return;
      event.preventDefault();
      const part = event.deltaY > 0 ? WHEEL : 1 / WHEEL;
      const { start, stop } = this.shown;
      if ((stop - start) * part < 100) return;
      this.shown = { start: at - (at - start) * part, stop: at + (stop - at) * part };
      this.place();
      clearTimeout(this.wheeling);
      const rest = this.shown;
      this.held = true; // nothing live is drawn meanwhile
      Plotly.relayout(graph, { "xaxis.range[0]": rest.start, "xaxis.range[1]": rest.stop });
      this.wheeling = setTimeout(() => {
        this.held = false;
        this.view.fix(rest.start, rest.stop); // gives up what waits to be drawn
      }, 200);
    }

    key(event) {
      const { start, stop } = this.shown;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        const from = Number.isFinite(this.at) ? this.at : (start + stop) / 2;
        const by = (event.shiftKey ? 20 : 1) * ((stop - start) / this.wide) * step;
        this.point(Math.min(stop, Math.max(start, from + by)));
      } else if ((event.key === "a" || event.key === "b") && Number.isFinite(this.at)) this.set(event.key, this.at);
      else if (event.key === "Escape" && (Number.isFinite(this.pins.a) || Number.isFinite(this.pins.b))) this.clear();
      else return false;
      return true;
    }

    place() {
      const { start, stop } = this.shown;
      for (const [name, node] of Object.entries(this.marks)) {
        const ms = name === "at" ? this.at : this.pins[name];
        const part = (ms - start) / (stop - start);
        node.hidden = !(part >= 0 && part <= 1);
        if (node.hidden) continue;
        node.style.left = `${part * 100}%`;
        node.classList.toggle("flip", part > 0.85);
        const label = name === "at" ? "" : `${name.toUpperCase()} `;
        write(node.firstChild, label + stationwatch.trends.clock(ms, stop - start));
      }
    }

    /* What stands at a time: {mean, low, high} of a bucket, {value} of a sample; null for nothing. */
    value(key, ms) {
      const parts = this.lines.get(key);
      if (!parts || !Number.isFinite(ms)) return null;
      const main = parts.value || parts.mean;
      const at = last(main.t, ms);
      if (at < 0 || !Number.isFinite(main.y[at])) return null;
      if (parts.value || !parts.low) return { value: main.y[at], t: main.t[at] };
      return { mean: main.y[at], low: parts.low.y[at], high: parts.high.y[at], t: main.t[at] };
    }

    /* What is shown as a picture that says by itself what it is. */
    async picture(title) {
      const { figure, start } = this.view.answer;
      const layout = {
        ...figure.layout, showlegend: true, legend: { orientation: "h", y: 0, yref: "container", yanchor: "bottom" },
        title: { text: title, x: 0.01, y: 0.99, yanchor: "top", font: { size: 13 } },
        height: figure.layout.height + 70,
        margin: { ...this.margin, t: this.margin.t + 26, b: this.margin.b + 44 },
      };
      const filename = `trends-${new Date(start).toISOString().slice(0, 19).replaceAll(":", "")}`;
      await Plotly.downloadImage({ data: figure.data, layout }, { format: "png", filename, scale: 2, width: layout.width, height: layout.height });
    }
  }

  /* Index of the last time that is not after `ms`; -1 if there is none. */
  function last(times, ms) {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function read(traces) {
    const lines = new Map();
    for (const trace of traces) {
      const { key, part } = trace.meta;
      if (!lines.has(key)) lines.set(key, {});
      lines.get(key)[part] = { t: unpack(trace.x), y: unpack(trace.y) };
    }
    return lines;
  }

  function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed.bdata), (one) => one.charCodeAt(0));
    return new Float64Array(bytes.buffer);
  }

  /* Of an axis of Plotly's: a number, or "2021-10-15 09:12:18.5", UTC. */
  function time(given) {
    if (typeof given === "number" || given === undefined) return given ?? NaN;
    return Date.parse(given.includes(":") ? `${given.replace(" ", "T").slice(0, 23)}Z` : given);
  }

  Object.assign(stationwatch, { TrendsPlot });
})();
