/* Proposing: a form checked as it is typed, by the code that reads plan files. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const CHECK_AFTER_MS = 200;
  const TEXTS = [
    ["title", "Title", "Soyuz motion control test", "wide"],
    ["id", "Id", "letters, digits and _ . -", ""],
    ["start", "Start", "2021-10-15 09:02 or 2021-288T09:02", "time"],
    ["end", "End", "not included; UTC", "time"],
    ["may_fire", "May fire", "soyuz, or one thruster: soyuz/DPO-07", "wide"],
    ["longest_pulse_s", "Longest pulse", "", "number", "s, of each thruster"],
    ["on_time_s", "On-time", "", "number", "s, of each thruster in all"],
    ["propellant_kg", "Propellant", "", "number", "kg, of all together"],
  ];
  const MINUTES = 60000;

  class ProposeForm {
    /* choices: {kinds, states, links}; onDraft({spacecraft, start, end} or null): what the window is so
     * far; onDone(id): it was proposed; onLeave(). */
    constructor(root, model, choices, { onDraft, onDone, onLeave }) {
      Object.assign(this, { model, onDraft, onDone, onLeave });
      this.fields = {};
      this.touched = new Set();
      this.wrong = {};
      this.node = element("form", "propose");
      this.node.noValidate = true;
      this.heading = element("h2");
      this.node.append(this.heading);
      const crafts = model.crafts.filter((one) => one.id !== model.hello.ingest).map((one) => one.id);
      const pair = element("div", "pair");
      pair.append(this.select("spacecraft", "Spacecraft", crafts), this.select("kind", "Kind", choices.kinds));
      this.node.append(pair);
      for (const one of TEXTS) this.node.append(this.text(...one));
      this.node.append(this.boxes("planned_states", "Planned", choices.states), this.boxes("links", "Links", choices.links));
      this.node.append(this.text("comment", "Comment", "why; the second person reads it", "wide"));
      this.end();
      root.append(this.node);
      this.node.addEventListener("submit", (event) => {
        event.preventDefault();
        this.submit();
      });
    }

    end() {
      this.problem = element("p", "wrong");
      this.problem.setAttribute("role", "alert");
      this.said = element("p", "said dim");
      const line = element("div", "form-end");
      this.button = element("button", "act begin", "Propose");
      this.button.type = "submit";
      const leave = element("button", "act", "Cancel");
      leave.type = "button";
      leave.addEventListener("click", () => this.onLeave());
      line.append(this.button, leave, this.said);
      this.node.append(this.problem, line);
    }

    row(name, caption, control, unit) {
      const line = element("div", `form-row of-${name}`);
      const label = element("label", "caption", caption);
      const why = element("span", "why");
      control.id = label.htmlFor = `activities-${name}`;
      why.id = `activities-why-${name}`;
      control.setAttribute("aria-describedby", why.id);
      line.append(label, control);
      if (unit) line.append(element("span", "dim unit-words", unit));
      line.append(why);
      this.fields[name] = { control, why };
      control.addEventListener("input", () => this.edited(name));
      return line;
    }

    text(name, caption, hint, size, unit) {
      const input = element("input", size);
      Object.assign(input, { type: "text", placeholder: hint, maxLength: name === "title" ? 300 : 200, autocomplete: "off", spellcheck: false });
      if (size === "number") input.inputMode = "decimal";
      return this.row(name, caption, input, unit);
    }

    select(name, caption, options) {
      const select = element("select");
      for (const one of options) select.append(new Option(name === "spacecraft" ? one.toUpperCase() : one.replaceAll("-", " "), one));
      return this.row(name, caption, select);
    }

    boxes(name, caption, options) {
      const set = element("fieldset", "form-row boxes");
      set.append(element("legend", "caption", caption));
      const boxes = options.map((value) => {
        const label = element("label");
        const box = element("input");
        Object.assign(box, { type: "checkbox", value });
        box.addEventListener("change", () => this.edited(name));
        label.append(box, ` ${value.replaceAll("-", " ")}`);
        set.append(label);
        return box;
      });
      const why = element("span", "why");
      set.append(why);
      this.fields[name] = { boxes, why };
      return set;
    }

    /* Begin anew: like row if given; anew: under an id of its own. */
    open(row, anew) {
      this.touched.clear();
      this.named = Boolean(row && !anew); // its id was chosen, and does not follow the title
      this.changing = row && !anew ? row : null;
      write(this.heading, !row ? "Propose an activity" : anew ? `Propose another like ${row.title}` : `Change the proposal ${row.title}`);
      const now = stationwatch.activities.now(this.model);
      const start = Math.ceil((now + 30 * MINUTES) / (5 * MINUTES)) * 5 * MINUTES;
      const moment = (ms) => stationwatch.format.moment(ms);
      const asked = row ? row.asked : { kind: "thruster-test", may_fire: [], longest_pulse_s: null, on_time_s: null, propellant_kg: null, planned_states: [], links: [] };
      const lasts = row ? row.end - row.start : 10 * MINUTES;
      const from = row && !anew ? row.start : start;
      this.fill({
        ...asked,
        spacecraft: row ? row.spacecraft : this.fields.spacecraft.control.value,
        title: row ? row.title : "",
        id: row ? (anew ? this.free(row) : row.plan) : "",
        start: moment(from), end: moment(from + lasts),
        may_fire: asked.may_fire.join(", "),
        comment: "",
      });
      this.fields.title.control.focus();
      this.check();
    }

    fill(values) {
      for (const [name, field] of Object.entries(this.fields)) {
        if (field.boxes) for (const box of field.boxes) box.checked = values[name].includes(box.value);
        else field.control.value = values[name] ?? "";
      }
    }

    /* An id that none has: the next number after it. */
    free(row) {
      const [, stem] = /^(.*?)(?:-\d+)?$/.exec(row.plan);
      for (let n = 2; ; n += 1) if (!this.model.plans.rows.has(`${row.spacecraft}/${stem}-${n}`)) return `${stem}-${n}`;
    }

    values() {
      const read = (field) => (field.boxes ? field.boxes.filter((box) => box.checked).map((box) => box.value) : field.control.value);
      return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, read(field)]));
    }

    edited(name) {
      this.touched.add(name);
      if (name === "id") this.named = true;
      if (name === "title" && !this.named) {
        const plain = this.fields.title.control.value.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
        this.fields.id.control.value = plain.slice(0, 40).replace(/-$/, "");
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.check(), CHECK_AFTER_MS);
    }

    close() {
      clearTimeout(this.timer);
      this.onDraft(null);
    }

    async check() {
      const { comment, ...activity } = this.values();
      const asked = (this.asked = (this.asked || 0) + 1);
      const found = await stationwatch.plans.post("check", JSON.stringify(activity));
      if (asked !== this.asked || !this.node.isConnected) return;
      this.wrong = found.problem ? { form: found.problem } : found.problems;
      this.window = found.window || null;
      this.onDraft(this.window && { spacecraft: activity.spacecraft, start: this.window[0], end: this.window[1] });
      write(this.said, found.hazardous ? "Hazardous: it starts on a GO only." : "");
      this.paint();
      return Object.keys(this.wrong).length === 0;
    }

    /* What is wrong stands beside its field once that was touched; what ingest will say, always. */
    paint() {
      for (const [name, { control, why }] of Object.entries(this.fields)) {
        const wrong = this.touched.has(name) || this.sent ? this.wrong[name] || "" : "";
        const ahead = wrong ? "" : this.ahead(name);
        write(why, wrong || ahead);
        why.title = wrong || ahead;
        why.className = `why${wrong ? " bad" : ""}`;
        control?.setAttribute("aria-invalid", String(wrong !== ""));
      }
      write(this.problem, this.wrong.form || "");
    }

    /* What ingest would refuse, or what a proposal does, said before it is sent. */
    ahead(name) {
      const { spacecraft, id } = this.values();
      const row = this.model.plans.rows.get(`${spacecraft}/${id.trim()}`);
      if (name === "id" && row && row !== this.changing) {
        return row.state === "PROPOSED" ? `replaces the proposal of ${row.proposed_by}` : `is ${row.state} already: choose another id`;
      }
      if (name === "end" && this.window && this.window[1] <= this.model.now(spacecraft)) return "is past already";
      return "";
    }

    async submit() {
      this.sent = true;
      const right = await this.check();
      if (!right) {
        const first = Object.keys(this.fields).find((name) => this.wrong[name]);
        (this.fields[first]?.control || this.fields[first]?.boxes?.[0])?.focus();
        return;
      }
      const { comment, ...activity } = this.values();
      this.button.disabled = true;
      const plan = activity.id.trim();
      const answer = await stationwatch.plans.ask("propose", { spacecraft: activity.spacecraft, plan, version: 0 }, { activity, comment });
      this.button.disabled = false;
      this.sent = false;
      if (answer.refused) write(this.problem, `${answer.unanswered ? "NO ANSWER" : "NOT DONE"}: ${answer.refused}`);
      else this.onDone(`${activity.spacecraft}/${plan}`);
    }
  }

  stationwatch.activities = { ...stationwatch.activities, ProposeForm };
})();
