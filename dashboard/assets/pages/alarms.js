/* The page of standing alarms: filtered, chosen by keyboard, acknowledged one or many.
 *
 * The grid gets all its rows when one has changed; it finds the difference by their ids. Passing
 * single changes as Dash properties would lose those that fall into one render.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const GRID = "alarm-grid";
  const HELD = "stationwatch.held";
  const MAX_AT_ONCE = 200; // as dashboard/pages/desk.py takes in one request
  const { byId } = stationwatch;

  const STATES = [
    ["", "any state"],
    ["unacknowledged", "unacknowledged"],
    ["acknowledged", "acknowledged"],
    ["returned", "back in limits"],
    ["silenced", "silenced"],
    ["held", "held back"],
  ];
  const OF_STATE = {
    unacknowledged: (row) => row.unacknowledged,
    acknowledged: (row) => row.occurrence !== "" && !row.unacknowledged,
    returned: (row) => row.occurrence !== "" && !row.violated,
    silenced: (row) => row.silenced,
    held: (row) => row.last,
  };

  class Alarms {
    constructor(root, model) {
      this.help = {
        "↑ ↓": "choose an alarm; with Shift, a range", Space: "add it, or take it out",
        a: "acknowledge what is chosen", c: "write a comment", "/": "find",
      };
      this.model = model;
      this.incidents = new stationwatch.Incidents(byId("incidents"), model);
      this.about = new stationwatch.AboutAlarm(root, model);
      this.heldShown = localStorage.getItem(HELD) !== "hidden";
      this.changed = true;
      this.chattering = "";
      this.shown = [];
      this.grid = null; // the one listened to; `api` is it while it stands
      this.anchor = null; // where a range by keyboard begins
      this.asked = null; // rows of the request whose comment still stands in its field
      this.filter = new stationwatch.FilterBar(byId("alarm-filter"), fields(model), () => this.filtered());
      byId("alarm-form").addEventListener("click", (event) => {
        const verb = event.target.dataset.verb;
        if (verb) this.request(verb, this.meant());
        else if (event.target.id === "acknowledge-shown") this.request("acknowledge", this.open().slice(0, MAX_AT_ONCE));
      });
      byId("held-toggle").addEventListener("click", () => {
        this.heldShown = !this.heldShown;
        localStorage.setItem(HELD, this.heldShown ? "shown" : "hidden");
        this.filtered();
      });
      root.querySelector(".grid-holder").addEventListener("keydown", (event) => this.gridKey(event), true);
      root.addEventListener("keydown", (event) => this.fieldKey(event));
    }

    /* AG Grid's events come a moment late: the page may have been left, and its grid destroyed. */
    get api() {
      return this.grid && !this.grid.isDestroyed() ? this.grid : null;
    }

    filtered() {
      this.changed = true;
      stationwatch.wake();
    }

    request(verb, rows) {
      if (this.model.root.startsWith("replay")) return; // what is over cannot be acknowledged
      const comment = byId("comment").value;
      const shelf = byId("shelf").querySelector("input:checked")?.value || "";
      stationwatch.ask.alarm(verb, rows, { comment, shelf });
      if (rows.length) this.asked = rows;
    }

    /* A comment stays until what it was written for is done: a refusal must not cost it. */
    forgetComment() {
      if (!this.asked || this.asked.some((row) => stationwatch.ask.waiting(row.id))) return;
      const done = this.asked.some((row) => this.model.alarms.rows.get(row.id) !== row);
      if (!done) return;
      this.asked = null;
      dash_clientside.set_props("comment", { value: "" });
    }

    /* What a request is about: what is selected, else the row one stands on. */
    meant() {
      const selected = this.api ? this.api.getSelectedRows() : [];
      if (selected.length) return selected;
      const row = this.at();
      return row ? [row] : [];
    }

    at() {
      const cell = this.api?.getFocusedCell();
      return (cell && this.api.getDisplayedRowAtIndex(cell.rowIndex)?.data) || null;
    }

    /* Shown by the filter and not acknowledged. */
    open() {
      return this.shown.filter((row) => row.unacknowledged);
    }

    paint(change) {
      this.incidents.paint(change);
      const chattering = stationwatch.chattering(this.model);
      this.changed = this.changed || change.all || change.alarms || chattering !== this.chattering;
      this.chattering = chattering;
      if (this.changed) this.paintRows();
      if (change.second && this.api) this.api.refreshCells({ columns: ["age", "name"], force: true });
      if (change.alarms || change.second) this.forgetComment();
      this.about.paint(change);
    }

    paintRows() {
      const api = grid();
      if (!api) return; // the grid is not there yet: `changed` stays set
      if (api !== this.grid) this.listen(api);
      const every = [...this.model.alarms.rows.values()];
      const held = every.filter((row) => row.last).length;
      const rows = this.heldShown ? every : every.filter((row) => !row.last);
      this.shown = this.filtering(rows);
      api.setGridOption("rowData", this.shown);
      api.resetRowHeights();
      api.refreshCells({ force: true }); // cells show more than their own field
      this.changed = false;
      const words = this.heldShown ? "shown last: hide" : "hidden: show";
      stationwatch.write(byId("held-toggle"), held ? `${held} held back by incidents, ${words}` : "");
      this.paintCounts(rows.length);
    }

    paintCounts(standing) {
      const less = this.shown.length < standing ? `${this.shown.length} of ${standing} shown` : `${standing} standing`;
      stationwatch.write(byId("alarm-shown"), standing ? less : "");
      stationwatch.write(byId("alarm-nothing"), this.shown.length ? "" : this.nothing(standing));
      const open = Math.min(this.open().length, MAX_AT_ONCE);
      stationwatch.write(byId("acknowledge-shown"), open ? `Acknowledge all ${open} shown` : "Nothing to acknowledge");
      byId("acknowledge-shown").disabled = !open;
    }

    nothing(standing) {
      if (standing) return `None of the ${standing} standing alarms fits the filter.`;
      return this.model.alarmsKnown ? "○ No alarm stands." : "? Not known: ingest is not heard of.";
    }

    filtering(rows) {
      const { class: severity, craft, state, text } = this.filter.values();
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      return rows.filter((row) => {
        if (severity && row.severity < Number(severity)) return false;
        if (craft && row.spacecraft !== craft) return false;
        if (state && !OF_STATE[state]?.(row)) return false;
        if (!words.length) return true;
        const said = [row.spacecraft, row.subsystem, row.alarm, row.name, row.state, row.by, row.comment, row.reason].join(" ").toLowerCase();
        return words.every((word) => said.includes(word));
      });
    }

    listen(api) {
      this.grid = api;
      // how many are chosen stands on the button
      const chosen = () => {
        if (!this.api) return;
        const count = api.getSelectedNodes().length;
        stationwatch.write(byId("acknowledge"), count > 1 ? `Acknowledge ${count} selected` : "Acknowledge selected");
        this.tell();
      };
      api.addEventListener("selectionChanged", chosen);
      api.addEventListener("cellFocused", () => this.tell());
    }

    /* The pane beside is about the row one stands on, else the last that is selected. */
    tell() {
      if (!this.api) return;
      const selected = this.api.getSelectedRows();
      this.about.choose(this.at() || selected[selected.length - 1] || null, selected.length);
      stationwatch.wake();
    }

    /* In the grid: a range by Shift and the arrows, which it does not know of itself. */
    gridKey(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !this.api) return;
      const cell = this.api.getFocusedCell();
      if (!event.shiftKey) this.anchor = null;
      if (!event.shiftKey || !cell) return;
      event.preventDefault();
      event.stopPropagation();
      const last = this.api.getDisplayedRowCount() - 1;
      const to = Math.min(last, Math.max(0, cell.rowIndex + step));
      if (this.anchor === null) this.anchor = cell.rowIndex;
      const [from, until] = [Math.min(this.anchor, to), Math.max(this.anchor, to)];
      this.api.deselectAll();
      const nodes = [];
      for (let i = from; i <= until; i += 1) nodes.push(this.api.getDisplayedRowAtIndex(i));
      this.api.setNodesSelected({ nodes, newValue: true });
      this.stand(to, cell.column);
    }

    stand(index, column) {
      this.api.ensureIndexVisible(index);
      this.api.setFocusedCell(index, column || "class");
    }

    /* From the fields back to the table. */
    fieldKey(event) {
      if (!event.target.closest("input")) return;
      if (event.key === "Escape") this.enter();
      else if (event.key === "Enter" && event.target.id === "comment") this.request("acknowledge", this.meant());
      else return;
      event.preventDefault();
    }

    /* Into the table: where one stood before, else its first row. */
    enter() {
      if (!this.api || !this.api.getDisplayedRowCount()) return;
      const cell = this.api.getFocusedCell();
      document.activeElement?.blur();
      this.stand(cell ? Math.min(cell.rowIndex, this.api.getDisplayedRowCount() - 1) : 0, cell?.column);
    }

    keys(event) {
      if (event.key === "a") this.request("acknowledge", this.meant());
      else if (event.key === "c") byId("comment").focus();
      else if (event.key === "/") this.filter.focus("text");
      else if (["ArrowDown", "ArrowUp"].includes(event.key) && !event.target.closest?.(".ag-root, .alarm-aside")) this.enter();
      else return false;
      return true;
    }

    close() {
      this.about.close();
    }
  }

  function fields(model) {
    const classes = [4, 3, 2, 1].map((level) => {
      const { symbol, word } = model.looks.severity[level];
      return [String(level), level === 4 ? `${symbol} ${word}` : `${symbol} ${word} +`];
    });
    const crafts = model.crafts.map((craft) => [craft.id, craft.id.toUpperCase()]);
    return [
      { name: "class", label: "Class", options: [["", "any class"], ...classes] },
      { name: "craft", label: "Spacecraft", options: [["", "all spacecraft"], ...crafts] },
      { name: "state", label: "State", options: STATES },
      { name: "text", label: "Find", placeholder: "find: name, id, person" },
    ];
  }

  function grid() {
    try {
      const api = dash_ag_grid.getApi(GRID);
      return api && !api.isDestroyed() ? api : null;
    } catch (error) {
      return null; // not rendered yet
    }
  }

  stationwatch.addPage("alarms", (root, model) => new Alarms(root, model));
})();
