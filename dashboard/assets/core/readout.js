/* Values wherever a page has put `data-readout="craft/parameter"`: value, age and what is said of
 * it; and `data-freshness="craft/subsystem"`: whether its data come as they should. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  class Readouts {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.readouts = new Map(); // node -> {point, parts}
      this.badges = new Map(); // node -> system
      this.seen = new IntersectionObserver((entries) => {
        for (const entry of entries) entry.target.strip.visible = entry.isIntersecting;
      });
      this.sizes = new ResizeObserver((entries) => {
        for (const { target, contentRect } of entries) {
          if (contentRect.width) target.strip.resize(contentRect.width, contentRect.height, devicePixelRatio);
        }
      });
      // Dash may put parts of a page there later, or anew
      this.changes = new MutationObserver(() => (this.stale = true));
      this.changes.observe(root, { childList: true, subtree: true });
      this.stale = true;
    }

    close() {
      for (const observer of [this.seen, this.sizes, this.changes]) observer.disconnect();
    }

    find() {
      this.stale = false;
      const known = this.readouts;
      this.readouts = new Map();
      for (const node of this.root.querySelectorAll("[data-readout]")) {
        const point = this.model.point(node.dataset.readout);
        if (point) this.readouts.set(node, known.get(node) || this.parts(node, point));
      }
      this.badges = new Map();
      for (const node of this.root.querySelectorAll("[data-freshness]")) {
        const system = this.model.system(node.dataset.freshness);
        if (system) this.badges.set(node, system);
      }
    }

    parts(node, point) {
      const part = (name) => node.querySelector(name);
      const parts = { point, value: part(".value"), unit: part(".unit"), age: part(".age"), mark: part(".mark"), strip: null, painted: false };
      const canvas = part("canvas.strip");
      if (canvas && point.series) {
        parts.strip = canvas.strip = stationwatch.stripOf(canvas, point, this.model);
        this.seen.observe(canvas);
        this.sizes.observe(canvas);
      }
      if (!node.dataset.bound) {
        node.dataset.bound = "true";
        node.addEventListener("click", () => stationwatch.choose(point.key));
        node.addEventListener("keydown", (event) => event.key === "Enter" && stationwatch.choose(point.key));
      }
      return parts;
    }

    paint(change) {
      if (this.stale) this.find();
      for (const [node, parts] of this.readouts) {
        const { point } = parts;
        const all = change.all || !parts.painted || change.turned.has(point.system);
        if (change.all && parts.strip) parts.strip.restyle();
        if (all || change.points.has(point)) this.paintValue(node, parts);
        if (parts.age && (all || change.second || change.points.has(point))) stationwatch.write(parts.age, ageOf(point, this.model));
        if (parts.strip && parts.strip.visible) {
          const now = this.model.now(point.craft.id);
          if (parts.strip.due(now)) parts.strip.draw(now);
        }
        parts.painted = true;
      }
      for (const [node, system] of this.badges) {
        const look = this.model.looks.freshness[system.freshness];
        stationwatch.write(node, `${look.symbol} ${look.word}`);
        stationwatch.classify(node, `freshness ${look.name}`);
      }
    }

    paintValue(node, { point, value, mark }) {
      const shown = stationwatch.shown(point);
      if (value) {
        stationwatch.write(value, shown.text);
        value.title = shown.title;
        stationwatch.classify(value, `value ${shown.name}`);
      }
      const said = stationwatch.said(point, this.model);
      if (mark) {
        stationwatch.write(mark, said.label);
        mark.title = said.label;
        stationwatch.classify(mark, `mark ${said.name}`);
      }
      node.classList.toggle("old", this.model.old(point.system));
      node.classList.toggle("in-alarm", point.alarm !== null);
      // the frame takes the colour of its alarm
      const colour = point.alarm ? said.name : "";
      if (node.coloured !== colour) {
        if (node.coloured) node.classList.remove(node.coloured);
        if (colour) node.classList.add(colour);
        node.coloured = colour;
      }
    }
  }

  function ageOf(point, model) {
    return point.t >= 0 ? stationwatch.format.age(model.now(point.craft.id) - point.t) : "";
  }

  /* A value in words: what to write, what to say on hover, its class. */
  function shown(point) {
    if (point.value === undefined) return { text: "NO DATA", title: "never heard", name: "never" };
    if (point.value === null) return { text: `INVALID q${point.quality}`, title: `quality ${point.quality}`, name: "invalid" };
    const text = stationwatch.format.value(point.parameter, point.value);
    return { text: text || "–", title: text || "empty", name: "" };
  }

  /* What is said of a value: its alarm; else whether it is too old to say; else that it is well. */
  function said(point, model) {
    const { looks } = model;
    if (point.alarm) {
      const look = looks.severity[point.alarm.severity];
      return { label: `${look.symbol} ${look.word}`, name: `severity-${look.name}` };
    }
    if (point.value === undefined) return { label: "", name: "" };
    if (model.old(point.system)) {
      const look = looks.freshness[point.system.freshness];
      return { label: `${look.symbol} ${look.word}`, name: look.name };
    }
    if (!point.parameter.limited) return { label: "", name: "" };
    if (!model.alarmsKnown) return { label: "? UNCHECKED", name: "stale" };
    const nominal = looks.severity[0];
    return { label: `${nominal.symbol} ${nominal.word}`, name: `severity-${nominal.name}` };
  }

  /* A strip of a point with its limits, in the colours of the theme. */
  function stripOf(canvas, point, model, options) {
    const strip = new stationwatch.Strip(canvas, { series: point.series, ...options });
    strip.visible = false;
    strip.restyle = () => {
      strip.trace = stationwatch.colour("trace");
      strip.bands = point.parameter.bands.map((band) => ({
        low: band.low, high: band.high, colour: stationwatch.colour(model.looks.severity[band.severity].name),
      }));
      strip.drawnAt = NaN;
    };
    strip.restyle();
    return strip;
  }

  Object.assign(stationwatch, { Readouts, shown, said, ageOf, stripOf });
})();
