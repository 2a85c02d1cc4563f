/* The page of one subsystem: its rows are readouts; here are its state, its limits and its columns. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const columnPx = () => Math.max(600, innerWidth * 0.31); // letters grow with the screen
  const LINE_PX = [30, 68]; // a line is as high as there is room for
  const AROUND_PX = 34; // of a group: its heading and the space below it

  class Subsystem {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.help = { "j, k": "through the parameters", Enter: "opens one", t: "its trends", "/": "filter", "[ ]": "subsystem before, after" };
      const find = (selector) => root.querySelector(selector);
      this.system = model.system(find("[data-subsystem-head]").dataset.subsystemHead);
      this.heard = find(".heard");
      this.counts = find(".counts");
      this.banner = find(".signal-banners");
      this.nothing = find(".nothing-fits");
      this.holder = find(".groups");
      this.groups = [...root.querySelectorAll(".group")].map((node) => ({ node, lines: [...node.querySelectorAll(".line")] }));
      this.lines = [...root.querySelectorAll(".line")].map((node) => ({ node, point: model.point(node.firstElementChild.dataset.readout) }));
      this.rows = this.lines.map(({ node }) => node.firstElementChild);
      this.ways = [...root.querySelectorAll("[data-subsystem]")].map((node) => ({ node, name: node.textContent, system: model.system(node.dataset.subsystem) }));
      this.limits = [...root.querySelectorAll("[data-limit]")].map((node) => new stationwatch.PointLimit(node, model));
      this.scales = [...root.querySelectorAll("canvas.strip")].map((canvas) => new stationwatch.StripScale(canvas, !canvas.closest(".state")));
      this.filter = new stationwatch.RowFilter(root, () => this.rows, () => this.sift());
      this.columns = 0;
      this.widths = new ResizeObserver(() => this.arrange());
      this.widths.observe(this.holder);
      this.arrange();
      this.sift();
    }

    close() {
      this.widths.disconnect();
    }

    /* Groups into columns in their order, each column about as long. */
    arrange() {
      const count = Math.max(1, Math.min(this.groups.length, Math.floor(this.holder.clientWidth / columnPx())));
      if (count !== this.columns) this.divide(count);
      const needed = [...this.holder.children].map((column) => {
        const lines = column.querySelectorAll(".line").length, groups = column.children.length;
        return (this.holder.clientHeight - 30 - groups * AROUND_PX) / lines;
      });
      const high = Math.max(LINE_PX[0], Math.min(LINE_PX[1], Math.floor(Math.min(...needed))));
      this.holder.style.setProperty("--line-high", `${high}px`);
    }

    divide(count) {
      this.columns = count;
      const columns = Array.from({ length: count }, () => element("div", "group-column"));
      const all = this.groups.reduce((sum, group) => sum + weight(group), 0);
      let before = 0;
      for (const group of this.groups) {
        const middle = before + weight(group) / 2;
        columns[Math.min(count - 1, Math.floor((middle / all) * count))].append(group.node);
        before += weight(group);
      }
      this.holder.replaceChildren(...columns);
    }

    /* Hide what the filter does not want. */
    sift() {
      let found = 0;
      for (const { node, point } of this.lines) {
        const fits = this.filter.fits(node.dataset.about, Boolean(point && point.alarm));
        node.hidden = !fits;
        found += fits;
      }
      for (const { node, lines } of this.groups) node.hidden = lines.every((line) => line.hidden);
      this.nothing.hidden = found > 0;
    }

    paint(change) {
      const { model, system } = this;
      for (const limit of this.limits) limit.paint(change);
      if (change.alarms && this.filter.alarmed) this.sift();
      if (change.all || change.second || change.alarms || change.turned.size) this.paintHead();
      if (!change.all && !change.second && !change.signals) return;
      const now = model.now(system.craft.id);
      for (const scale of this.scales) scale.paint(now);
      stationwatch.paintSignal(this.banner, system.craft, model.signals[system.craft.id], now);
    }

    paintHead() {
      const { model, system } = this;
      const { last, subsystem, points } = system;
      const due = `due every ${subsystem.period_ms / 1000} s`;
      write(this.heard, last ? `frame ${stationwatch.format.age(model.now(system.craft.id) - last.t)} ago (${stationwatch.format.time(last.t)}), ${due}` : `never heard, ${due}`);
      const said = [`${points.length} parameters`];
      for (let severity = model.looks.severity.length - 1; severity > 0; severity -= 1) {
        const count = points.filter((point) => point.alarm && point.alarm.severity === severity).length;
        const look = model.looks.severity[severity];
        if (count) said.push(`${look.symbol} ${count} ${look.word}`);
      }
      if (!points.some((point) => point.alarm)) said.push(model.alarmsKnown ? "none in alarm" : "alarms not known");
      const invalid = points.filter((point) => point.value === null).length;
      const never = points.filter((point) => point.value === undefined).length;
      if (invalid) said.push(`${invalid} INVALID`);
      if (never) said.push(`${never} NO DATA`);
      write(this.counts, said.join(" · "));
      const worst = worstOf(system);
      classify(this.counts, `counts${worst ? ` severity-${model.looks.severity[worst].name}` : ""}`);
      for (const way of this.ways) this.paintWay(way);
    }

    paintWay({ node, name, system }) {
      const { looks } = this.model;
      const worst = worstOf(system);
      const old = this.model.old(system);
      const look = worst ? looks.severity[worst] : looks.freshness[system.freshness];
      write(node, `${look.symbol} ${name}${old ? ` ${looks.freshness[system.freshness].word}` : ""}`);
      classify(node, `chip ${worst ? "severity-" : ""}${look.name}`);
    }

    keys(event) {
      if (this.filter.key(event) || stationwatch.moveThrough(event, this.rows)) return true;
      const step = { "[": -1, "]": 1 }[event.key];
      const here = this.ways.findIndex((way) => way.system === this.system);
      const way = step && this.ways[here + step];
      if (way) way.node.click();
      const line = event.key === "t" && document.activeElement.closest(".line");
      if (line) line.querySelector("a").click();
      return Boolean(way || line);
    }
  }

  const weight = (group) => group.lines.length + 1.2;

  function worstOf(system) {
    return system.points.reduce((most, point) => Math.max(most, point.alarm ? point.alarm.severity : 0), 0);
  }

  stationwatch.addPage("subsystem", (root, model) => new Subsystem(root, model));
})();
