/* The form of a fault, built from what the training service offers, and checked before it is sent. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const NAMES = { for_s: "for", jets: "thrusters", hole_mm: "hole", cmg: "CMG", per_hour: "damage", rate_per_s: "rate", delta_v_m_s: "delta-v" };
  const MOMENT = /^(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d)?)?|\d+(\.\d+)?)$/;
  let count = 0;

  class FaultForm {
    /* offer: of the service. onDone({action, at}, words): a checked fault; resolves with why not. */
    constructor(offer, model, { verb, now, onDone }) {
      Object.assign(this, { offer, model, onDone });
      this.id = `fault-${(count += 1)}`;
      this.node = element("form", "fault-form");
      this.node.noValidate = true;
      this.action = select("What happens", []);
      for (const [label, fault] of [["Faults", true], ["What operators do", false]]) {
        const group = document.createElement("optgroup");
        group.label = label;
        for (const one of offer.actions.filter((each) => each.fault === fault)) group.append(new Option(one.name.replaceAll("-", " "), one.name));
        this.action.append(group);
      }
      this.help = element("p", "dim help");
      this.fields = element("div", "fields");
      const last = element("div", "form-line");
      this.at = element("input", "moment");
      Object.assign(this.at, { maxLength: 12, spellcheck: false, autocomplete: "off", placeholder: now ? "now" : "09:14:00" });
      this.at.setAttribute("aria-label", "When, UTC of the scenario");
      this.at.title = `Time of day of the scenario, or seconds since its start${now ? "; empty for now" : ""}`;
      this.now = now;
      const send = element("button", "act", verb);
      send.type = "submit";
      last.append(labelled("at", this.at, "UTC"), send);
      this.problem = element("p", "wrong");
      this.problem.setAttribute("role", "alert");
      this.problem.hidden = true;
      this.node.append(labelled("", this.action), this.help, this.fields, last, this.problem);
      this.action.addEventListener("change", () => this.build());
      this.node.addEventListener("submit", (event) => {
        event.preventDefault();
        this.submit();
      });
      this.build();
    }

    chosen() {
      return this.offer.actions.find((one) => one.name === this.action.value);
    }

    build() {
      const action = this.chosen();
      write(this.help, action.help);
      this.inputs = new Map();
      this.fields.replaceChildren();
      for (const field of action.fields) this.fields.append(this.field(field));
      this.follow();
      this.say("");
    }

    field(field) {
      const name = NAMES[field.name] || field.name.replace(/_(deg_s|m_s|mm|deg|s|m)$/, "").replaceAll("_", " ");
      let input;
      if (field.kind === "choice") input = select(name, field.choices);
      else if (field.kind === "jets") input = this.jets(name);
      else {
        input = element("input");
        input.type = field.kind === "flag" ? "checkbox" : "text";
        if (field.kind === "number" || field.kind === "whole") input.inputMode = "decimal";
        if (field.kind === "parameter") this.list(input);
        input.placeholder = field.default || (field.required ? "" : "-");
        input.spellcheck = false;
        input.autocomplete = "off";
        input.maxLength = 64;
        input.setAttribute("aria-label", name);
      }
      input.title = field.help + (field.required ? "" : "; may be left out");
      input.addEventListener("change", () => this.follow());
      this.inputs.set(field.name, { field, input });
      const made = labelled(name, input, field.unit);
      made.classList.add(field.kind);
      return made;
    }

    jets(name) {
      const input = select(name, []);
      input.multiple = true;
      input.size = 4;
      return input;
    }

    list(input) {
      const list = element("datalist");
      list.id = `${this.id}-parameters`;
      input.setAttribute("list", list.id);
      this.parameters = list;
      this.fields.append(list);
    }

    /* What depends on what is chosen: thrusters on the vehicle, parameters on the spacecraft. */
    follow() {
      const value = (name) => this.inputs.get(name)?.input.value;
      const jets = this.inputs.get("jets")?.input;
      if (jets && jets.of !== value("vehicle")) {
        jets.of = value("vehicle");
        jets.replaceChildren(...(this.offer.jets[jets.of] || []).map((name) => new Option(name, name)));
      }
      const craft = this.inputs.has("parameter") ? value("spacecraft") : undefined;
      if (craft === undefined || this.parameters.of === craft) return;
      this.parameters.of = craft;
      const known = this.model.crafts.find((one) => one.id === craft);
      const options = [];
      for (const subsystem of known ? known.subsystems.filter((one) => !one.derived) : []) {
        options.push(new Option(`all of ${subsystem.name}`, subsystem.id));
        for (const one of subsystem.parameters) options.push(new Option(one.name, one.id));
      }
      this.parameters.replaceChildren(...options);
    }

    say(problem, input) {
      this.problem.hidden = problem === "";
      write(this.problem, problem);
      for (const { input: other } of this.inputs.values()) other.removeAttribute("aria-invalid");
      if (input) {
        input.setAttribute("aria-invalid", "true");
        input.focus();
      }
    }

    async submit() {
      const action = { do: this.action.value };
      for (const { field, input } of this.inputs.values()) {
        const read = readField(field, input);
        if (read.problem) {
          this.say(`${input.getAttribute("aria-label")}: ${read.problem}`, input);
          return;
        }
        if (read.value !== undefined) action[field.name] = read.value;
      }
      const at = this.at.value.trim();
      if (at === "" ? !this.now : !MOMENT.test(at)) {
        this.say("when: write 09:14:00, or seconds since the scenario's start", this.at);
        return;
      }
      this.say("");
      const refused = await this.onDone({ action, at });
      this.say(refused || "");
      if (!refused) this.at.value = "";
    }
  }

  /* {value} (undefined if left out) or {problem}. */
  function readField(field, input) {
    if (field.kind === "flag") return { value: input.checked || undefined };
    if (field.kind === "jets") {
      const value = [...input.selectedOptions].map((one) => one.value);
      return value.length ? { value } : { problem: "choose one or more" };
    }
    const text = input.value.trim();
    if (text === "") return field.required ? { problem: `is missing: ${field.help}` } : { value: undefined };
    if (field.kind === "choice") return { value: /^\d+$/.test(text) ? Number(text) : text };
    if (field.kind !== "number" && field.kind !== "whole") return { value: text };
    const value = Number(text);
    const below = field.low !== null && (field.low_too ? value < field.low : value <= field.low);
    const wrong = !Number.isFinite(value) || below || (field.high !== null && value > field.high) || (field.kind === "whole" && !Number.isInteger(value));
    return wrong ? { problem: `must be ${field.help}` } : { value };
  }

  function select(name, choices) {
    const made = element("select");
    made.setAttribute("aria-label", name);
    for (const choice of choices) made.append(new Option(choice, choice));
    return made;
  }

  function labelled(name, input, unit) {
    const made = element("label", "field");
    if (name) made.append(element("span", "dim", name));
    made.append(input);
    if (unit) made.append(element("span", "dim unit", unit));
    return made;
  }

  Object.assign(stationwatch, { FaultForm, trainingSelect: select, trainingField: labelled });
})();
