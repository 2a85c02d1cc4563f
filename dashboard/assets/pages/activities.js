/* The activities page: time line, list, and the chosen one, or what is being proposed. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const HOUR = 3600000;
  const SPANS = { "1h": HOUR, "6h": 6 * HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR };
  const USUAL = "1h";
  const PAST = 1 / 3; // of the window, while it follows the stream
  const STEPS = 12; // it moves on by so many parts of itself
  const ASK_AFTER_MS = 400;

  class ActivitiesView {
    constructor(root, model) {
      Object.assign(this, { root, model, mode: "card" });
      const { address } = stationwatch;
      this.span = SPANS[address.get("range")] ? address.get("range") : USUAL;
      this.from = Date.parse(address.get("from") ?? ""); // NaN: it follows the stream
      this.chosen = address.get("activity") || "";
      this.log = { over: [], changes: [], incidents: [], notes: [] };
      this.draft = null;
      this.buildRange(root.querySelector(".range-bar"));
      const { TimeLine, ActivityList } = stationwatch.activities;
      const choose = (id) => this.choose(id);
      this.line = new TimeLine(root.querySelector(".line-holder"), model, { onChoose: choose, onPoint: (ms, text) => this.point(ms, text) });
      this.list = new ActivityList(root.querySelector(".every"), model, { onChoose: choose, onShow: (name) => address.set({ show: name === "open" ? null : name }), buttons: this.proposing() });
      if (address.get("show")) this.list.show(address.get("show"));
      this.buildChosen(root.querySelector(".chosen"), root.querySelector(".below").dataset);
      this.named = () => this.paintChosen();
      stationwatch.byId("operator").addEventListener("input", this.named);
      this.ask();
    }

    close() {
      this.line.close();
      clearTimeout(this.asking);
      stationwatch.byId("operator").removeEventListener("input", this.named);
    }

    buildRange(bar) {
      this.spans = {};
      const button = (text, title, act) => {
        const made = element("button", "act", text);
        made.type = "button";
        made.title = title;
        made.addEventListener("click", act);
        bar.append(made);
        return made;
      };
      for (const name of Object.keys(SPANS)) this.spans[name] = button(name.replace(/(\d+)/, "$1 "), `Show ${name} (keys + and -)`, () => this.show(name, this.from));
      button("◂", "Half a window earlier (left arrow)", () => this.move(-1)).setAttribute("aria-label", "Earlier");
      button("▸", "Half a window later (right arrow)", () => this.move(1)).setAttribute("aria-label", "Later");
      this.nowButton = button("Now", "Follow the stream (key n)", () => this.show(this.span, NaN));
      this.told = element("span", "line-told");
      bar.append(this.told);
    }

    proposing() {
      const propose = element("button", "act begin", "+ Propose");
      propose.type = "button";
      propose.addEventListener("click", () => this.propose(null, true));
      const label = element("label", "act file-choice", "Plan file…");
      label.title = "Propose what a TOML plan file has";
      const input = element("input");
      Object.assign(input, { type: "file", accept: ".toml" });
      input.addEventListener("change", () => {
        if (input.files[0]) this.openFile(input.files[0]);
        input.value = ""; // the same file again, once it is mended
      });
      label.append(input);
      this.starters = [propose, label];
      return this.starters;
    }

    buildChosen(root, choices) {
      const { Card, ProposeForm, PlanFile } = stationwatch.activities;
      const onDone = (id) => {
        this.leave();
        this.choose(id);
      };
      const onLeave = () => this.leave();
      const lists = Object.fromEntries(Object.entries(choices).map(([name, text]) => [name, text.split(" ")]));
      this.none = element("p", "dim nothing-chosen");
      root.append(this.none);
      this.card = new Card(root, this.model, (row, anew) => this.propose(row, anew));
      this.form = new ProposeForm(root, this.model, lists, { onDraft: (draft) => this.sketch(draft), onDone, onLeave });
      this.file = new PlanFile(root, { onDone, onLeave });
    }

    /* Every activity by its id: what stands, and what is over. */
    rows() {
      const rows = new Map(this.log.over.map((row) => [row.id, row]));
      for (const row of this.model.plans.rows.values()) rows.set(row.id, row);
      return rows;
    }

    window() {
      const span = SPANS[this.span];
      if (!Number.isNaN(this.from)) return { start: this.from, stop: this.from + span };
      const step = span / STEPS;
      const start = Math.floor((stationwatch.activities.now(this.model) - span * PAST) / step) * step;
      return { start, stop: start + span };
    }

    show(span, from) {
      const now = stationwatch.activities.now(this.model);
      // another zoom keeps the middle of what is looked at
      const middle = this.from + SPANS[this.span] / 2;
      this.from = span === this.span || Number.isNaN(from) ? from : middle - SPANS[span] / 2;
      this.span = span;
      if (Number.isNaN(now)) this.from = NaN;
      const exact = Number.isNaN(this.from) ? null : new Date(this.from).toISOString().slice(0, 19) + "Z";
      stationwatch.address.set({ range: span === USUAL ? null : span, from: exact });
      this.dirty = true;
      stationwatch.wake();
    }

    move(way) {
      const { start } = this.window();
      this.show(this.span, start + (way * SPANS[this.span]) / 2);
    }

    zoom(way) {
      const names = Object.keys(SPANS);
      const at = Math.min(names.length - 1, Math.max(0, names.indexOf(this.span) + way));
      this.show(names[at], this.from);
    }

    choose(id) {
      if (this.mode !== "card") this.leave();
      this.chosen = id;
      stationwatch.address.set({ activity: id });
      this.dirty = true;
      stationwatch.wake();
    }

    propose(row, anew) {
      this.mode = "form";
      this.paintMode();
      this.form.open(row, anew);
    }

    openFile(file) {
      this.mode = "file";
      this.paintMode();
      this.file.open(file);
    }

    leave() {
      this.form.close();
      this.mode = "card";
      this.paintMode();
    }

    sketch(draft) {
      this.draft = draft;
      this.dirty = true;
      stationwatch.wake();
    }

    point(ms, text) {
      write(this.told, ms === null ? "" : `${stationwatch.instant(ms, true)}${text ? ` · ${text}` : ""}`);
    }

    take(message) {
      if (message.k === "planevent") this.askSoon();
    }

    askSoon() {
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.ask(), ASK_AFTER_MS);
    }

    /* What is over and who did what, as ingest has kept it. */
    async ask() {
      const found = await fetch(stationwatch.address.link("/plan/log")).then((got) => (got.ok ? got.json() : null)).catch(() => null);
      if (!this.root.isConnected) return;
      if (found) this.log = found;
      else this.log = { ...this.log, notes: ["the console does not answer: what is over is not known"] };
      this.dirty = true;
      stationwatch.wake();
    }

    paint(change) {
      const { start } = this.window();
      const fresh = change.all || change.plans || this.dirty || start !== this.started;
      this.started = start;
      this.dirty = false;
      if (change.incidents && !change.all) this.askSoon();
      if (fresh) this.paintAll();
      else if (change.second) this.list.paint();
      this.line.paint(change);
      if (!fresh && (change.second || change.points.size)) this.paintChosen();
    }

    paintAll() {
      const rows = this.rows();
      if (!this.chosen) this.chosen = this.usual(rows);
      for (const [name, button] of Object.entries(this.spans)) button.setAttribute("aria-pressed", String(name === this.span));
      this.nowButton.setAttribute("aria-pressed", String(Number.isNaN(this.from)));
      this.line.show({ ...this.window(), rows: [...rows.values()], incidents: this.log.incidents, chosen: this.chosen, draft: this.draft });
      this.list.set({ rows: [...rows.values()], chosen: this.chosen });
      for (const node of this.starters) node.hidden = Boolean(stationwatch.replaying?.());
      const row = rows.get(this.chosen);
      if (row) this.card.show(row, this.log.changes, this.log.notes.join("; "));
      this.shown = row;
      const unknown = this.chosen ? `Nothing is known of ${this.chosen}.` : "Nothing is planned. Propose an activity, or choose one that is over.";
      write(this.none, row ? "" : [unknown, ...this.log.notes].join(" "));
      this.paintMode();
    }

    paintChosen() {
      if (this.mode === "card" && this.shown) this.card.paint();
    }

    paintMode() {
      this.card.node.hidden = this.mode !== "card" || !this.shown;
      this.none.hidden = this.mode !== "card" || Boolean(this.shown);
      this.form.node.hidden = this.mode !== "form";
      this.file.node.hidden = this.mode !== "file";
    }

    /* What concerns one first: in force with a danger, in force, coming. */
    usual(rows) {
      const open = [...rows.values()].filter((row) => !stationwatch.activities.isOver(row));
      const rank = (row) => ({ NOW: 0, OVER: 1, NEXT: 2 })[stationwatch.plans.place(row, this.model.now(row.spacecraft))] - (row.hazardous ? 0.5 : 0) - (row.asked.may_fire.length ? 0.25 : 0);
      open.sort((a, b) => rank(a) - rank(b) || a.start - b.start);
      return open.length ? open[0].id : "";
    }

    keys(event) {
      const acts = {
        ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1),
        ArrowLeft: () => this.move(-1), ArrowRight: () => this.move(1),
        "+": () => this.zoom(-1), "-": () => this.zoom(1), n: () => this.show(this.span, NaN),
      };
      if (!acts[event.key]) return false;
      acts[event.key]();
      return true;
    }

    step(way) {
      const id = this.list.beside(way);
      if (id) this.choose(id);
    }
  }

  stationwatch.addPage("activities", (root, model) => new ActivitiesView(root, model));
})();
