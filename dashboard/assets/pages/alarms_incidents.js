/* Incidents: those that are open, as they are now, and those that are over, as ingest kept them. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, byId } = stationwatch;
  const AGAIN_MS = 5000; // ingest keeps an incident a moment after it ends

  class IncidentsPage {
    constructor(root, model) {
      this.model = model;
      this.open = new stationwatch.Incidents(byId("incidents"), model);
      this.over = byId("incidents-over");
      this.read();
    }

    async read() {
      const said = await stationwatch.fetchJson("/alarms/incidents.json", {});
      const nodes = (said.rows || []).map((row) => this.line(row));
      if (said.error) nodes.unshift(element("p", "wrong", `Not known: ${said.error}`));
      else if (!nodes.length) nodes.push(element("p", "dim", "No incident has ended yet."));
      else if (stationwatch.address.root()) nodes.unshift(element("p", "dim", "Those of live telemetry:"));
      this.over.replaceChildren(...nodes);
    }

    line(row) {
      const node = element("details", "incident-over");
      const look = this.model.looks.severity[row.severity];
      const head = element("summary");
      const count = 1 + row.cascade.length + row.consequences.length + row.unlisted;
      head.append(
        element("time", "", stationwatch.format.moment(row.opened)),
        element("span", `severity-${look.name}`, `${look.symbol} ${look.word}`),
        element("b", "", row.title),
        element("span", "dim", `lasted ${stationwatch.format.ago(row.closed - row.opened)}, ${count} ${count === 1 ? "alarm" : "alarms"}, ${row.held} held back`),
      );
      node.append(head);
      node.addEventListener("toggle", () => {
        if (node.open && node.children.length === 1) node.append(stationwatch.incidentCard(row, this.model));
      });
      return node;
    }

    paint(change) {
      this.open.paint(change);
      if (change.all || change.incidents) {
        byId("incidents").classList.toggle("none", !this.model.incidents.rows.size);
        clearTimeout(this.again);
        this.again = setTimeout(() => this.read(), AGAIN_MS);
      }
    }

    close() {
      clearTimeout(this.again);
    }
  }

  stationwatch.addPage("incidents", (root, model) => new IncidentsPage(root, model));
})();
