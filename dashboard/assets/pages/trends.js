/* The trends page: what is asked for is in the address; the server makes the chart; newest wins. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const LIVE_MS = 2000;
  const LIVE_MOST_MS = 60000;
  const SETTLE_MS = 150;
  const BUSY_MS = 400;
  const ANOTHER_SIZE_PX = 4;
  const VIEW = ["p", "from", "to", "range", "lanes", "a", "b"];

  class TrendsView {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.part = (name) => root.querySelector(`.trends-${name}`);
      this.keys_ = [];
      this.asked = 0;
      this.asking = null;
      this.answer = null;
      this.took = 0;
      this.past = [];
      this.node = this.part("plot");
      this.bar = new stationwatch.TrendsBar(this.part("bar"), model, this);
      this.table = new stationwatch.TrendsTable(this.part("table"), model, this);
      this.plot = new stationwatch.TrendsPlot(this.node, this);
      this.resized = new ResizeObserver(() => this.fit());
      this.resized.observe(this.node);
      this.read();
    }

    close() {
      this.resized.disconnect();
      this.asking?.abort();
      clearTimeout(this.settling);
      this.plot.close();
    }

    /* What the address says. */
    read() {
      const { get } = stationwatch.address;
      this.keys_ = (get("p") || "").split(",").filter(Boolean);
      this.lanes = get("lanes") === "1";
      this.span = get("from") || get("to") ? { from: get("from") || "", to: get("to") || "" } : { range: get("range") || "15m" };
      this.plot.pins = { a: moment(get("a")), b: moment(get("b")) };
      this.load();
    }

    /* The view by name, saved or copied: as an address has it. */
    open(query) {
      const given = new URLSearchParams(query);
      stationwatch.address.set(Object.fromEntries(VIEW.map((name) => [name, given.get(name)])));
      this.read();
    }

    query() {
      const now = new URLSearchParams();
      for (const name of VIEW) if (stationwatch.address.get(name)) now.set(name, stationwatch.address.get(name));
      return now.toString();
    }

    get follows() {
      return this.span.range !== undefined;
    }

    /* span: {range} follows the stream, {from, to} does not. */
    show(span, { keep = true } = {}) {
      if (keep && this.answer) this.past.push(this.follows ? this.span : { from: iso(this.answer.start), to: iso(this.answer.stop) });
      if (this.past.length > 50) this.past.shift();
      this.span = span;
      stationwatch.address.set({ range: span.range || null, from: span.from || null, to: span.to || null });
      this.load();
    }

    back() {
      const span = this.past.pop();
      this.plot.allY();
      if (span) this.show(span, { keep: false });
    }

    fix(from, to) {
      if (to - from >= 100) this.show({ from: iso(from), to: iso(to) });
    }

    /* By parts of what is shown: zoom(0.5) shows half of it, pan(1) the next. */
    zoom(part, at = 0.5) {
      const { start, stop } = this.plot.shown;
      const wide = (stop - start) * part;
      const middle = start + (stop - start) * at;
      this.fix(middle - wide * at, middle + wide * (1 - at));
    }

    pan(part) {
      const { start, stop } = this.plot.shown;
      const by = (stop - start) * part;
      this.fix(start + by, stop + by);
    }

    add(key) {
      if (this.keys_.includes(key)) return;
      if (this.keys_.length >= stationwatch.trends.MOST) {
        stationwatch.notify("trends-full", "Trends", `At most ${stationwatch.trends.MOST} parameters at once: remove one first.`);
        return;
      }
      this.choose([...this.keys_, key]);
    }

    remove(key) {
      this.choose(this.keys_.filter((one) => one !== key));
    }

    choose(keys) {
      this.keys_ = keys;
      stationwatch.address.set({ p: keys.join(",") });
      stationwatch.trends.remember(keys);
      this.load();
    }

    inLanes(on) {
      this.lanes = on;
      stationwatch.address.set({ lanes: on ? "1" : null });
      this.load();
    }

    /* Another size of the chart is another resolution. */
    fit() {
      const { width, height } = this.node.getBoundingClientRect();
      const { wide = 0, high = 0 } = this.size || {};
      if (Math.max(Math.abs(width - wide), Math.abs(height - high)) >= ANOTHER_SIZE_PX) this.settle();
    }

    settle() {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.load(), SETTLE_MS);
    }

    parameters() {
      const root = stationwatch.address.root();
      return { p: this.keys_.join(","), ...this.span, ...(root ? { root } : {}) };
    }

    /* Ask for what is shown now; what was asked before is given up. What is there stays until then. */
    async load() {
      clearTimeout(this.settling);
      this.bar.paint();
      this.part("none").replaceChildren(...(this.keys_.length ? [] : [stationwatch.trends.nothing(this)]));
      if (!this.keys_.length) {
        this.asked += 1;
        this.asking?.abort();
        this.empty();
        return;
      }
      this.table.expect(this.keys_);
      const box = this.node.getBoundingClientRect();
      if (box.width < 50) return;
      this.size = { wide: Math.floor(box.width), high: Math.floor(box.height) };
      this.waiting = null;
      const mine = (this.asked += 1);
      this.asking?.abort();
      this.asking = new AbortController();
      const light = document.documentElement.dataset.theme === "light";
      const days = stationwatch.format.day("2021-10-15") === "2021-10-15" ? "" : "doy";
      const ask = new URLSearchParams({
        ...this.parameters(), ...this.size,
        theme: light ? "light" : "dark", lanes: this.lanes ? "1" : "0", days,
      });
      const began = performance.now();
      const busy = setTimeout(() => this.node.classList.add("busy"), BUSY_MS);
      let answer;
      try {
        const got = await fetch(`/trends/chart.json?${ask}`, { signal: this.asking.signal });
        answer = await got.json();
      } catch (error) {
        if (mine !== this.asked) return;
        answer = { error: "the console does not answer: the chart is not up to date" };
      } finally {
        clearTimeout(busy);
        if (mine === this.asked) this.node.classList.remove("busy");
      }
      if (mine !== this.asked) return;
      this.asking = null;
      this.took = performance.now() - began;
      this.loaded = performance.now();
      this.shown(answer);
    }

    /* Not under a hand that is dragging: it is drawn when that is done. */
    shown(answer) {
      this.waiting = null;
      if (this.plot.held) {
        this.waiting = answer;
        return;
      }
      this.node.classList.toggle("old", Boolean(answer.error));
      this.bar.refused(answer.error);
      if (answer.error) {
        this.notes([answer.error], true);
        return;
      }
      this.answer = answer;
      this.notes(answer.notes, false);
      if (!this.follows) {
        this.span = { from: iso(answer.start), to: iso(answer.stop) };
        stationwatch.address.set(this.span);
      }
      this.bar.paint();
      this.table.build(answer);
      this.plot.draw(answer);
      this.paintValues();
    }

    released() {
      if (this.waiting && !this.plot.held) this.shown(this.waiting);
    }

    empty() {
      this.asking = null;
      this.answer = null;
      this.node.classList.remove("busy", "old");
      this.notes([], false);
      this.table.clear();
    }

    notes(notes, wrong) {
      const node = this.part("notes");
      const text = notes.join("  ·  ");
      write(node, text);
      node.title = text;
      classify(node, `trends-notes${wrong ? " wrong" : ""}`);
    }

    /* What stands at the cursor and at the pins. */
    paintValues() {
      this.table.paint(this.plot);
    }

    paint(change) {
      if (change.all && this.themed !== document.documentElement.dataset.theme) {
        if (this.themed) this.load();
        this.themed = document.documentElement.dataset.theme;
      }
      if (!change.second) return;
      this.bar.paintAge();
      if (!this.follows || this.asking || this.plot.held) return;
      const range = this.answer ? this.answer.stop - this.answer.start : 0;
      const every = Math.min(LIVE_MOST_MS, Math.max(LIVE_MS, range / 1000, 4 * this.took));
      if (performance.now() - (this.loaded || 0) >= every - 100) this.load();
    }

    keys(event) {
      if (event.key === "/") this.bar.picker.input.focus();
      else if (event.key === "l") this.show({ range: "15m" });
      else if (event.key === "+" || event.key === "=") this.zoom(0.5);
      else if (event.key === "-") this.zoom(2);
      else if (event.key === "[") this.pan(-0.5);
      else if (event.key === "]") this.pan(0.5);
      else if (event.key === "Backspace") this.back();
      else return this.plot.key(event);
      return true;
    }
  }

  const iso = (ms) => new Date(ms).toISOString();

  /* ms of an address; NaN for none. */
  function moment(text) {
    return text ? Date.parse(text) : NaN;
  }

  stationwatch.addPage("trends", (root, model) => new TrendsView(root, model));
})();
