/* Incident cards: first-out, cascade, what is held back, evidence. Every text by textContent. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const BEFORE_MS = 60000;

  class Incidents {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.cards = new Map(); // incident id -> {node, row, age, evidence}
      this.open = new Set(); // of the lists that the operator has opened
    }

    /* change: as a page's view gets it. */
    paint(change) {
      if (change.incidents || change.all) this.build(this.model.looks);
      for (const card of this.cards.values()) {
        write(card.age, `${stationwatch.format.age(this.model.now(card.row.craft) - card.row.first.t)} ago`);
        for (const { node, fact } of card.evidence) write(node, evidence(fact, this.model));
      }
    }

    build(looks) {
      const known = this.model.incidents.rows;
      const rows = [...known.values()].sort((a, b) => b.severity - a.severity || a.opened - b.opened);
      for (const [id, card] of this.cards) {
        if (known.get(id) !== card.row) this.cards.delete(id);
      }
      for (const row of rows) if (!this.cards.has(row.id)) this.cards.set(row.id, this.card(row, looks));
      this.root.replaceChildren(...rows.map((row) => this.cards.get(row.id).node));
    }

    card(row, looks) {
      const look = looks.severity[row.severity];
      const node = element("article", `incident severity-${look.name}`);
      node.dataset.incident = row.id;
      const age = element("span", "incident-age");
      const head = element("header", "incident-head");
      head.append(element("b", "incident-mark", `${look.symbol} INCIDENT`), element("span", "incident-title", row.title), age);
      node.append(head, this.first(row, looks));
      const again = replay(row, this.model);
      if (again) node.append(again);
      if (row.cascade.length) {
        const list = element("ol", "cascade");
        for (const member of row.cascade) list.append(line(member, looks));
        node.append(list);
      }
      if (row.consequences.length || row.unlisted) node.append(this.consequences(row, looks));
      const facts = element("dl", "evidence");
      const shown = row.evidence.map((fact) => {
        const value = element("dd");
        facts.append(element("dt", "", fact.name), value);
        return { node: value, fact };
      });
      if (shown.length) node.append(facts);
      return { node, row, age, evidence: shown };
    }

    first(row, looks) {
      const first = row.first;
      const look = looks.severity[first.severity];
      const node = element("div", "first-out");
      node.append(
        element("span", "tag", "FIRST OUT"),
        element("time", "", `${stationwatch.format.time(first.t)} UTC`),
        element("span", `severity-${look.name}`, first.class),
        element("b", "", `${first.spacecraft.toUpperCase()} ${first.name}`),
        element("span", "breach", stationwatch.format.breach(first)),
      );
      if (first.late) node.append(element("span", "dim", "found in late data"));
      return node;
    }

    consequences(row, looks) {
      const node = element("details", "consequences");
      node.open = this.open.has(row.id);
      node.addEventListener("toggle", () => (node.open ? this.open.add(row.id) : this.open.delete(row.id)));
      const heard = row.consequences.length - row.held;
      const words = [`${row.held} ${row.held === 1 ? "consequence" : "consequences"} held back`];
      if (heard) words.push(`${heard} heard`);
      if (row.unlisted) words.push(`${row.unlisted} more heard, not listed`);
      node.append(element("summary", "", words.join(", ")));
      const list = element("ol", "cascade");
      for (const member of row.consequences) list.append(line(member, looks));
      node.append(list);
      return node;
    }
  }

  /* The card of an incident that is over: nothing of it moves any more. */
  function incidentCard(row, model) {
    const made = new Incidents(element("div"), model).card(row, model.looks);
    write(made.age, row.closed ? `over ${stationwatch.format.time(row.closed)}` : "");
    for (const { node, fact } of made.evidence) write(node, fact.said ? `${fact.said} ${fact.unit}`.trim() : "–");
    return made.node;
  }

  /* Replays are of live telemetry; what ingest says of itself is not replayed. */
  function replay(row, model) {
    if (!stationwatch.replayFrom || !model.hello.live) return null;
    const button = element("button", "act incident-replay", "Replay from 1 min before");
    button.type = "button";
    button.addEventListener("click", () => stationwatch.replayFrom(row.first.t - BEFORE_MS, {}));
    return button;
  }

  /* "+3.9 s ▲ CAUTION ISS CMG momentum 81 %, above 80 %" */
  function line(member, looks) {
    const node = element("li");
    const look = looks.severity[member.severity];
    const said = [stationwatch.format.breach(member)];
    if (member.violations > 1) said.push(`x${member.violations}`);
    if (member.late) said.push("found in late data");
    node.append(
      element("time", "", after(member.after)),
      element("span", `severity-${look.name}`, member.class),
      element("span", "", `${member.spacecraft.toUpperCase()} ${member.name}`),
      element("span", "breach", said.filter(Boolean).join(", ")),
      element("span", "held", member.held ? "held back" : ""),
    );
    return node;
  }

  function after(seconds) {
    const size = Math.abs(seconds);
    const sign = seconds < 0 ? "−" : "+";
    return size < 100 ? `${sign}${size.toFixed(1)} s` : `${sign}${stationwatch.format.age(size * 1000)}`;
  }

  /* What comes now; where nothing does, what ingest last heard. */
  function evidence(fact, model) {
    const point = model.point(fact.key);
    if (!point || point.value === undefined) return fact.said ? `${fact.said} (at the time)` : "–";
    const value = stationwatch.format.value(point.parameter, point.value);
    if (value === "") return "–";
    const old = model.old(point.system) ? ` (${point.system.freshness})` : "";
    return `${value} ${point.value === null ? "" : fact.unit}`.trim() + old;
  }

  Object.assign(stationwatch, { Incidents, incidentCard });
})();
