/* What an operator asks for: handed to the server with what was seen, and followed up.
 *
 * The answer is the new state of what was asked for, or a refusal; silence is said to be one.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const ANSWER_WITHIN_MS = 4000;
  const asked = new Map(); // row id -> {verb, occurrence, until, name}

  function operator() {
    return (stationwatch.byId("operator")?.value || "").trim();
  }

  /* rows: of alarms, as the operator sees them. */
  function alarm(verb, rows, { comment = "", shelf = "" } = {}) {
    if (onlyShown(verb) || onlyLooks(verb)) return;
    const seen = rows.map(({ spacecraft, alarm, occurrence }) => ({ spacecraft, alarm, occurrence }));
    // what needs a reason and has none never leaves the server, so no answer will come
    const unsent = operator() === "" || (["shelve", "out-of-service"].includes(verb) && comment.trim() === "");
    for (const row of unsent ? [] : rows) {
      if (verb === "acknowledge" && !row.unacknowledged) continue;
      expect(row.id, { verb, occurrence: row.occurrence, name: row.name });
    }
    dash_clientside.set_props("alarm-request", { data: { verb, rows: seen, comment, shelf, n: performance.now() } });
  }

  /* What is replayed has happened: nobody there takes commands. */
  function onlyShown(verb) {
    if (!stationwatch.replaying?.()) return false;
    notify("replay-only-shown", "Replay", `Nothing to ${verb}: this has happened, and is only shown.`);
    return true;
  }

  /* The server would refuse it: a viewer looks. */
  function onlyLooks(verb) {
    if (stationwatch.byId("console")?.dataset.role !== "viewer") return false;
    notify("viewer-only-looks", "Nothing done", `To ${verb} takes the role operator; ${operator()} is viewer.`);
    return true;
  }

  function expect(id, what) {
    asked.set(id, { ...what, until: performance.now() + ANSWER_WITHIN_MS });
  }

  /* An answer among what comes. */
  function take(message) {
    const row = message.row;
    const waiting = asked.get(message.id || (row && row.id));
    if (message.k === "alarm" && waiting) {
      const acknowledged = !row.unacknowledged || row.occurrence !== waiting.occurrence;
      if (waiting.verb !== "acknowledge" || acknowledged) asked.delete(row.id);
    } else if (message.k === "gone") {
      asked.delete(message.id);
    } else if (message.k === "event" && message.kind === "REFUSED" && message.by === operator()) {
      asked.delete(row.id);
      notify(message.id, "Refused", `${row.name}: ${message.reason}`);
    }
  }

  /* Say so when ingest does not answer: an acknowledgement nobody took is none. */
  function watch() {
    for (const [id, one] of asked) {
      if (performance.now() < one.until) continue;
      asked.delete(id);
      const title = one.verb === "acknowledge" ? "Not acknowledged" : "Not done";
      notify(`unanswered-${id}`, title, `No answer from ingest for ${one.name}.`);
    }
  }

  function notify(id, title, message) {
    const notification = { action: "show", id, title, message, color: "yellow", autoClose: false };
    dash_clientside.set_props("notifications", { sendNotifications: [notification] });
  }

  /* Open the drawer about a parameter, with its history up to now or around a time. */
  function choose(key, atMs) {
    const point = stationwatch.model.point(key);
    if (!point) return;
    const now = atMs === undefined ? Math.ceil(stationwatch.model.now(point.craft.id)) : atMs + 300000;
    const data = { spacecraft: point.craft.id, subsystem: point.system.subsystem.id, parameter: point.parameter.id, now };
    if (atMs !== undefined) data.at = atMs;
    dash_clientside.set_props("chosen", { data });
  }

  Object.assign(stationwatch, { ask: { alarm, take, watch, waiting: (id) => asked.has(id), onlyShown }, notify, operator, choose });
})();
