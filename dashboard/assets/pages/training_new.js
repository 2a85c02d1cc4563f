/* A new training: which scenario, from where, how fast, with which faults prepared. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const SPEEDS = [0.5, 1, 2, 5, 10, 20];
  const MARKS = { activity: "▬", gap: "⊘", event: "▽", fault: "▼" };

  class TrainingNew {
    /* onStarted(session) */
    constructor(root, model, offer, onStarted) {
      Object.assign(this, { model, offer, onStarted });
      this.faults = [];
      this.scenarios = element("div", "scenarios");
      this.scenarios.setAttribute("role", "radiogroup");
      this.scenarios.setAttribute("aria-label", "Scenario");
      for (const one of offer.scenarios) this.scenarios.append(this.option(one));
      this.about = element("div", "about");
      this.heading = element("h2");
      this.label = element("p", "reconstruction");
      this.summary = element("p", "summary");
      this.line = new stationwatch.ScenarioLine((ms) => this.join(ms));
      this.moments = element("ol", "moments");
      this.about.append(this.heading, this.label, this.summary, this.line.node, this.moments, this.form(), this.preparation());
      root.replaceChildren(this.scenarios, this.about);
      const wanted = stationwatch.address.get("scenario");
      this.choose(offer.scenarios.find((one) => one.name === wanted) || offer.scenarios.find((one) => one.name === "ms18") || offer.scenarios[0]);
    }

    close() {
      this.line.close();
    }

    option(one) {
      const label = element("label", "scenario");
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: "scenario", value: one.name });
      radio.addEventListener("change", () => this.choose(one));
      label.append(radio, element("b", "", one.name), element("span", "dim", one.title));
      label.title = one.title;
      return label;
    }

    form() {
      const form = element("form", "begin-form");
      this.at = element("input", "moment");
      Object.assign(this.at, { maxLength: 12, spellcheck: false, autocomplete: "off" });
      this.at.setAttribute("aria-label", "Begin at, UTC of the scenario");
      this.at.addEventListener("input", () => this.paintLine());
      this.speed = stationwatch.trainingSelect("Speed", []);
      for (const speed of SPEEDS) this.speed.append(new Option(`${speed}×`, String(speed)));
      this.speed.value = "1";
      this.seed = element("input", "seed");
      Object.assign(this.seed, { value: "1", maxLength: 9, inputMode: "numeric", title: "The same seed gives the same telemetry" });
      this.seed.setAttribute("aria-label", "Seed");
      const begin = element("button", "act begin", "◈ Start training");
      begin.type = "submit";
      this.begin = begin;
      const field = stationwatch.trainingField;
      form.append(field("Begin at", this.at, "UTC"), field("Speed", this.speed), field("Seed", this.seed), begin);
      this.problem = element("p", "wrong");
      this.problem.setAttribute("role", "alert");
      this.problem.hidden = true;
      form.append(this.problem);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.start();
      });
      return form;
    }

    preparation() {
      const made = element("details", "instructor");
      made.append(element("summary", "", "Instructor: what goes wrong, and faults of your own"));
      made.open = false;
      made.addEventListener("toggle", () => this.paint());
      this.secret = made;
      this.prepared = element("ol", "prepared");
      const form = new stationwatch.FaultForm(this.offer, this.model, {
        verb: "+ Prepare",
        now: false,
        onDone: (fault) => this.prepare(fault),
      });
      made.append(this.prepared, form.node);
      return made;
    }

    prepare(fault) {
      if (this.faults.length >= 20) return "20 faults are enough for one training";
      this.faults.push(fault);
      this.paintPrepared();
      return "";
    }

    paintPrepared() {
      const rows = this.faults.map((fault, i) => {
        const row = element("li");
        const drop = element("button", "act", "✕");
        drop.type = "button";
        drop.setAttribute("aria-label", `Leave out fault ${i + 1}`);
        drop.addEventListener("click", () => {
          this.faults.splice(i, 1);
          this.paintPrepared();
        });
        const { do: what, ...rest } = fault.action;
        const words = Object.entries(rest).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" ") : value}`);
        row.append(element("time", "", fault.at), element("span", "", `${what}: ${words.join(", ")}`), drop);
        return row;
      });
      this.prepared.replaceChildren(...rows);
    }

    choose(scenario) {
      this.scenario = scenario;
      stationwatch.address.set({ scenario: scenario.name === "ms18" ? null : scenario.name });
      for (const radio of this.scenarios.querySelectorAll("input")) radio.checked = radio.value === scenario.name;
      this.at.value = stationwatch.format.time(scenario.start);
      this.paint();
    }

    join(ms) {
      this.at.value = stationwatch.format.time(ms);
      this.paintLine();
    }

    /* When the training would join the scenario, ms; NaN for what is no time. */
    from() {
      const text = this.at.value.trim();
      const { start } = this.scenario;
      if (text === "") return start;
      const parts = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
      if (!parts) return NaN;
      const day = start - (start % 86400000);
      const ms = day + ((Number(parts[1]) * 60 + Number(parts[2])) * 60 + Number(parts[3] || 0)) * 1000;
      return ms >= start ? ms : ms + 86400000;
    }

    paint() {
      const { scenario } = this;
      write(this.heading, scenario.title);
      write(this.label, scenario.label);
      this.label.hidden = !scenario.label;
      write(this.summary, scenario.summary);
      const shown = scenario.moments.filter((one) => one.kind !== "fault" || this.secret.open);
      this.moments.replaceChildren(...shown.map((one) => this.moment(one)));
      this.paintLine();
    }

    moment(one) {
      const row = element("li", one.kind);
      const go = element("button", "quiet", stationwatch.format.time(one.start));
      go.type = "button";
      go.title = "Begin half a minute before";
      go.setAttribute("aria-label", `Begin half a minute before ${one.says}`);
      go.addEventListener("click", () => this.join(Math.max(this.scenario.start, one.start - 30000)));
      row.append(go, element("span", "mark", MARKS[one.kind]), element("span", "", one.end ? `${one.says}, until ${stationwatch.format.time(one.end)}` : one.says));
      return row;
    }

    paintLine() {
      const from = this.from();
      this.at.setAttribute("aria-invalid", String(Number.isNaN(from)));
      this.line.show(this.scenario, Number.isNaN(from) ? this.scenario.start : from, this.secret.open);
    }

    async start() {
      if (Number.isNaN(this.from())) {
        this.say("write the time as 09:11:50", this.at);
        return;
      }
      if (!/^\d{1,9}$/.test(this.seed.value.trim())) {
        this.say("the seed is a whole number", this.seed);
        return;
      }
      if (stationwatch.operator() === "") {
        this.say("Enter your name in the top bar: a training says who started it.", stationwatch.byId("operator"));
        return;
      }
      this.begin.disabled = true;
      this.say("");
      const spec = { scenario: this.scenario.name, at: this.at.value.trim(), speed: Number(this.speed.value), seed: Number(this.seed.value), faults: this.faults };
      const answer = await stationwatch.trainings.ask("create", { spec });
      this.begin.disabled = false;
      if (answer.refused) this.say(answer.refused);
      else this.onStarted(answer.session);
    }

    say(problem, input) {
      this.problem.hidden = problem === "";
      write(this.problem, problem);
      input?.focus();
    }
  }

  Object.assign(stationwatch, { TrainingNew });
})();
