/* The alarm list, its counts, acknowledging, and what the operator is told about it.
 *
 * The grid gets all its rows when one has changed; it finds the difference by their ids. Passing
 * single changes as Dash properties would lose those that fall into one render.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const GRID = "alarm-grid";
  const HELD = "stationwatch.held";
  const { byId } = stationwatch;

  class Alarms {
    constructor(root, model) {
      this.model = model;
      this.incidents = new stationwatch.Incidents(byId("incidents"), model);
      this.heldShown = localStorage.getItem(HELD) !== "hidden";
      this.changed = true;
      this.chattering = "";
      byId("alarm-form").addEventListener("click", (event) => {
        const verb = event.target.dataset.verb;
        if (verb) this.request(verb, grid().getSelectedRows());
      });
      byId("held-toggle").addEventListener("click", () => {
        this.heldShown = !this.heldShown;
        localStorage.setItem(HELD, this.heldShown ? "shown" : "hidden");
        this.changed = true;
        stationwatch.wake();
      });
    }

    request(verb, rows) {
      const comment = byId("comment").value;
      const shelf = byId("shelf").querySelector("input:checked")?.value || "";
      stationwatch.ask.alarm(verb, rows, { comment, shelf });
      if (rows.length && stationwatch.operator()) dash_clientside.set_props("comment", { value: "" });
    }

    paint(change) {
      this.incidents.paint(change);
      const chattering = stationwatch.chattering(this.model);
      this.changed = this.changed || change.all || change.alarms || chattering !== this.chattering;
      this.chattering = chattering;
      if (this.changed) this.paintRows();
      const api = change.second ? grid() : null;
      if (api) api.refreshCells({ columns: ["age", "name"], force: true });
    }

    paintRows() {
      const api = grid();
      if (!api) return; // the grid is not there yet: `changed` stays set
      const rows = [...this.model.alarms.rows.values()];
      api.setGridOption("rowData", this.heldShown ? rows : rows.filter((row) => !row.last));
      api.resetRowHeights();
      api.refreshCells({ force: true }); // cells show more than their own field
      this.changed = false;
      const held = rows.filter((row) => row.last).length;
      const words = this.heldShown ? "shown last: hide" : "hidden: show";
      stationwatch.write(byId("held-toggle"), held ? `${held} held back by incidents, ${words}` : "");
    }
  }

  function grid() {
    try {
      return dash_ag_grid.getApi(GRID);
    } catch (error) {
      return null; // not rendered yet
    }
  }

  /* Two lines in a cell. React writes them as text. */
  function lines(first, second) {
    const line = (name, text) => React.createElement("div", { className: name, key: name }, text);
    return React.createElement("div", { className: "two-lines" }, [line("first", first), line("second", second)]);
  }

  function sinceMs(row) {
    return row.since ? stationwatch.model.now(row.spacecraft) - row.since : NaN;
  }

  function age(row) {
    return stationwatch.format.age(sinceMs(row));
  }

  function AcknowledgeCell({ data }) {
    if (!data.unacknowledged) return data.by ? lines(`✓ ${data.by}`, data.comment) : "";
    const acknowledge = (event) => {
      event.stopPropagation();
      stationwatch.ask.alarm("acknowledge", [data]);
    };
    return React.createElement("button", { className: "acknowledge-row", onClick: acknowledge }, "ACK");
  }

  /* What makes an alarm other than a new one; empty for most. */
  function notes(row) {
    const { model } = stationwatch;
    const said = [];
    if (row.held_back) said.push(`HELD BACK by ${model.incidentTitle(row.held_back)}`);
    if (row.unknown_since) said.push(`STATE UNKNOWN since LOS ${stationwatch.format.time(row.unknown_since)}`);
    if (row.late && row.since) said.push(`occurred ${stationwatch.format.ago(sinceMs(row))} ago`);
    if (row.silenced) said.push([row.silence, row.reason].filter(Boolean).join(": "));
    if (stationwatch.chattering(model).split(/, | and /).includes(row.id)) said.push("≋ CHATTERING");
    return said.join(" · ");
  }

  /* A third line where there is something to say; what is held back has its value on the card. */
  function whatLines(row) {
    const said = notes(row);
    const texts = [["first", row.name]];
    if (said) texts.push(["note", said]);
    if (!row.last || !said) texts.push(["second", stationwatch.format.breach(row)]);
    const made = texts.map(([name, text]) => React.createElement("div", { className: name, key: name }, text));
    return React.createElement("div", { className: "two-lines" }, made);
  }

  const cells = {
    ClassCell: ({ data }) => lines(data.class, data.state),
    WhatCell: ({ data }) => whatLines(data),
    SinceCell: ({ data }) => lines(stationwatch.format.time(data.since), age(data)),
    AcknowledgeCell,
  };
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, cells);
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    alarmRowHeight: (row) => (notes(row) && !row.last ? 56 : 40),
    alarmWords: (row) => `${row.spacecraft} ${row.alarm}: ${row.name} ${[notes(row), stationwatch.format.breach(row)].filter(Boolean).join(" · ")}`,
  });
  stationwatch.addPage("alarms", (root, model) => new Alarms(root, model));
})();
