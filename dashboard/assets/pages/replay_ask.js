/* What is asked of replay sessions, and its answers; making a session ready while somebody waits. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const ANSWER_MS = 10000; // as `stationwatch replay` waits
  const CREATE_MS = 60000; // a session is a process that has to start
  const LASTS_MS = 1860000; // a replay from a moment, half an hour beyond the minute before
  const SHORTEST_MS = 60000;
  const waiting = new Map(); // command id -> {resolve, until, verb}

  /* Resolves with {refused, row}: refused is why nothing was done, empty if it was. */
  async function ask(verb, fields) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const until = performance.now() + (verb === "create" ? CREATE_MS : ANSWER_MS);
    const answer = new Promise((resolve) => waiting.set(id, { resolve, until }));
    const body = JSON.stringify({ id, by: stationwatch.operator(), ...fields });
    const sent = await fetch(`/replay/ask/${verb}`, { method: "POST", body, headers: { "Content-Type": "application/json" } })
      .then((got) => got.json())
      .catch(() => ({ problem: "the console does not answer" }));
    if (sent.problem) settle(id, { refused: sent.problem, row: null, unasked: true });
    return answer;
  }

  /* As `ask`, of a session; the operator is told if it was not done. */
  async function steer(row, verb, fields) {
    const answer = await ask(verb, { session: row.id, ...fields });
    if (answer.refused) stationwatch.notify(`replay-${verb}`, `Replay: ${verb} not done`, answer.refused);
    return answer;
  }

  function settle(id, answer) {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  }

  function hear(message) {
    if (message.k === "replayanswer") settle(message.command, { refused: message.refused, row: message.row });
    // while one makes ready there is a sign of ingest
    if (message.k !== "replay" || message.row.state !== "SEEKING") return;
    for (const one of waiting.values()) one.until = Math.max(one.until, performance.now() + ANSWER_MS);
  }

  function paint(change) {
    if (!change.second) return;
    for (const [id, one] of waiting) {
      if (performance.now() > one.until) settle(id, { refused: "no answer from ingest: is it running?", row: null });
    }
    ready?.paint();
  }

  /* --- a session is made ready, with somebody waiting for it --- */

  let ready = null;

  class Ready {
    /* spec: as dashboard/replay_http.py has it. words: what is replayed. */
    constructor(spec, words) {
      Object.assign(this, { spec, words, began: performance.now(), over: false });
      this.before = new Set(stationwatch.model.replays.keys());
      this.node = element("dialog", "replay-ready");
      this.node.setAttribute("aria-label", "Making a replay ready");
      this.title = element("h2", "", "↻ Making the replay ready");
      this.bar = element("div", "bar");
      this.state = element("p", "state");
      this.state.setAttribute("role", "status");
      this.buttons = element("div", "buttons");
      this.node.append(this.title, element("p", "what", words), this.bar, this.state, this.buttons);
      this.button("Cancel", () => this.cancel());
      this.node.addEventListener("cancel", () => this.cancel());
      document.body.append(this.node);
      this.node.showModal();
      this.paint();
      this.run();
    }

    async run() {
      const answer = await ask("create", { spec: this.spec });
      if (this.over) {
        if (answer.row) ask("end", { session: answer.row.id });
      } else if (answer.refused) {
        this.refused(answer);
      } else {
        this.over = true;
        write(this.state, "Ready.");
        stationwatch.go(`/?${new URLSearchParams({ root: answer.row.root })}`);
      }
    }

    paint() {
      if (this.over || this.node.classList.contains("refused")) return;
      const mine = [...stationwatch.model.replays.values()].find((row) => !this.before.has(row.id) && row.by === stationwatch.operator());
      const seconds = Math.floor((performance.now() - this.began) / 1000);
      const what = mine ? "SEEKING: working through what came before, so that alarms stand as they stood" : "A session is starting";
      write(this.state, `${what} (${seconds} s)`);
    }

    /* Why not, and what can be done about it. */
    refused({ refused, unasked }) {
      this.node.classList.add("refused");
      write(this.title, "⊘ No replay");
      write(this.state, refused);
      this.buttons.replaceChildren();
      if (this.spec.order !== "as-happened" && !unasked) {
        const other = { ...this.spec, order: "as-happened" };
        const again = this.button("As it happened, from the store", () => this.again(other));
        again.title = "Not what was received when, but what was measured when; no operator's acts";
      }
      this.button("Try again", () => this.again(this.spec));
      if (location.pathname !== "/replay") {
        const page = this.button("To the replay page", () => {
          this.close();
          stationwatch.go(stationwatch.address.link("/replay"));
        });
        page.title = "End a replay that nobody needs, choose another range, a recording or a bundle";
      }
      this.button("Close", () => this.close()).focus();
    }

    again(spec) {
      this.close();
      ready = new Ready(spec, this.words);
    }

    cancel() {
      this.over = true;
      this.close();
    }

    close() {
      this.over = true;
      this.node.remove();
      if (ready === this) ready = null;
    }

    button(text, act) {
      const made = element("button", "act", text);
      made.type = "button";
      made.addEventListener("click", act);
      this.buttons.append(made);
      return made;
    }
  }

  function create(spec, words) {
    if (ready) return;
    if (stationwatch.operator() === "") {
      stationwatch.notify("replay-name", "No replay", "Enter your name in the top bar: a replay says who asked for it.");
      stationwatch.byId("operator").focus();
      return;
    }
    ready = new Ready(spec, words);
  }

  /* Replay from a moment on, such as a minute before an incident's first-out, and open the watch on
   * it. until: ms, half an hour later if not said. title: of what it is about. */
  function replayFrom(ms, { until, title } = {}) {
    const stop = Math.max(until || ms + LASTS_MS, ms + SHORTEST_MS);
    const said = `${title ? `${title}: ` : ""}from ${stationwatch.format.moment(ms)} UTC`;
    create({ start: utc(ms), stop: utc(stop), order: "as-received", limits: "then" }, said);
  }

  const utc = (ms) => new Date(ms).toISOString();

  /* Any button with data-replay-from="<ms>" does that, in what pages of Python show too. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-replay-from]");
    if (!button) return;
    const { replayFrom: from, replayUntil: until, replayTitle: title } = button.dataset;
    if (Number(from) > 0) replayFrom(Number(from), { until: Number(until) || undefined, title });
  });

  stationwatch.addFrame({ hear, paint });
  Object.assign(stationwatch, { replays: { ask, steer, create, utc }, replayFrom });
})();
