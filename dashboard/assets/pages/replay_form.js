/* The form of a new replay: from when to when, in which order, by whose limits, how fast. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const CHOICES = {
    order: {
      "as-received": ["As received", "What ingest received, in that order, with what people did: the journal of live, event for event"],
      "as-happened": ["As it happened", "Stored telemetry by the time it was taken: what there was to see. Nobody acknowledges anything in it"],
    },
    limits: {
      then: ["Limits of then", "Judged by the mission database of that time"],
      now: ["Limits of now", "Judged by today's mission database"],
    },
    gaps: {
      keep: ["Keep gaps", "Where nothing came for long, time passes as it did"],
      skip: ["Skip gaps", "Where nothing came for over 10 s, go on at what comes next"],
    },
  };

  class ReplayForm {
    /* onRange(from, to): what the form says, as it is edited. */
    constructor(root, onRange) {
      this.onRange = onRange;
      this.node = element("form");
      this.from = this.field("From", "2021-10-15 09:11:18 or 2021-288T09:11");
      this.to = this.field("To", "UTC; not included");
      this.choices = {};
      for (const [name, options] of Object.entries(CHOICES)) this.node.append(this.choice(name, options));
      const last = element("div", "form-line");
      this.speed = element("select");
      this.speed.setAttribute("aria-label", "Speed to begin with");
      for (const speed of stationwatch.replaySpeeds) this.speed.append(new Option(speed ? `${speed}×` : "max", String(speed)));
      this.speed.value = "1";
      const paused = element("label");
      this.paused = element("input");
      this.paused.type = "checkbox";
      paused.append(this.paused, " paused");
      const begin = element("button", "act begin", "↻ Replay");
      begin.type = "submit";
      last.append(element("span", "caption", "Speed"), this.speed, paused, begin);
      this.problem = element("p", "wrong");
      this.problem.setAttribute("role", "alert");
      this.problem.hidden = true;
      this.node.append(last, this.problem);
      root.append(this.node);
      this.node.addEventListener("submit", (event) => {
        event.preventDefault();
        this.submit();
      });
    }

    field(name, hint) {
      const line = element("label", "form-line");
      const input = element("input", "moment");
      input.placeholder = hint;
      input.maxLength = 40;
      input.spellcheck = false;
      input.autocomplete = "off";
      input.addEventListener("input", () => {
        const [from, to] = [read(this.from.value), read(this.to.value)];
        if (from < to) this.onRange(from, to);
      });
      line.append(element("span", "caption", name), input, element("span", "dim", "UTC"));
      this.node.append(line);
      return input;
    }

    choice(name, options) {
      const line = element("fieldset", "form-line");
      const legend = element("legend", "", name);
      line.append(legend);
      for (const [value, [text, title]] of Object.entries(options)) {
        const label = element("label");
        label.title = title;
        const radio = element("input");
        Object.assign(radio, { type: "radio", name: `replay-${name}`, value, checked: value === Object.keys(options)[0] });
        radio.addEventListener("change", () => (this.choices[name] = value));
        label.append(radio, ` ${text}`);
        line.append(label);
      }
      this.choices[name] = Object.keys(options)[0];
      return line;
    }

    /* ms, as chosen on the overview. */
    choose(from, to) {
      this.from.value = text(from);
      this.to.value = text(to);
      this.onRange(from, to);
    }

    submit() {
      const [from, to] = [read(this.from.value), read(this.to.value)];
      const wrong = Number.isNaN(from) ? this.from : !(to > from) ? this.to : null;
      this.problem.hidden = !wrong;
      if (wrong) {
        const what = wrong.value.trim() === "" ? "Say from when to when, or choose it on the overview." : "";
        const known = Number.isNaN(read(wrong.value)) ? `That is no time: write 2021-10-15 09:12:18, or 2021-288T09:12:18.` : "It must end after it begins.";
        this.problem.textContent = what || known;
        wrong.focus();
        return;
      }
      this.start({ start: this.from.value, stop: this.to.value }, `${this.from.value} to ${this.to.value} UTC`);
    }

    /* what: {start, stop} or {recording} or {bundle}. */
    start(what, words) {
      const spec = { ...what, ...this.choices, speed: Number(this.speed.value), paused: this.paused.checked };
      const said = Object.entries(this.choices).filter(([name]) => name !== "gaps").map(([name, value]) => CHOICES[name][value][0].toLowerCase());
      stationwatch.replays.create(spec, `${words}, ${said.join(", ")}`);
    }
  }

  const text = (ms) => stationwatch.format.moment(ms);

  /* What was typed, by date or by day of the year; NaN until it is a time. */
  function read(typed) {
    const parts = /^(\d{4})-(\d\d-\d\d|\d{3})(?:[T ](\d\d)(?::(\d\d)(?::(\d\d))?)?)?/.exec(typed.trim());
    if (!parts) return NaN;
    const [, year, day, hour = "00", minute = "00", second = "00"] = parts;
    const date = day.length === 3 ? Date.UTC(Number(year), 0, Number(day)) : Date.parse(`${year}-${day}T00:00:00Z`);
    return date + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  }

  Object.assign(stationwatch, { ReplayForm });
})();
