/* The panels: one a subsystem, one row a parameter, built from the mission database.
 *
 * Messages only change state and mark rows; `draw` touches the page, once an animation frame.
 * Everything is written with textContent: no text is ever taken for markup.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const WINDOW_MS = 300000;
  const COLLAPSED = "stationwatch.collapsed";

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Write only what differs: writing is what costs. */
  function write(node, text) {
    if (node.shown !== text) node.textContent = node.shown = text;
  }

  function classify(node, name) {
    if (node.named !== name) node.className = node.named = name;
  }

  class Panels {
    /* onChoose(spacecraft, subsystem, parameter): a row was clicked. */
    constructor(root, overview, onChoose) {
      this.root = root;
      this.overview = overview;
      this.onChoose = onChoose;
      this.panels = new Map(); // "craft/subsystem" -> panel
      this.rows = new Map(); // "craft/parameter" -> row
      this.banners = new Map(); // craft -> where it is said what of it is out of contact
      this.changed = new Set();
      this.colours = getComputedStyle(document.documentElement);
      this.seen = new IntersectionObserver((entries) => this.onSeen(entries), { root, rootMargin: "100px" });
      this.sizes = new ResizeObserver((entries) => this.onSized(entries));
    }

    colour(name) {
      return this.colours.getPropertyValue(`--${name}`).trim();
    }

    build(hello) {
      this.looks = hello.looks;
      this.root.replaceChildren();
      this.overview.replaceChildren();
      this.panels.clear();
      this.rows.clear();
      this.banners.clear();
      this.changed.clear();
      this.collapsed = new Set(JSON.parse(localStorage.getItem(COLLAPSED) || "[]"));
      for (const craft of hello.spacecraft) {
        const section = element("section", "spacecraft");
        const signal = element("div", "signal-banners");
        this.banners.set(craft.id, signal);
        section.append(element("h2", "", craft.name), signal);
        const grid = element("div", "panel-grid");
        for (const subsystem of craft.subsystems) grid.append(this.buildPanel(craft, subsystem));
        section.append(grid);
        this.root.append(section);
      }
    }

    buildPanel(craft, subsystem) {
      const key = `${craft.id}/${subsystem.id}`;
      const node = element("article", "panel");
      node.dataset.panel = key;
      const header = element("button", "panel-header");
      header.type = "button";
      const panel = {
        key, craft, subsystem, node, last: null,
        worst: element("span", "panel-worst"), state: element("span", "freshness"), age: element("span", "age"),
        chip: element("button", "chip"), rows: [],
      };
      header.append(element("span", "panel-name", subsystem.name), panel.worst, panel.state, panel.age);
      header.addEventListener("click", () => this.toggle(panel));
      const body = element("div", "panel-body");
      for (const parameter of subsystem.parameters) body.append(this.buildRow(panel, parameter));
      node.append(header, body);
      node.classList.toggle("collapsed", this.collapsed.has(key));
      panel.chip.type = "button";
      panel.chip.title = `${craft.name}: ${subsystem.name}`;
      panel.chip.addEventListener("click", () => {
        if (this.collapsed.has(key)) this.toggle(panel);
        node.scrollIntoView({ block: "start" });
      });
      this.overview.append(panel.chip);
      this.panels.set(key, panel);
      return node;
    }

    buildRow(panel, parameter) {
      const node = element("div", "row");
      node.tabIndex = 0;
      node.dataset.parameter = `${panel.craft.id}/${parameter.id}`;
      const row = {
        panel, parameter, node, t: NaN, value: undefined, quality: 0, alarm: null, strip: null, visible: false,
        mark: element("span", "mark"), shown: element("span", "value", "NO DATA"), age: element("span", "age"),
      };
      const name = element("span", "name", parameter.name);
      name.title = `${parameter.name} (${parameter.id})`;
      name.append(element("small", "", parameter.id));
      const unit = element("span", "unit", parameter.unit);
      const holder = element("span", "strip");
      node.append(row.mark, name, row.shown, unit, holder, row.age);
      if (parameter.type !== "string") this.addStrip(row, holder);
      const choose = () => this.onChoose(panel.craft.id, panel.subsystem.id, parameter.id);
      node.addEventListener("click", choose);
      node.addEventListener("keydown", (event) => event.key === "Enter" && choose());
      panel.rows.push(row);
      this.rows.set(node.dataset.parameter, row);
      return node;
    }

    addStrip(row, holder) {
      const canvas = element("canvas");
      holder.append(canvas);
      const period = row.parameter.period_ms;
      row.strip = new stationwatch.Strip(canvas, {
        windowMs: WINDOW_MS,
        capacity: period ? Math.min(4096, Math.max(64, Math.ceil((1.2 * WINDOW_MS) / period))) : 640,
        step: true, // senders leave out what has not changed: a value holds until the next
        trace: this.colour("trace"),
        bands: row.parameter.bands.map((band) => ({
          low: band.low, high: band.high, colour: this.colour(this.looks.severity[band.severity].name),
        })),
      });
      canvas.row = row;
      this.seen.observe(canvas);
      this.sizes.observe(canvas);
    }

    onSeen(entries) {
      for (const entry of entries) entry.target.row.visible = entry.isIntersecting;
    }

    onSized(entries) {
      for (const { target, contentRect } of entries) {
        if (contentRect.width) target.row.strip.resize(contentRect.width, contentRect.height, devicePixelRatio);
      }
    }

    toggle(panel) {
      if (!this.collapsed.delete(panel.key)) this.collapsed.add(panel.key);
      panel.node.classList.toggle("collapsed", this.collapsed.has(panel.key));
      localStorage.setItem(COLLAPSED, JSON.stringify([...this.collapsed]));
    }

    filter(text) {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      for (const panel of this.panels.values()) {
        let found = 0;
        for (const row of panel.rows) {
          const about = `${row.parameter.name} ${row.parameter.id} ${panel.subsystem.name} ${panel.craft.name}`.toLowerCase();
          const fits = words.every((word) => about.includes(word));
          row.node.hidden = !fits;
          found += fits;
        }
        panel.node.hidden = !found;
        panel.node.classList.toggle("searching", words.length > 0);
      }
    }

    /* Another run of a stream: its times start anew. */
    reset(craft) {
      for (const panel of this.panels.values()) {
        if (panel.craft.id !== craft) continue;
        panel.last = null;
        for (const row of panel.rows) {
          Object.assign(row, { t: NaN, value: undefined, quality: 0 });
          if (row.strip) row.strip.clear();
          this.changed.add(row);
        }
      }
    }

    takeLatest(message) {
      const panel = this.panels.get(`${message.s}/${message.u}`);
      this.breakAfterGap(panel, message.t, true);
      panel.last = { t: message.t, rx: message.rx };
      for (const [id, [t, value, quality]] of Object.entries(message.p)) this.take(message.s, id, t, value, quality);
    }

    takeHistory(message) {
      for (const [id, points] of Object.entries(message.p)) {
        const strip = this.rows.get(`${message.s}/${id}`).strip;
        points.t.forEach((t, i) => strip.push(message.base + t, points.v[i] === null ? NaN : points.v[i]));
        strip.hold(message.base);
      }
    }

    takeFrame(message, heartbeat) {
      const panel = this.panels.get(`${message.s}/${message.u}`);
      const before = panel.last;
      this.breakAfterGap(panel, message.t, heartbeat);
      panel.last = { t: before ? Math.max(before.t, message.t) : message.t, rx: message.rx };
      for (const row of panel.rows) {
        if (row.strip) row.strip.hold(message.t);
      }
      for (const [id, value] of Object.entries(message.v)) this.take(message.s, id, message.t, value, message.q[id] || 0);
    }

    /* A value holds through a heartbeat without it, but nobody knows it through a gap of frames. */
    breakAfterGap(panel, t, heartbeat) {
      if (!heartbeat || !panel.last || t - panel.last.t <= panel.subsystem.stale_ms) return;
      for (const row of panel.rows) if (row.strip) row.strip.push(panel.last.t + 1, NaN);
    }

    take(craft, id, t, value, quality) {
      const row = this.rows.get(`${craft}/${id}`);
      if (row.strip) row.strip.push(t, value === null ? NaN : Number(value));
      if (row.t > t) return;
      Object.assign(row, { t, value, quality });
      this.changed.add(row);
    }

    /* alarms: Map of "craft/parameter" to the most severe violated alarm of it. */
    mark(alarms) {
      for (const [key, row] of this.rows) {
        const alarm = alarms.get(key) || null;
        if (alarm !== row.alarm) {
          row.alarm = alarm;
          this.changed.add(row);
        }
      }
    }
  }

  Object.assign(stationwatch, { Panels, element, write, classify });
})();
