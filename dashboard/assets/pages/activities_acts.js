/* What can be done with an activity: its buttons, the reason, and the answer to what was asked. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const SURE_WITHIN_MS = 4000;
  const MORE_MIN = [5, 10, 20];
  const EARLY_MS = 600000; // as ingest/plan_steps.py
  const WORDS = { approve: "Approve", start: "Start", check: "Check now", close: "Close", abort: "Abort" };

  class Acts {
    /* onForm(row, anew): the operator wants to change a proposal, or to make another from it. */
    constructor(root, model, onForm) {
      Object.assign(this, { root, model, onForm, refusedCheck: null });
      this.comment = element("input", "comment");
      Object.assign(this.comment, { maxLength: 200, placeholder: "reason or comment, kept in the journal", autocomplete: "off" });
      this.comment.setAttribute("aria-label", "Reason or comment");
      this.buttons = element("div", "act-buttons");
      this.more = element("div", "more-time");
      this.note = element("p", "act-note");
      this.answer = element("p", "answer");
      this.answer.setAttribute("role", "status");
      root.append(this.note, this.buttons, this.comment, this.more, this.answer);
      this.key = "";
    }

    /* row: the activity that is chosen. Its buttons are made anew only when something changed. */
    paint(row) {
      const now = this.model.now(row.spacecraft);
      const where = stationwatch.plans.place(row, now);
      const early = now < row.start - EARLY_MS;
      const operator = stationwatch.operator();
      const key = [row.id, row.version, where, early, operator, this.refusedCheck === row.version, stationwatch.replaying?.()].join();
      if (key === this.key) return;
      if (this.row && this.row.id !== row.id) this.forget();
      else if (row.version > this.answered) this.tell("", ""); // what it says was overtaken
      this.key = key;
      this.row = row;
      this.build(where, early, operator);
    }

    forget() {
      this.comment.value = "";
      this.refusedCheck = null;
      this.tell("", "");
    }

    build(where, early, operator) {
      const { row } = this;
      const only = stationwatch.replaying?.();
      const over = stationwatch.activities.isOver(row);
      const verbs = only ? [] : row.verbs.filter((verb) => WORDS[verb] && stationwatch.plans.possible(verb, row, where));
      const notBy = verbs.includes("approve") ? stationwatch.activities.notBy(row, operator) : "";
      this.buttons.replaceChildren(...verbs.map((verb) => this.button(verb, { notBy, early })));
      if (!only && row.state === "PROPOSED") this.other("Change", "Propose it anew under the same id", () => this.onForm(row, false));
      if (!only) this.other("Copy", "Propose another like it", () => this.onForm(row, true));
      const notes = [
        only ? "This has happened, and is only shown." : "",
        !only && !operator && verbs.length ? "Enter your name in the top bar: it goes into the journal." : "",
        notBy,
        early && verbs.includes("start") ? `It can be started from ${stationwatch.format.time(row.start - EARLY_MS)} UTC, ten minutes before its window.` : "",
        row.state === "PROPOSED" && where === "NOW" ? "Its window is open, and nobody has approved it: it permits nothing." : "",
        !over && where === "OVER" && row.state !== "PROPOSED" ? "Its window is over: close it." : "",
      ];
      write(this.note, notes.filter(Boolean).join(" "));
      const extends_ = !only && row.verbs.includes("extend") && where !== "OVER";
      this.more.replaceChildren(...(extends_ ? this.moreTime() : []));
      this.comment.hidden = only || over;
    }

    /* notBy: why this person cannot approve. early: it cannot be started yet. */
    button(verb, { notBy, early }) {
      const { row } = this;
      const noGo = verb === "start" && ((row.check !== null && !row.check.go && row.hazardous) || this.refusedCheck === row.version);
      const text = noGo ? "Start in spite of NO-GO" : verb === "approve" && row.extension ? `Approve to ${stationwatch.format.time(row.extension)}` : WORDS[verb];
      const cannot = (verb === "approve" && notBy !== "") || (verb === "start" && early);
      const button = element("button", `act do-${verb}${noGo ? " no-go" : ""}`, text);
      button.type = "button";
      if (cannot) button.setAttribute("aria-disabled", "true");
      const careful = noGo || verb === "abort" || verb === "close";
      let sureUntil = 0;
      button.addEventListener("click", () => {
        if (cannot) {
          this.tell("refused", `Not asked. ${verb === "approve" ? notBy : "It is too early."}`);
          return;
        }
        if (noGo && !this.comment.value.trim()) {
          this.needReason("The check says NO-GO: give the reason to start all the same.");
          return;
        }
        if (careful && performance.now() > sureUntil) {
          sureUntil = performance.now() + SURE_WITHIN_MS;
          button.textContent = `${text}: sure?`;
          setTimeout(() => (button.textContent = text), SURE_WITHIN_MS);
          return;
        }
        sureUntil = 0;
        this.ask(verb, { override: noGo });
      });
      return button;
    }

    other(text, title, act) {
      const button = element("button", "act other", text);
      button.type = "button";
      button.title = title;
      button.addEventListener("click", act);
      this.buttons.append(button);
    }

    /* More time: so many minutes beyond the present end, or a new end. */
    moreTime() {
      const { row } = this;
      const made = [element("span", "caption", "More time")];
      for (const minutes of MORE_MIN) {
        const button = element("button", "act", `+${minutes} min`);
        button.type = "button";
        button.title = `to ${stationwatch.format.time(row.end + minutes * 60000)} UTC`;
        button.addEventListener("click", () => this.extend(new Date(row.end + minutes * 60000).toISOString()));
        made.push(button);
      }
      const until = element("input", "moment");
      Object.assign(until, { placeholder: stationwatch.format.moment(row.end), maxLength: 40, autocomplete: "off", spellcheck: false });
      until.setAttribute("aria-label", "New end, UTC");
      const ask = element("button", "act", "Ask for this end");
      ask.type = "button";
      ask.addEventListener("click", () => this.extend(until.value));
      until.addEventListener("keydown", (event) => event.key === "Enter" && this.extend(until.value));
      made.push(until, ask);
      return made;
    }

    extend(until) {
      if (!until.trim()) this.tell("refused", "Not asked. Say until when: 2021-10-15 09:20, or 2021-288T09:20.");
      else if (!this.comment.value.trim()) this.needReason("Say why it needs more time: the second person must know it.");
      else this.ask("extend", { until });
    }

    needReason(words) {
      this.tell("refused", `Not asked. ${words}`);
      this.comment.focus();
    }

    async ask(verb, fields) {
      const { row } = this;
      this.tell("asking", `… ${verb} asked for`);
      const answer = await stationwatch.plans.ask(verb, row, { comment: this.comment.value, ...fields });
      if (this.row.id !== row.id) return; // another was chosen meanwhile
      if (answer.refused) {
        // a start that was refused for its check can be asked for again, in spite of it
        if (verb === "start" && answer.check && !answer.check.go) this.refusedCheck = answer.version;
        this.tell("refused", `${answer.unanswered ? "NO ANSWER" : "✖ NOT DONE"}: ${answer.refused}`);
        if (!stationwatch.operator()) stationwatch.byId("operator").focus();
      } else {
        this.comment.value = "";
        this.tell("done", doneWords(verb, answer));
        this.answered = answer.version;
      }
      this.key = "";
      stationwatch.wake();
    }

    tell(name, words) {
      this.answered = Infinity;
      classify(this.answer, `answer ${name}`);
      write(this.answer, words);
    }
  }

  function doneWords(verb, { extension, version, state, check, repeated }) {
    if (repeated) return "✓ It was so already.";
    if (verb === "check") return check.go ? "✓ Checked: GO" : "✖ Checked: NO-GO";
    if (verb === "extend") return `✓ Asked for: until ${stationwatch.format.moment(extension)} UTC; another person must approve it`;
    return `✓ Done: ${state}, version ${version}`;
  }

  stationwatch.activities = { ...stationwatch.activities, Acts };
})();
