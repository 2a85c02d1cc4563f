/* Lines of the alarm journal in words; the same for what comes live and what was kept. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;

  const KINDS = {
    VIOLATED: "came",
    ESCALATED: "got worse",
    DEESCALATED: "got less",
    RETURNED: "back in limits",
    ACKNOWLEDGED: "acknowledged",
    RESET: "reset",
    SHELVED: "shelved",
    UNSHELVED: "unshelved",
    OUT_OF_SERVICE: "out of service",
    IN_SERVICE: "in service",
    DATED: "dated back",
    OCCURRED: "had occurred",
    SIGNAL_LOST: "signal lost",
    SIGNAL_BACK: "signal back",
    INHIBITED: "held back",
    UNINHIBITED: "held back no more",
    REFUSED: "refused",
  };
  const WORSE = ["VIOLATED", "ESCALATED", "OCCURRED", "DATED"];

  const kindWords = (event) => KINDS[event.kind] || event.kind.toLowerCase();

  /* What broke which limit, or what is measured again. */
  function measured(event) {
    if (WORSE.includes(event.kind)) return stationwatch.format.breach(event.row);
    return event.value || "";
  }

  /* Who did it, and why. */
  function people(event) {
    const reason = event.reason || event.comment || (event.kind === "ACKNOWLEDGED" ? event.row.comment : "") || (event.kind === "SHELVED" ? event.row.reason : "");
    return [event.by, reason].filter(Boolean).join(": ");
  }

  /* In one line, for the course of one alarm. */
  function words(event) {
    const heard = event.annunciate ? "heard" : "";
    return [kindWords(event), measured(event), people(event), heard].filter(Boolean).join(", ");
  }

  const HEADS = ["Time (UTC)", "Event", "Class", "Craft", "System", "What", "Value, limit", "Who and why", "Heard"];

  /* A row of a table. fresh: it came while somebody looks. */
  function line(event, looks, fresh) {
    const { row } = event;
    const look = looks.severity[row.severity];
    const node = element("tr", `event kind-${event.kind.toLowerCase()}${fresh ? " fresh" : ""}`);
    node.dataset.event = event.id;
    const [day, time] = stationwatch.format.moment(event.t).split(" ");
    const behind = event.behind ? ` +${Math.round(event.behind)} s` : "";
    const late = event.rx && row.late ? " (late)" : behind;
    const when = element("td", "when");
    when.append(element("span", "day", `${stationwatch.format.day(day)} `), element("time", "", time + late));
    when.title = event.rx ? `received ${stationwatch.format.moment(event.rx)} UTC${event.behind ? `, ${event.behind} s after its time` : ""}` : "";
    const what = element("td", "what", row.name);
    what.title = row.alarm;
    what.append(element("small", "dim", ` ${row.alarm}`));
    const cells = [
      element("td", "event-kind", kindWords(event)),
      element("td", `severity-${look.name}`, row.class),
      element("td", "", row.spacecraft.toUpperCase()),
      element("td", "", row.subsystem || ""),
      what,
      element("td", "measured", measured(event)),
      element("td", "people", people(event)),
      element("td", "heard", event.annunciate ? "♪ heard" : ""),
    ];
    node.append(when, ...cells);
    return node;
  }

  function table(lines) {
    const node = element("table", "events");
    const head = element("tr");
    for (const name of HEADS) head.append(element("th", "", name));
    const top = element("thead");
    top.append(head);
    const body = element("tbody");
    body.append(...lines);
    node.append(top, body);
    return { node, body };
  }

  Object.assign(stationwatch, { eventWords: words, eventLine: line, eventTable: table, kindWords });
})();
