/* One training: how it goes, what was injected, who saw what how fast. When it has ended, its debrief. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const OPEN_KEY = "stationwatch.instructor";
  const FAULT_LOOKS = { PLANNED: "◷ planned", DONE: "● done", REFUSED: "⊘ refused", DROPPED: "– did not come" };
  const BAR_PX = 120;

  const seconds = (s) => (s === null || s === undefined ? "–" : s < 10 ? `${s.toFixed(1)} s` : s < 120 ? `${Math.round(s)} s` : `${Math.floor(s / 60)}:${String(Math.round(s % 60)).padStart(2, "0")} min`);

  class TrainingSession {
    constructor(root, model, offer, id) {
      Object.assign(this, { root, model, id, version: null, data: null, running: null, asked: 0 });
      this.instructor = localStorage.getItem(OPEN_KEY) === "yes";
      this.heading = element("h2");
      this.facts = element("p", "facts");
      this.reason = element("p", "reason");
      this.buttons = element("div", "buttons no-print");
      this.open = element("a", "act begin", "◈ Open its watch");
      this.end = this.button("End training", () => this.ask("end", {}));
      this.print = this.button("Print", () => window.print());
      this.show = this.button("Instructor's view", () => this.toggle());
      this.buttons.append(this.open, this.show, this.print, this.end);
      const head = element("header");
      head.append(this.heading, this.buttons);
      this.figures = element("dl", "figures");
      this.faults = part("What went wrong, and when it was seen");
      this.inject = part("Make something happen");
      this.inject.section.classList.add("no-print", "inject");
      this.form = offer.online ? new stationwatch.FaultForm(offer, model, { verb: "▼ Inject", now: true, onDone: (fault) => this.injected(fault) }) : null;
      if (this.form) this.inject.body.append(this.form.node);
      this.reactions = part("What was heard, and who answered");
      this.columns = element("div", "session-columns");
      const side = element("div", "side");
      side.append(this.faults.section, this.inject.section);
      this.columns.append(this.reactions.section, side);
      root.replaceChildren(head, this.facts, this.reason, this.figures, this.columns);
    }

    button(text, act) {
      const made = element("button", "act", text);
      made.type = "button";
      made.addEventListener("click", act);
      return made;
    }

    toggle() {
      this.instructor = !this.instructor;
      localStorage.setItem(OPEN_KEY, this.instructor ? "yes" : "no");
      this.build();
    }

    async ask(verb, fields) {
      const answer = await stationwatch.trainings.ask(verb, { session: this.id, ...fields });
      if (answer.refused && verb === "end") stationwatch.notify("training-end", "Training not ended", answer.refused);
      return answer.refused;
    }

    injected(fault) {
      return this.ask("inject", { fault });
    }

    close() {}

    paint(change) {
      const row = this.model.trainings.get(this.id);
      if (!row) {
        write(this.heading, "Of this training nothing is kept any more");
        this.columns.hidden = this.buttons.hidden = this.figures.hidden = true;
        return;
      }
      this.paintHead(row);
      if (row.version !== this.version) this.load(row.version);
      if (change.all || change.second) this.paintWaiting();
    }

    paintHead(row) {
      const over = row.state === "ENDED";
      write(this.heading, row.title);
      const { format } = stationwatch;
      const now = row.clock && !over ? stationwatch.streamTime(row.clock, this.model.wall()) : NaN;
      const facts = [
        over ? `⊘ ENDED ${format.moment(row.ended)} UTC` : `◈ ${row.state}`,
        Number.isFinite(now) ? `scenario at ${format.time(now)}` : "",
        `${row.scenario} from ${format.time(row.start)} at ${row.speed}×, seed ${row.seed}`,
        row.label,
        `started by ${row.by}, ${format.moment(row.created)} UTC`,
        over || !row.until ? "" : `ends by itself in ${format.left(row.until - this.model.wall())}`,
      ];
      write(this.facts, facts.filter(Boolean).join(" · "));
      write(this.reason, over ? row.reason.charAt(0).toUpperCase() + row.reason.slice(1) : "");
      this.open.href = `/?${new URLSearchParams({ root: row.root })}`;
      this.open.hidden = over || row.state !== "RUNNING";
      this.end.hidden = over;
      this.show.hidden = over;
      this.inject.section.hidden = over || !this.instructor || !this.form || row.state !== "RUNNING";
      this.show.setAttribute("aria-pressed", String(this.instructor));
      write(this.show, this.instructor ? "Hide the instructor's view" : "Instructor's view");
      classify(this.root, `training-view session${over ? " over" : ""}`);
    }

    async load(version) {
      this.version = version;
      const asked = (this.asked += 1);
      const answer = await fetch(`/training/debrief/${encodeURIComponent(this.id)}`).then((got) => got.json()).catch(() => null);
      if (asked !== this.asked) return;
      if (answer === null || answer.problem) {
        this.version = null; // again with the next change
        write(this.reason, answer ? answer.problem : "the console does not answer");
        return;
      }
      this.data = answer;
      this.build();
    }

    build() {
      if (!this.data) return;
      const { data } = this;
      const over = data.state === "ENDED";
      this.buildFigures(data.figures, over);
      this.buildFaults(data.faults, over);
      this.buildReactions(data, over);
      this.paintWaiting();
    }

    buildFigures(figures, over) {
      const seen = over || this.instructor;
      const facts = [
        ["Alarms heard", String(figures.annunciated), ""],
        ["Acknowledged", String(figures.acknowledged), ""],
        over ? ["Missed", String(figures.missed), figures.missed ? "bad" : ""] : ["Waiting", String(figures.waiting), figures.waiting ? "waits" : ""],
        ["Reaction, median", seconds(figures.median_s), ""],
        ["Reaction, worst", seconds(figures.worst_s), ""],
        ...(seen
          ? [
              ["Faults seen", `${figures.detected} of ${figures.faults}`, over && figures.detected < figures.faults ? "bad" : ""],
              ["Detection, median", seconds(figures.detection_median_s), ""],
              ["Detection, worst", seconds(figures.detection_worst_s), ""],
            ]
          : []),
      ];
      this.figures.replaceChildren(
        ...facts.map(([name, value, mark]) => {
          const made = element("div", mark);
          made.append(element("dt", "", name), element("dd", "", value));
          return made;
        }),
      );
    }

    buildFaults(faults, over) {
      if (!over && !this.instructor) {
        this.faults.body.replaceChildren(element("p", "dim", "Hidden until the training has ended: open the instructor's view to see and to inject faults."));
        return;
      }
      const rows = faults.map((one) => {
        const row = element("tr", one.state.toLowerCase());
        const what = element("td");
        const origin = one.by ? `injected by ${one.by}` : "by the scenario";
        what.append(element("b", "", one.title), element("div", "fault-state", [FAULT_LOOKS[one.state], origin, one.reason].filter(Boolean).join(" · ")));
        const seen = element("td", "seen", one.alarm ? one.name : one.state === "DONE" ? (over ? "▲ no alarm" : "no alarm yet") : "");
        if (one.held) seen.append(element("span", "dim", " held back by an incident: shown, not heard"));
        if (one.state === "DONE" && !one.alarm && over) seen.className = "seen bad";
        row.append(cell("time", stationwatch.format.time(one.t)), what, seen, cell("after", one.alarm ? seconds(one.after) : ""));
        return row;
      });
      fill(this.faults.body, ["At", "What", "First alarm", "After"], rows, "Nothing goes wrong by the scenario from here on, and nothing was injected.");
      if (rows.length) this.faults.body.append(element("p", "dim note", "First alarm: the first in the subsystems where such a fault shows, after it; consistent with it, no proof. After: simulated seconds."));
    }

    buildReactions(data, over) {
      this.waiting = [];
      const most = Math.max(1, ...data.reactions.map((one) => one.took || 0));
      const shown = over ? data.reactions : [...data.reactions].reverse();
      const seen = over || this.instructor;
      const rows = shown.map((one) => {
        const look = this.model.looks.severity[one.severity];
        const row = element("tr", one.answered ? "" : over ? "unanswered" : "waits");
        const took = element("td", "took");
        const bar = element("span", "bar");
        const text = element("span", "", one.answered ? seconds(one.took) : over ? "✖ MISSED" : "");
        bar.style.width = `${Math.max(1, Math.round((BAR_PX * (one.took || 0)) / most))}px`;
        took.append(text);
        if (one.answered) took.append(bar);
        else if (!over) this.waiting.push([text, one.asked]);
        const name = element("td", "what", one.name);
        name.title = `${one.name}${seen && one.fault ? `\ntaken for the doing of: ${one.fault}` : ""}`;
        row.append(cell("time", stationwatch.format.time(one.t)), cell(`severity-${look.name} class`, `${look.symbol} ${look.word}`), name, cell("who", one.by), took);
        return row;
      });
      fill(this.reactions.body, ["Heard", "Class", "Alarm", "Acknowledged by", "Reaction"], rows, over ? "No alarm was heard." : "No alarm has been heard yet.");
      if (data.unlisted) this.reactions.body.append(element("p", "dim note", `and ${data.unlisted} more that are not listed`));
    }

    /* How long the unanswered ones have waited. */
    paintWaiting() {
      for (const [node, asked] of this.waiting || []) write(node, `◷ waits ${stationwatch.format.age(this.model.wall() - asked)}`);
    }
  }

  function part(title) {
    const section = element("section");
    const body = element("div", "body");
    section.setAttribute("aria-label", title);
    section.append(element("h3", "", title), body);
    return { section, body };
  }

  function cell(name, text) {
    return element("td", name, text);
  }

  function fill(body, heads, rows, nothing) {
    if (!rows.length) {
      body.replaceChildren(element("p", "dim", nothing));
      return;
    }
    const [table, head, top, rest] = [element("table"), element("thead"), element("tr"), element("tbody")];
    for (const name of heads) top.append(element("th", "", name));
    head.append(top);
    rest.append(...rows);
    table.append(head, rest);
    body.replaceChildren(table);
  }

  Object.assign(stationwatch, { TrainingSession, trainingSeconds: seconds });
})();
