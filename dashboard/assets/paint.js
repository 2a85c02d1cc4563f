/* Puts the state of the panels onto the page: only what differs, only strips that can be seen. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  /* context: {wall, clocks, links, announced(craft, subsystem), normal(craft), alarmsKnown}; all: ages have moved, not only values. */
  function paintPanels(panels, context, all) {
    for (const panel of panels.panels.values()) paintPanel(panels, panel, context, all);
    panels.changed.clear();
  }

  function paintPanel(panels, panel, context, all) {
    const craft = panel.craft.id;
    const clock = context.clocks[craft];
    const now = stationwatch.streamTime(clock, context.wall);
    const state = stationwatch.freshness(panel.subsystem, panel.last, clock, context.links[craft], context.normal(craft), context.wall, context.announced(craft, panel.subsystem));
    const old = !["LIVE", "SIM", "PLAYED", "REPLAY"].includes(state);
    const turned = state !== panel.freshness || context.alarmsKnown !== panel.alarmsKnown;
    panel.freshness = state;
    panel.alarmsKnown = context.alarmsKnown;
    const holds = clock && !clock.heartbeat; // a recording's silence means that nothing changed
    for (const row of panel.rows) {
      if (turned || panels.changed.has(row)) paintRow(panels.looks, row, state, old, context);
      if (all || turned) stationwatch.write(row.age, row.t >= 0 ? stationwatch.format.age(now - row.t) : "");
      if (row.strip && row.visible) {
        if (holds) row.strip.hold(now);
        if (row.strip.due(now)) row.strip.draw(now);
      }
    }
    if (all || turned) paintHeader(panels.looks, panel, state, old, now);
  }

  function paintHeader(looks, panel, state, old, now) {
    const look = looks.freshness[state];
    const worst = panel.rows.reduce((most, row) => Math.max(most, row.alarm ? row.alarm.severity : 0), 0);
    const severity = looks.severity[worst];
    stationwatch.write(panel.state, `${look.symbol} ${look.word}`);
    stationwatch.classify(panel.state, `freshness ${look.name}`);
    stationwatch.write(panel.age, panel.last ? stationwatch.format.age(now - panel.last.t) : "");
    stationwatch.write(panel.worst, worst ? `${severity.symbol} ${severity.word}` : "");
    stationwatch.classify(panel.worst, `panel-worst severity-${severity.name}`);
    panel.node.classList.toggle("old", old);
    stationwatch.write(panel.chip, `${worst ? severity.symbol : look.symbol} ${panel.subsystem.id}${old ? ` ${look.word}` : ""}`);
    stationwatch.classify(panel.chip, `chip ${worst ? `severity-${severity.name}` : look.name}`);
  }

  function paintRow(looks, row, state, old, context) {
    const never = row.value === undefined;
    stationwatch.write(row.shown, never ? "NO DATA" : stationwatch.format.value(row.parameter, row.value));
    row.shown.title = row.quality ? `quality ${row.quality}` : row.shown.shown;
    stationwatch.classify(row.shown, `value${never ? " never" : ""}${row.value === null ? " invalid" : ""}`);
    if (row.value === null) stationwatch.write(row.shown, `INVALID q${row.quality}`);
    const [label, name] = mark(looks, row, state, old, context, never);
    stationwatch.write(row.mark, label);
    stationwatch.classify(row.mark, `mark ${name}`);
    stationwatch.classify(row.node, row.alarm ? `row in-alarm ${name}` : "row");
  }

  /* What is said of a value: its alarm; else whether it is too old to say; else that it is well. */
  function mark(looks, row, state, old, context, never) {
    if (row.alarm) {
      const look = looks.severity[row.alarm.severity];
      return [`${look.symbol} ${look.word}`, `severity-${look.name}`];
    }
    if (never) return ["", ""];
    if (old) return [`${looks.freshness[state].symbol} ${looks.freshness[state].word}`, looks.freshness[state].name];
    if (!row.parameter.limited) return ["", ""];
    if (!context.alarmsKnown) return ["? UNCHECKED", "stale"];
    const nominal = looks.severity[0];
    return [`${nominal.symbol} ${nominal.word}`, `severity-${nominal.name}`];
  }

  stationwatch.paintPanels = paintPanels;
})();
