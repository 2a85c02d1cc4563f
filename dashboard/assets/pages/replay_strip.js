/* The overview of a range as something to point at: what happened when, a place to go to, or a
 * part to choose. One strip for the transport bar and one for the replay page. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const DRAG_PX = 4;
  /* [top, height] of each lane; those of the bar share what room there is. */
  const LANES = { bar: (tall) => bar(tall ? 30 : 18), page: (tall) => page(tall ? Math.round(innerHeight * 0.18) : 60) };
  const TALL_PX = 900; // a page higher than this has room
  const MOST_EXTRA = 500;

  /* envelope: how high the parameter is drawn. */
  function bar(envelope) {
    const below = 11 + envelope;
    return { height: below + 13, left: 0, activities: [0, 11], envelope: [12, envelope], incidents: [below, 2], alarms: [below - 16, 16], axis: [below + 2, 11] };
  }

  function page(envelope) {
    const below = 58 + envelope;
    return { height: below + 56, left: 116, activities: [2, 30], incidents: [35, 17], envelope: [56, envelope], alarms: [below + 16, 20], axis: [below + 39, 14] };
  }

  const NAMES = { activities: "Activities", incidents: "Incidents", alarms: "Alarms" };

  class Overview {
    /* kind: "bar" or "page". onSeek(ms): a place was pointed at. onSelect(from, to): a part was. */
    constructor(model, kind, { onSeek, onSelect, label }) {
      Object.assign(this, { model, onSeek, onSelect, lanes: LANES[kind](innerHeight > TALL_PX) });
      this.data = null;
      this.extra = []; // alarms heard since
      this.stale = false; // to be drawn anew
      this.start = this.stop = 0;
      this.asked = 0;
      this.node = element("div", `replay-strip ${kind}`);
      this.canvas = element("canvas");
      this.head = element("div", "head");
      this.ghost = element("div", "ghost");
      this.chosen = element("div", "chosen");
      this.tip = element("div", "tip");
      this.note = element("div", "note");
      this.node.append(this.canvas, this.chosen, this.ghost, this.head, this.note, this.tip);
      this.node.style.height = `${this.lanes.height}px`;
      this.labels();
      if (onSeek) this.slide(label);
      else {
        this.node.setAttribute("role", "img");
        this.node.setAttribute("aria-label", label);
      }
      this.head.hidden = this.ghost.hidden = this.chosen.hidden = this.tip.hidden = true;
      this.point();
      this.sizes = new ResizeObserver(() => this.draw());
      this.sizes.observe(this.node);
    }

    close() {
      this.sizes.disconnect();
    }

    labels() {
      if (!this.lanes.left) return;
      for (const name of ["activities", "incidents", "envelope", "alarms"]) {
        const label = element("span", `lane ${name}`, NAMES[name] || "");
        const [top, height] = this.lanes[name];
      label.style.top = `${name === "envelope" ? top + height / 2 - 15 : top}px`;
        this.node.append(label);
        if (name === "envelope") this.scale = label;
      }
    }

    /* Show [start, stop) in ms, and ask for what happened in it. */
    async load(start, stop, parameter) {
      if (!(start < stop)) return;
      const moved = start !== this.start || stop !== this.stop;
      Object.assign(this, { start, stop });
      if (moved) this.draw();
      const asked = (this.asked += 1);
      const query = new URLSearchParams({ start, stop, parameter: parameter || "" });
      const answer = await fetch(`/replay/overview?${query}`).then((got) => got.json()).catch(() => null);
      if (asked !== this.asked) return; // another range has been asked for since
      if (answer === null || answer.problem) {
        write(this.note, `No overview: ${answer ? answer.problem : "the console does not answer"}`);
        return;
      }
      this.data = answer;
      write(this.note, answer.notes.join("; "));
      const { envelope } = answer;
      if (envelope) envelope.inner = this.model.point(envelope.key)?.parameter.bands[0];
      if (this.scale) {
        const nothing = envelope && !envelope.t.length ? ": nothing recorded" : "";
        write(this.scale, envelope ? envelope.name + nothing : "");
      }
      this.draw();
    }

    /* An alarm heard in the replay itself; it is drawn with the next `paint`. */
    add(mark) {
      if (this.extra.length >= MOST_EXTRA) return;
      this.extra.push(mark);
      this.stale = true;
    }

    /* Alarms in order of time, each once. */
    alarms() {
      const marks = new Map();
      for (const one of [...this.extra, ...(this.data ? this.data.alarms : [])]) marks.set(`${one.t} ${one.name}`, one);
      return [...marks.values()].sort((a, b) => a.t - b.t);
    }

    paint(all) {
      if (all || this.stale) this.draw();
    }

    draw() {
      const { clientWidth: width } = this.node;
      if (!width || !this.stop) return;
      this.stale = false;
      const ratio = devicePixelRatio;
      this.canvas.width = width * ratio;
      this.canvas.height = this.lanes.height * ratio;
      const context = this.canvas.getContext("2d");
      context.scale(ratio, ratio);
      const data = this.data && { ...this.data, alarms: this.alarms() };
      const { start, stop, lanes } = this;
      stationwatch.drawOverview(context, { data, start, stop, left: lanes.left, width, lanes, looks: this.model.looks, colour: palette() });
      this.place(this.at);
      this.mark(this.from, this.to);
    }

    x(ms) {
      const { left } = this.lanes;
      return left + ((Math.min(Math.max(ms, this.start), this.stop) - this.start) / (this.stop - this.start)) * (this.node.clientWidth - left);
    }

    time(x) {
      const { left } = this.lanes;
      const part = Math.min(1, Math.max(0, (x - left) / (this.node.clientWidth - left)));
      return this.start + part * (this.stop - this.start);
    }

    /* Where it is now. */
    place(ms) {
      this.at = ms;
      this.head.hidden = !Number.isFinite(ms) || !this.stop;
      if (this.head.hidden) return;
      this.head.style.transform = `translateX(${this.x(ms).toFixed(1)}px)`;
      if (!this.onSeek) return;
      const set = (name, value) => this.node.getAttribute(name) !== value && this.node.setAttribute(name, value);
      set("aria-valuemin", String(Math.floor(this.start / 1000)));
      set("aria-valuemax", String(Math.ceil(this.stop / 1000)));
      set("aria-valuenow", String(Math.round(ms / 1000)));
      set("aria-valuetext", `${stationwatch.format.moment(ms)} UTC`);
    }

    /* The part that is chosen. */
    mark(from, to) {
      Object.assign(this, { from, to });
      this.chosen.hidden = !(from < to) || to < this.start || from > this.stop || !this.stop;
      if (this.chosen.hidden) return;
      const x = this.x(from);
      this.chosen.style.left = `${x}px`;
      this.chosen.style.width = `${Math.max(2, this.x(to) - x)}px`;
    }

    point() {
      let down = null;
      const x = (event) => event.clientX - this.node.getBoundingClientRect().left;
      this.node.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !this.stop) return;
        this.node.setPointerCapture(event.pointerId);
        down = x(event);
        this.hover(down);
      });
      this.node.addEventListener("pointermove", (event) => {
        if (!this.stop) return;
        const now = x(event);
        this.hover(now);
        if (down !== null && !this.onSeek && Math.abs(now - down) > DRAG_PX) {
          this.mark(this.time(Math.min(down, now)), this.time(Math.max(down, now)));
        }
      });
      this.node.addEventListener("pointerup", (event) => {
        if (down === null) return;
        const [first, last] = [Math.min(down, x(event)), Math.max(down, x(event))];
        down = null;
        if (this.onSeek) this.onSeek(this.time(x(event)));
        else if (last - first > DRAG_PX) this.onSelect(this.time(first), this.time(last));
        else this.onSelect(this.time(first), null);
      });
      this.node.addEventListener("pointercancel", () => (down = null));
      this.node.addEventListener("pointerleave", () => (this.ghost.hidden = this.tip.hidden = true));
    }

    slide(label) {
      this.node.tabIndex = 0;
      this.node.setAttribute("role", "slider");
      this.node.setAttribute("aria-label", label);
      this.node.setAttribute("aria-valuenow", "0");
      this.node.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -10, ArrowRight: 10, PageDown: -60, PageUp: 60 }[event.key];
        const to = { Home: this.start, End: this.stop }[event.key] ?? (step ? this.at + step * 1000 : NaN);
        if (!Number.isFinite(to)) return;
        event.preventDefault();
        this.onSeek(Math.min(Math.max(to, this.start), this.stop));
      });
    }

    /* When it is under the pointer, and what is there. */
    hover(x) {
      const ms = this.time(x);
      const at = this.x(ms);
      this.ghost.hidden = this.tip.hidden = false;
      this.ghost.style.transform = `translateX(${at}px)`;
      const lines = [element("b", "", stationwatch.stamp(ms)), ...stationwatch.toldAt(ms, { ...this, alarms: this.alarms() })];
      this.tip.replaceChildren(...lines);
      const room = this.node.clientWidth - this.tip.offsetWidth - 4;
      this.tip.style.left = `${Math.max(0, Math.min(at + 10, room))}px`;
    }

  }

  /* Colours of the theme, each read once a drawing. */
  function palette() {
    const known = {};
    return (name) => (known[name] ??= stationwatch.colour(name));
  }

  Object.assign(stationwatch, { Overview });
})();
