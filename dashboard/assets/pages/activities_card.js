/* The chosen activity: window, what it permits, its steps, go or no-go, and who did what when. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const DONE = { propose: "proposed", approve: "approved", start: "started", extend: "asked for more time", close: "closed", abort: "aborted", check: "checked" };

  class Card {
    constructor(root, model, onForm) {
      this.model = model;
      this.node = element("article", "card");
      this.state = element("span", "state");
      this.title = element("h2");
      this.clock = element("span", "clock");
      const head = element("header");
      head.append(this.state, this.title, this.clock);
      this.facts = element("dl", "facts");
      this.steps = element("ol", "steps");
      this.budgets = element("div", "budgets");
      this.check = element("section", "check");
      this.journal = element("section", "journal");
      const acts = element("section", "acts");
      acts.setAttribute("aria-label", "What can be asked");
      this.acts = new stationwatch.activities.Acts(acts, model, onForm);
      const columns = element("div", "card-columns");
      const left = element("div");
      const right = element("div");
      left.append(this.facts, this.budgets);
      right.append(this.check, this.journal);
      columns.append(left, right);
      this.node.append(head, this.steps, acts, columns);
      root.append(this.node);
      this.meters = [];
    }

    /* row: chosen; changes: of the plan's journal, newest first; note: why there are none. */
    show(row, changes, note) {
      this.row = row;
      this.changes = lastFlight(changes.filter((one) => one.id === row.id));
      this.note = note;
      write(this.title, row.title);
      this.title.title = row.title;
      this.buildFacts();
      this.buildBudgets();
      this.buildCheck();
      this.buildJournal();
      this.paint();
    }

    /* What time and telemetry change. */
    paint() {
      const { row, model } = this;
      const now = model.now(row.spacecraft);
      const { symbol, word, name } = stationwatch.activities.look(row, now);
      write(this.state, `${symbol} ${word}`);
      classify(this.state, `state ${name}`);
      write(this.clock, stationwatch.activities.clock(row, now));
      this.buildSteps(now);
      for (const meter of this.meters) this.paintMeter(meter);
      if (row.check) {
        const { name: kind, old } = stationwatch.plans.verdict(row, now);
        classify(this.check, `check ${old ? "old" : ""}`);
        classify(this.verdict, `verdict ${kind}`);
        write(this.checked, ` at ${stationwatch.format.time(row.check.t)} UTC${old && !stationwatch.activities.isOver(row) ? ", not checked since" : ""}`);
      }
      this.acts.paint(row);
    }

    buildFacts() {
      const { row } = this;
      const { instant, lasting } = stationwatch;
      const facts = [
        ["Window", `${instant(row.start, true)}\nto ${instant(row.end, true)}, ${lasting(row.end - row.start)}`],
        ["More time", row.extension ? `asked for until ${instant(row.extension, true)} by ${row.extension_by}` : ""],
        ["What", `${row.spacecraft.toUpperCase()}, ${row.kind}${row.hazardous ? "; HAZARDOUS: starts on a GO only" : ""}`],
        ["May fire", row.asked.may_fire.join(", ") || "nobody"],
        ["At most", limits(row.asked)],
        ["Planned", row.asked.planned_states.map((state) => state.replaceAll("-", " ")).join(", ")],
        ["Contact", null],
        ["Comment", row.comment],
        ["Id", `${row.id}, version ${row.version}`],
      ];
      const nodes = [];
      for (const [name, text] of facts) {
        if (text === "") continue;
        const value = element("dd", "", text ?? undefined);
        if (text === null) value.append(...this.contacts());
        if (value.childNodes.length) nodes.push(element("dt", "", name), value);
      }
      this.facts.replaceChildren(...nodes);
    }

    /* Of each link that it expects to have, what is announced for its window. */
    contacts() {
      const { row, model } = this;
      const schedule = model.contacts.get(row.spacecraft);
      return row.asked.links.map((link) => {
        const { go, text } = stationwatch.activities.contact(schedule, link, row);
        return element("div", go === null ? "" : go ? "go" : "no-go", `${go === null ? "– " : go ? "✓ " : "✖ "}${text}`);
      });
    }

    /* Proposed, approved, started, ended: by whom and when, and what comes next. */
    buildSteps(now) {
      const { row } = this;
      const { isOver } = stationwatch.activities;
      const done = (verb) => this.changes.find((one) => one.verb === verb && !one.refused);
      const at = (change) => (change ? stationwatch.format.time(change.t) : "");
      const approval = [...this.changes].reverse().find((one) => one.verb === "approve" && !one.refused);
      const started = done("start");
      const never = isOver(row);
      const late = !never && now >= row.end;
      const notStarted = never || late ? "not started" : row.approved_by && now >= row.start ? "not yet, but in force" : "";
      const steps = [
        { name: "Proposed", done: true, by: row.proposed_by, at: at(done("propose")) },
        { name: "Approved", done: row.approved_by !== "", by: row.approved_by || (never ? "never" : "by another person"), at: row.approved_by ? at(approval) : "" },
        { name: "Started", done: Boolean(started) || row.state === "STARTED", by: started ? started.by : row.state === "STARTED" ? "" : notStarted, at: at(started) },
        { name: row.state === "ABORTED" ? "Aborted" : "Closed", done: never, by: never ? row.changed_by : "", at: never ? stationwatch.format.time(row.changed) : "" },
      ];
      const next = never ? null : late ? steps[3] : steps.find((step) => !step.done);
      const key = JSON.stringify([steps, next]);
      if (key === this.stepsKey) return;
      this.stepsKey = key;
      this.steps.replaceChildren(
        ...steps.map((step) => {
          const item = element("li", step.done ? "done" : step === next ? "next" : "");
          const who = element("span", "who", [step.at, step.by].filter(Boolean).join(" "));
          who.title = who.textContent;
          item.append(element("b", "", `${step.done ? "✓" : step === next ? "▸" : "○"} ${step.name}`), who);
          return item;
        }),
      );
    }

    /* How much of its budgets is used; the telemetry is about what is in force. */
    buildBudgets() {
      this.meters = this.row.budgets.map(({ key, name }) => {
        const meter = { key, name, node: element("div", "meter"), words: element("span", "words"), bar: element("span", "used") };
        const track = element("span", "track");
        track.append(meter.bar);
        meter.node.append(element("span", "dim", `${name} used`), track, meter.words);
        return meter;
      });
      this.budgets.replaceChildren(...this.meters.map((meter) => meter.node));
    }

    paintMeter({ key, words, bar, node }) {
      const { row, model } = this;
      const now = model.now(row.spacecraft);
      const point = model.point(key);
      const inForce = (row.state === "APPROVED" || row.state === "STARTED") && now >= row.start && now < row.end;
      node.hidden = !inForce;
      if (!inForce) return;
      const known = point && typeof point.value === "number";
      const old = !point || model.old(point.system);
      write(words, known ? `${point.value.toFixed(0)} %${old ? ` ${point.system.freshness}` : ""}` : "NO DATA");
      const severity = point && point.alarm ? `severity-${model.looks.severity[point.alarm.severity].name}` : "";
      classify(node, `meter ${severity}${old ? " old" : ""}`);
      bar.style.width = `${known ? Math.min(100, Math.max(0, point.value)) : 0}%`;
    }

    buildCheck() {
      const { row } = this;
      const { check } = row;
      const heading = element("h3", "", "Go / no-go");
      if (!check) {
        const why = !row.hazardous ? "Not hazardous: it needs no check." : "Not checked yet: once approved, from ten minutes before the window on; and when you ask.";
        this.check.replaceChildren(heading, element("p", "dim", stationwatch.activities.isOver(row) ? "No check is kept." : why));
        return;
      }
      const bad = check.items.filter((item) => !item.go).length;
      this.verdict = element("span");
      this.checked = element("span", "dim");
      write(this.verdict, check.go ? "✓ GO" : `✖ NO-GO, ${bad} of ${check.items.length}`);
      heading.append(this.verdict, this.checked);
      const list = element("ul");
      // what keeps it from going is read first
      for (const item of [...check.items].sort((a, b) => a.go - b.go)) {
        const line = element("li");
        line.append(element("span", item.go ? "yes" : "no", item.go ? "✓ go" : "✖ NO-GO"), element("span", "", item.name), element("span", "dim", item.reason));
        list.append(line);
      }
      this.check.replaceChildren(heading, list);
    }

    buildJournal() {
      const heading = element("h3", "", "Journal");
      const list = element("ul");
      for (const one of this.changes) {
        const line = element("li", one.refused ? "refused" : "");
        const what = one.refused ? `${one.verb} refused: ${one.refused}` : `${DONE[one.verb]}${one.verb === "extend" ? ` to ${stationwatch.format.time(one.extension)}` : ""}${one.comment ? `: ${one.comment}` : ""}`;
        const time = element("time", "", stationwatch.format.time(one.t));
        time.title = `${stationwatch.format.moment(one.t)} UTC, received ${stationwatch.format.moment(one.rx)}`;
        line.append(time, element("span", "version dim", one.refused ? "" : `v${one.version}`), element("b", "", one.by), element("span", "what", what));
        list.append(line);
      }
      const none = this.changes.length ? [] : [element("p", "dim", this.note || "Nothing is kept of it.")];
      this.journal.replaceChildren(heading, ...none, list);
    }
  }

  function limits({ longest_pulse_s: pulse, on_time_s: onTime, propellant_kg: propellant }) {
    const words = [
      pulse === null ? "" : `pulse ${pulse} s`,
      onTime === null ? "" : `on-time ${onTime} s of each thruster`,
      propellant === null ? "" : `propellant ${propellant} kg in all`,
    ];
    return words.filter(Boolean).join(", ");
  }

  /* The journal of one activity, newest first, as far back as its life of this flight began. */
  function lastFlight(changes) {
    const first = changes.findIndex((one, i) => one.verb === "propose" && !one.refused && (one.version === 1 || i + 1 === changes.length || over(changes[i + 1])));
    return first < 0 ? changes : changes.slice(0, first + 1);
  }

  const over = (change) => ["CLOSED", "ABORTED"].includes(change.state) && !change.refused;

  stationwatch.activities = { ...stationwatch.activities, Card };
})();
