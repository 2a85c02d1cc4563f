/* The alarm list, its counts, acknowledging, and what the operator is told about it.
 *
 * The grid gets all its rows when one has changed; it finds the difference by their ids. Passing
 * single changes as Dash properties would lose those that fall into one render.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const GRID = "alarm-grid";
  const ANSWER_WITHIN_MS = 4000;

  class Alarms {
    constructor() {
      this.rows = new Map();
      this.asked = new Map(); // row id -> {occurrence, until, name}
      this.changed = true;
    }

    take(row) {
      const asked = this.asked.get(row.id);
      if (asked && (!row.unacknowledged || row.occurrence !== asked.occurrence)) this.asked.delete(row.id);
      this.rows.set(row.id, row);
      this.changed = true;
    }

    remove(id) {
      this.asked.delete(id);
      this.rows.delete(id);
      this.changed = true;
    }

    replace(rows) {
      this.rows = new Map(rows.map((row) => [row.id, row]));
      this.changed = true;
    }

    /* The most severe violated alarm of each parameter. */
    bySubject() {
      const worst = new Map();
      for (const row of this.rows.values()) {
        const key = `${row.spacecraft}/${row.subject}`;
        const other = worst.get(key);
        if (row.violated && !(other && other.severity >= row.severity)) worst.set(key, row);
      }
      return worst;
    }

    paint(counts, looks) {
      const api = grid();
      if (!api) return; // the grid is not there yet: `changed` stays set
      api.setGridOption("rowData", [...this.rows.values()]);
      api.refreshCells({ force: true }); // cells show more than their own field
      this.changed = false;
      this.paintCounts(counts, looks);
    }

    paintCounts(counts, looks) {
      counts.replaceChildren();
      let open = 0;
      for (const severity of [4, 3, 2, 1]) {
        const rows = [...this.rows.values()].filter((row) => row.severity === severity && row.occurrence !== "");
        const unacknowledged = rows.filter((row) => row.unacknowledged).length;
        const look = looks.severity[severity];
        const count = stationwatch.element("span", `count severity-${look.name}${rows.length ? "" : " none"}${unacknowledged ? " open" : ""}`);
        count.append(`${look.symbol} ${look.word} `, stationwatch.element("b", "", String(rows.length)));
        count.title = `${rows.length} standing, ${unacknowledged} not acknowledged`;
        if (unacknowledged) count.append(stationwatch.element("span", "new", ` (${unacknowledged} new)`));
        counts.append(count);
        open += unacknowledged;
      }
      document.title = open ? `(${open}) stationwatch` : "stationwatch";
    }

    refreshAges() {
      const api = grid();
      if (api) api.refreshCells({ columns: ["age"], force: true });
    }

    /* Hand the rows, as the operator sees them, to the server. */
    request(rows) {
      const seen = rows.map(({ spacecraft, alarm, occurrence }) => ({ spacecraft, alarm, occurrence }));
      const until = performance.now() + ANSWER_WITHIN_MS;
      const named = document.getElementById("operator").value.trim() !== "";
      for (const row of named ? rows : []) {
        if (row.unacknowledged) this.asked.set(row.id, { occurrence: row.occurrence, until, name: row.name });
      }
      dash_clientside.set_props("acknowledge-request", { data: { rows: seen, n: performance.now() } });
    }

    /* Say so when ingest does not answer: an acknowledgement nobody took is none. */
    watch() {
      for (const [id, asked] of this.asked) {
        if (performance.now() < asked.until) continue;
        this.asked.delete(id);
        notify(`unanswered-${id}`, "Not acknowledged", `No answer from ingest for ${asked.name}.`);
      }
    }

    takeEvent(event) {
      const operator = document.getElementById("operator").value.trim();
      if (event.kind !== "REFUSED" || event.by !== operator) return;
      this.asked.delete(event.row.id);
      notify(event.id, "Refused", `${event.row.name}: ${event.reason}`);
    }
  }

  function grid() {
    try {
      return dash_ag_grid.getApi(GRID);
    } catch (error) {
      return null; // not rendered yet
    }
  }

  function notify(id, title, message) {
    const notification = { action: "show", id, title, message, color: "yellow", autoClose: false };
    dash_clientside.set_props("notifications", { sendNotifications: [notification] });
  }

  /* Two lines in a cell. React writes them as text. */
  function lines(first, second) {
    const line = (name, text) => React.createElement("div", { className: name, key: name }, text);
    return React.createElement("div", { className: "two-lines" }, [line("first", first), line("second", second)]);
  }

  function age(row) {
    const page = stationwatch.page;
    return page && row.since ? stationwatch.format.age(page.streamNow(row.spacecraft) - row.since) : "";
  }

  function AcknowledgeCell({ data }) {
    if (!data.unacknowledged) return data.by ? lines(`✓ ${data.by}`, data.comment) : "";
    const acknowledge = (event) => {
      event.stopPropagation();
      stationwatch.page.alarms.request([data]);
    };
    return React.createElement("button", { className: "acknowledge-row", onClick: acknowledge }, "ACK");
  }

  const cells = {
    ClassCell: ({ data }) => lines(data.class, data.state),
    WhatCell: ({ data }) => lines(data.name, stationwatch.format.breach(data)),
    SinceCell: ({ data }) => lines(stationwatch.format.time(data.since), age(data)),
    AcknowledgeCell,
  };
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, cells);
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    alarmWords: (row) => `${row.spacecraft} ${row.alarm}: ${row.name} ${stationwatch.format.breach(row)}`,
  });
  Object.assign(stationwatch, { Alarms, alarmGrid: grid });
})();
