/* Cells of the alarm table, two lines each. React writes them as text. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  function lines(...texts) {
    const made = texts.map(([name, text]) => React.createElement("div", { className: name, key: name }, text));
    return React.createElement("div", { className: "two-lines" }, made);
  }

  const two = (first, second) => lines(["first", first], ["second", second]);
  const time = (ms) => stationwatch.format.time(ms);

  function sinceMs(row) {
    return row.since ? stationwatch.model.now(row.spacecraft) - row.since : NaN;
  }

  function AcknowledgeCell({ data }) {
    if (!data.unacknowledged) return data.by ? two(`✓ ${data.by}`, [time(data.acknowledged), data.comment].filter(Boolean).join(" ")) : "";
    const acknowledge = (event) => {
      event.stopPropagation();
      stationwatch.ask.alarm("acknowledge", [data]);
    };
    const label = `Acknowledge ${data.name}`;
    return React.createElement("button", { className: "acknowledge-row", onClick: acknowledge, tabIndex: -1, "aria-label": label }, "ACK");
  }

  /* What makes an alarm other than a new one; empty for most. */
  function notes(row) {
    const { model } = stationwatch;
    const said = [];
    if (row.held_back) said.push(`HELD BACK by ${model.incidentTitle(row.held_back)}`);
    if (row.unknown_since) said.push(`STATE UNKNOWN since LOS ${time(row.unknown_since)}`);
    if (row.late && row.since) said.push(`occurred ${stationwatch.format.ago(sinceMs(row))} ago`);
    if (stationwatch.chattering(model).split(/, | and /).includes(row.id)) said.push("≋ CHATTERING");
    return said.join(" · ");
  }

  function silence(row) {
    if (row.shelved_until) return `SHELVED until ${time(row.shelved_until).slice(0, 5)}`;
    return row.out_of_service ? "OUT OF SERVICE" : "";
  }

  const by = (row) => [row.silenced_by, row.reason].filter(Boolean).join(": ");

  const cells = {
    ClassCell: ({ data }) => two(data.class, data.state.replace(/, SHELVED.*|, OUT OF SERVICE/, "")),
    CraftCell: ({ data }) => two(data.spacecraft.toUpperCase(), data.subsystem),
    WhatCell: ({ data }) => two(data.name, notes(data) || data.alarm),
    ValueCell: ({ data }) => two(data.value || "–", data.limit),
    SinceCell: ({ data }) => two(time(data.since), stationwatch.format.age(sinceMs(data))),
    HeardCell: ({ data }) => two(time(data.annunciated) || (data.occurrence ? "–" : ""), data.annunciated || !data.occurrence ? "" : "not heard"),
    SilencedCell: ({ data }) => (data.silenced ? two(silence(data), by(data)) : ""),
    AcknowledgeCell,
  };
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, cells);
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    alarmRowHeight: () => 38,
    alarmWords: (row) =>
      `${row.spacecraft} ${row.alarm}: ${row.name} ${[notes(row), stationwatch.format.breach(row), silence(row), by(row)].filter(Boolean).join(" · ")}`,
  });
  Object.assign(stationwatch, { alarmNotes: notes, alarmSilence: silence });
})();
