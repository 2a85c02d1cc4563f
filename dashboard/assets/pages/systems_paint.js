/* The systems page: puts what is known onto the panels, only what differs. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify, byId } = stationwatch;

  class Systems {
    constructor(root, model) {
      this.model = model;
      this.help = { "j, k": "through the parameters", Enter: "opens one", "/": "filter" };
      this.panels = new stationwatch.Panels(byId("panels"), byId("overview"), model);
      this.rows = [...this.panels.rows.values()].map((row) => row.node);
      this.filter = new stationwatch.RowFilter(root, () => this.rows, () => this.panels.filter(this.filter));
      this.panels.filter(this.filter);
    }

    keys(event) {
      return this.filter.key(event) || stationwatch.moveThrough(event, this.rows);
    }

    close() {
      this.panels.close();
    }

    paint(change) {
      if (change.alarms && this.filter.alarmed) this.panels.filter(this.filter);
      for (const panel of this.panels.panels.values()) this.paintPanel(panel, change);
      if (!change.second && !change.all && !change.signals) return;
      for (const craft of this.model.crafts) {
        stationwatch.paintSignal(this.panels.banners.get(craft.id), craft, this.model.signals[craft.id], this.model.now(craft.id));
      }
    }

    paintPanel(panel, change) {
      const { system } = panel;
      const all = change.all || change.turned.has(system);
      const now = this.model.now(system.craft.id);
      for (const row of panel.rows) {
        if (change.all && row.strip) row.strip.restyle();
        if (all || change.points.has(row.point)) this.paintRow(row);
        if (all || change.second) write(row.age, stationwatch.ageOf(row.point, this.model));
        if (row.strip && row.strip.visible && row.strip.due(now)) row.strip.draw(now);
      }
      if (all || change.second || change.alarms) this.paintHeader(panel, now);
    }

    paintHeader(panel, now) {
      const { system } = panel;
      const { looks } = this.model;
      const look = looks.freshness[system.freshness];
      const old = this.model.old(system);
      const worst = system.points.reduce((most, point) => Math.max(most, point.alarm ? point.alarm.severity : 0), 0);
      const severity = looks.severity[worst];
      write(panel.state, `${look.symbol} ${look.word}`);
      classify(panel.state, `freshness ${look.name}`);
      write(panel.age, system.last ? stationwatch.format.age(now - system.last.t) : "");
      write(panel.worst, worst ? `${severity.symbol} ${severity.word}` : "");
      classify(panel.worst, `panel-worst severity-${severity.name}`);
      panel.node.classList.toggle("old", old);
      write(panel.chip, `${worst ? severity.symbol : look.symbol} ${system.subsystem.id}${old ? ` ${look.word}` : ""}`);
      classify(panel.chip, `chip ${worst ? `severity-${severity.name}` : look.name}`);
    }

    paintRow(row) {
      const shown = stationwatch.shown(row.point);
      write(row.shown, shown.text);
      row.shown.title = shown.title;
      classify(row.shown, `value ${shown.name}`);
      const said = stationwatch.said(row.point, this.model);
      write(row.mark, said.label);
      classify(row.mark, `mark ${said.name}`);
      classify(row.node, row.point.alarm ? `row in-alarm ${said.name}` : "row");
    }
  }

  stationwatch.addPage("systems", (root, model) => new Systems(root, model));
})();
