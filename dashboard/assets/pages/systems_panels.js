/* The panels: one a subsystem, one row a parameter, built from the mission database. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const COLLAPSED = "stationwatch.collapsed";
  const COLUMN_PX = 440;

  class Panels {
    constructor(root, overview, model) {
      this.root = root;
      this.overview = overview;
      this.model = model;
      this.panels = new Map(); // "craft/subsystem" -> panel
      this.rows = new Map(); // "craft/parameter" -> row
      this.grids = []; // {craft, grid}
      this.columns = 0;
      this.banners = new Map(); // craft -> where it is said what of it is out of contact
      this.sections = []; // {craft, section, button}
      this.only = model.crafts.some((craft) => craft.id === stationwatch.address.get("craft")) ? stationwatch.address.get("craft") : "";
      this.wanted = null;
      this.nothing = element("p", "nothing-fits", "Nothing fits.");
      this.collapsed = new Set(JSON.parse(localStorage.getItem(COLLAPSED) || "[]"));
      this.seen = new IntersectionObserver((entries) => this.onSeen(entries), { root, rootMargin: "100px" });
      this.sizes = new ResizeObserver((entries) => this.onSized(entries));
      for (const craft of model.crafts) {
        const section = element("section", "spacecraft");
        const signal = element("div", "signal-banners");
        this.banners.set(craft.id, signal);
        section.append(element("h2", "", craft.name), signal);
        const button = element("button", "chip craft-chip", craft.name);
        button.type = "button";
        button.title = `Only ${craft.name}`;
        button.addEventListener("click", () => this.choose(craft.id));
        this.overview.append(button);
        this.sections.push({ craft, section, button });
        const grid = element("div", "panel-grid");
        for (const subsystem of craft.subsystems) this.buildPanel(model.system(`${craft.id}/${subsystem.id}`));
        section.append(grid);
        this.root.append(section);
        this.grids.push({ craft, grid });
      }
      this.root.append(this.nothing);
      this.widths = new ResizeObserver(() => this.arrange());
      this.widths.observe(root);
      this.arrange();
    }

    /* Panels into columns, each into the shortest so far. Columns of the style sheet would be laid
     * out anew, all of them, for every value that changes. */
    arrange() {
      const count = Math.max(1, Math.floor(this.root.clientWidth / COLUMN_PX));
      if (count === this.columns) return;
      this.columns = count;
      for (const { craft, grid } of this.grids) {
        const columns = Array.from({ length: count }, () => ({ node: element("div", "panel-column"), rows: 0 }));
        for (const panel of this.panels.values()) {
          if (panel.system.craft !== craft) continue;
          const shortest = columns.reduce((least, one) => (one.rows < least.rows ? one : least));
          shortest.node.append(panel.node);
          shortest.rows += this.collapsed.has(panel.key) ? 2 : panel.rows.length + 2;
        }
        grid.replaceChildren(...columns.map((one) => one.node));
      }
    }

    close() {
      this.seen.disconnect();
      this.sizes.disconnect();
      this.widths.disconnect();
    }

    buildPanel(system) {
      const { key, craft, subsystem } = system;
      const node = element("article", "panel");
      node.dataset.panel = key;
      const header = element("button", "panel-header");
      header.type = "button";
      const panel = {
        key, system, node,
        worst: element("span", "panel-worst"), state: element("span", "freshness"), age: element("span", "age"),
        chip: element("button", "chip"), rows: [],
      };
      const name = element("span", "panel-name", subsystem.name);
      name.title = subsystem.name;
      header.append(name, panel.worst, panel.state, panel.age);
      header.addEventListener("click", () => this.toggle(panel));
      const body = element("div", "panel-body");
      for (const point of system.points) body.append(this.buildRow(panel, point));
      const open = element("a", "panel-open", "open ↗");
      open.href = stationwatch.address.link(`/systems/${key}`);
      open.setAttribute("aria-label", `Open ${craft.name}: ${subsystem.name}`);
      const head = element("div", "panel-head");
      head.append(header, open);
      node.append(head, body);
      node.classList.toggle("collapsed", this.collapsed.has(key));
      panel.chip.type = "button";
      panel.chip.title = `${craft.name}: ${subsystem.name}`;
      panel.chip.addEventListener("click", () => {
        if (this.collapsed.has(key)) this.toggle(panel);
        node.scrollIntoView({ block: "start" });
      });
      this.overview.append(panel.chip);
      this.panels.set(key, panel);
    }

    buildRow(panel, point) {
      const { parameter } = point;
      const node = element("div", "row");
      node.tabIndex = 0;
      node.role = "button";
      node.dataset.parameter = point.key;
      const row = {
        panel, point, node, strip: null,
        mark: element("span", "mark"), shown: element("span", "value", "NO DATA"), age: element("span", "age"),
      };
      const name = element("span", "name", parameter.name);
      name.title = `${parameter.name} (${parameter.id})`;
      name.append(element("small", "", parameter.id));
      const unit = element("span", "unit", parameter.unit);
      const holder = element("span", "strip");
      node.append(row.mark, name, row.shown, unit, holder, row.age);
      if (point.series) this.addStrip(row, holder);
      const choose = () => stationwatch.choose(point.key);
      node.addEventListener("click", choose);
      node.addEventListener("keydown", (event) => event.key === "Enter" && choose());
      panel.rows.push(row);
      this.rows.set(point.key, row);
      return node;
    }

    addStrip(row, holder) {
      const canvas = element("canvas");
      holder.append(canvas);
      row.strip = canvas.strip = stationwatch.stripOf(canvas, row.point, this.model);
      this.seen.observe(canvas);
      this.sizes.observe(canvas);
    }

    onSeen(entries) {
      for (const entry of entries) entry.target.strip.visible = entry.isIntersecting;
    }

    onSized(entries) {
      for (const { target, contentRect } of entries) {
        if (contentRect.width) target.strip.resize(contentRect.width, contentRect.height, devicePixelRatio);
      }
    }

    toggle(panel) {
      if (!this.collapsed.delete(panel.key)) this.collapsed.add(panel.key);
      panel.node.classList.toggle("collapsed", this.collapsed.has(panel.key));
      localStorage.setItem(COLLAPSED, JSON.stringify([...this.collapsed]));
    }

    /* filter: what is to be seen, as a RowFilter says it, and of which spacecraft. */
    filter(filter) {
      this.wanted = filter;
      for (const { craft, section, button } of this.sections) {
        const chosen = !this.only || this.only === craft.id;
        button.setAttribute("aria-pressed", String(this.only === craft.id));
        let found = 0;
        for (const panel of this.panels.values()) {
          if (panel.system.craft === craft) found += chosen ? this.filterPanel(panel, filter) : 0;
        }
        section.hidden = !found;
      }
      this.nothing.hidden = this.sections.some(({ section }) => !section.hidden);
    }

    filterPanel(panel, filter) {
      const { craft, subsystem } = panel.system;
      let found = 0;
      for (const row of panel.rows) {
        const { parameter, alarm } = row.point;
        const about = `${parameter.name} ${parameter.id} ${subsystem.name} ${craft.name}`.toLowerCase();
        const fits = filter.fits(about, alarm !== null);
        row.node.hidden = !fits;
        found += fits;
      }
      panel.node.hidden = !found;
      panel.node.classList.toggle("searching", filter.active);
      return found;
    }

    /* Only this spacecraft, or all again. */
    choose(craft) {
      this.only = this.only === craft ? "" : craft;
      stationwatch.address.set({ craft: this.only });
      this.filter(this.wanted);
    }
  }

  Object.assign(stationwatch, { Panels });
})();
