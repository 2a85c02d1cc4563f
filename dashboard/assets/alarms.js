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
  const ANSWER_WITHIN_MS = 4000;

  class Alarms {
    constructor() {
      this.rows = new Map();
      this.asked = new Map(); // row id -> {verb, occurrence, until, name}
      this.chattering = "";
      this.heldShown = localStorage.getItem(HELD) !== "hidden";
      this.changed = true;
    }

    take(row) {
      const asked = this.asked.get(row.id);
      const acknowledged = !row.unacknowledged || row.occurrence !== (asked && asked.occurrence);
      if (asked && (asked.verb !== "acknowledge" || acknowledged)) this.asked.delete(row.id);
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
      const rows = [...this.rows.values()];
      api.setGridOption("rowData", this.heldShown ? rows : rows.filter((row) => !row.last));
      api.resetRowHeights();
      api.refreshCells({ force: true }); // cells show more than their own field
      this.changed = false;
      this.paintCounts(counts, looks);
      this.paintToggle();
    }

    paintToggle() {
      const held = [...this.rows.values()].filter((row) => row.last).length;
      const words = this.heldShown ? "shown last: hide" : "hidden: show";
      stationwatch.write(document.getElementById("held-toggle"), held ? `${held} held back by incidents, ${words}` : "");
    }

    toggleHeld() {
      this.heldShown = !this.heldShown;
      localStorage.setItem(HELD, this.heldShown ? "shown" : "hidden");
      this.changed = true;
    }

    /* text: as GND_CHATTERING has it, `craft/alarm, craft/alarm and 3 more`. */
    takeChattering(text) {
      if (text === this.chattering) return;
      this.chattering = text;
      this.changed = true;
    }

    chatters(id) {
      return this.chattering.split(/, | and /).includes(id);
    }

    paintCounts(counts, looks) {
      counts.replaceChildren();
      let open = 0;
      for (const severity of [4, 3, 2, 1]) {
        const rows = [...this.rows.values()].filter((row) => row.severity === severity && row.occurrence !== "");
        // neither what came late nor what an incident explains is new
        const unacknowledged = rows.filter((row) => row.unacknowledged && !row.late && !row.last).length;
        const others = rows.filter((row) => row.unacknowledged).length - unacknowledged;
        const look = looks.severity[severity];
        const count = stationwatch.element("span", `count severity-${look.name}${rows.length ? "" : " none"}${unacknowledged ? " open" : ""}`);
        count.append(`${look.symbol} ${look.word} `, stationwatch.element("b", "", String(rows.length)));
        const quiet = others ? `, and ${others} that came late or are held back` : "";
        count.title = `${rows.length} standing, ${unacknowledged} not acknowledged${quiet}`;
        if (unacknowledged) count.append(stationwatch.element("span", "new", ` (${unacknowledged} new)`));
        counts.append(count);
        open += unacknowledged;
      }
      document.title = open ? `(${open}) stationwatch` : "stationwatch";
    }

    refreshAges() {
      const api = grid();
      if (api) api.refreshCells({ columns: ["age", "name"], force: true });
    }

    /* Hand the rows, as the operator sees them, to the server. */
    request(verb, rows) {
      const seen = rows.map(({ spacecraft, alarm, occurrence }) => ({ spacecraft, alarm, occurrence }));
      const until = performance.now() + ANSWER_WITHIN_MS;
      for (const row of stationwatch.operator() === "" || needsReason(verb) ? [] : rows) {
        if (verb === "acknowledge" && !row.unacknowledged) continue;
        this.asked.set(row.id, { verb, occurrence: row.occurrence, until, name: row.name });
      }
      dash_clientside.set_props("alarm-request", { data: { verb, rows: seen, n: performance.now() } });
    }

    /* Say so when ingest does not answer: an acknowledgement nobody took is none. */
    watch() {
      for (const [id, asked] of this.asked) {
        if (performance.now() < asked.until) continue;
        this.asked.delete(id);
        const title = asked.verb === "acknowledge" ? "Not acknowledged" : "Not done";
        notify(`unanswered-${id}`, title, `No answer from ingest for ${asked.name}.`);
      }
    }

    takeEvent(event) {
      if (event.kind !== "REFUSED" || event.by !== operator()) return;
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

  function operator() {
    return document.getElementById("operator").value.trim();
  }

  /* What needs one and has none never leaves the server, so no answer will come. */
  function needsReason(verb) {
    return ["shelve", "out-of-service"].includes(verb) && document.getElementById("comment").value.trim() === "";
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

  function sinceMs(row) {
    return stationwatch.page && row.since ? stationwatch.page.streamNow(row.spacecraft) - row.since : NaN;
  }

  function age(row) {
    return stationwatch.format.age(sinceMs(row));
  }

  function AcknowledgeCell({ data }) {
    if (!data.unacknowledged) return data.by ? lines(`✓ ${data.by}`, data.comment) : "";
    const acknowledge = (event) => {
      event.stopPropagation();
      stationwatch.page.alarms.request("acknowledge", [data]);
    };
    return React.createElement("button", { className: "acknowledge-row", onClick: acknowledge }, "ACK");
  }

  /* What makes an alarm other than a new one; empty for most. */
  function notes(row) {
    const page = stationwatch.page;
    const said = [];
    if (row.held_back) said.push(`HELD BACK by ${page ? page.incidents.title(row.held_back) : row.held_back}`);
    if (row.unknown_since) said.push(`STATE UNKNOWN since LOS ${stationwatch.format.time(row.unknown_since)}`);
    if (row.late && row.since) said.push(`occurred ${stationwatch.format.ago(sinceMs(row))} ago`);
    if (row.silenced) said.push([row.silence, row.reason].filter(Boolean).join(": "));
    if (page && page.alarms.chatters(row.id)) said.push("≋ CHATTERING");
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
  Object.assign(stationwatch, { Alarms, alarmGrid: grid, notify, operator });
})();
