/* The transport bar: on every page whose root is a replay's. It steers the session, for all who
 * look at it, and shows where in the range it is and what lies ahead. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify, byId } = stationwatch;
  const ROOT = "replay-";
  const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 0]; // 0: as fast as it goes
  const CAUTION = 2;
  const LEAD_MS = 5000; // an alarm is seen to come
  const APART_MS = 5000; // alarms nearer than this are jumped to together
  const MISSING_MS = 4000;
  const SURE_MS = 4000;
  const LOOKS = {
    PLAYING: ["▶", "PLAYING"], PAUSED: ["‖", "PAUSED"], SEEKING: ["◌", "SEEKING"],
    FINISHED: ["■", "FINISHED"], ENDED: ["⊘", "ENDED"],
  };
  const KEYS = {
    "Space": "play or pause", ". and ,": "one frame on, one second back", "n and p": "next and previous alarm",
    "+ and -": "faster and slower",
  };

  const replaying = () => new URLSearchParams(location.search).get("root")?.startsWith(ROOT) || stationwatch.model?.root?.startsWith(ROOT) || false;

  class Transport {
    constructor(model) {
      this.model = model;
      this.row = null;
      this.heard = performance.now(); // when the session last said where it is
      this.missing = performance.now();
      this.wanted = null; // a place asked for and not yet reached
      this.sure = 0;
      this.build();
    }

    build() {
      this.buttons = {};
      const line = element("div", "transport-line");
      line.setAttribute("role", "toolbar");
      line.setAttribute("aria-label", "Transport");
      const knob = (name, text, title, act) => {
        const made = (this.buttons[name] = element("button", `knob ${name}`, text));
        made.type = "button";
        made.title = title;
        made.setAttribute("aria-label", title);
        // the space bar is for play and pause, not for what was pressed last
        made.addEventListener("pointerdown", (event) => event.preventDefault());
        made.addEventListener("click", act);
        return made;
      };
      const knobs = element("div", "knobs");
      knobs.append(
        knob("previous", "◆◂", "Previous alarm (p)", () => this.jump(-1)),
        knob("back", "−1 s", "One second back (,)", () => this.back()),
        knob("play", "▶ Play", "Play or pause (Space)", () => this.toggle()),
        knob("step", "+1 ▮", "One frame on (.)", () => this.step()),
        knob("next", "▸◆", "Next alarm (n)", () => this.jump(1)),
      );
      this.speed = element("select", "speed");
      this.speed.setAttribute("aria-label", "Speed of the replay");
      this.speed.title = "Speed (+ and -)";
      for (const speed of SPEEDS) this.speed.append(new Option(speed ? `${speed}×` : "max", String(speed)));
      this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
      this.state = element("span", "transport-state");
      this.state.setAttribute("role", "status");
      this.time = element("time", "transport-time");
      this.of = element("span", "transport-of");
      this.judged = element("span", "transport-judged");
      const end = knob("end", "End", "End this replay, for all who look at it", () => this.end());
      const live = element("a", "to-live", "● Back to live");
      live.href = "/";
      live.title = "The console's own telemetry; the replay stays until it is ended";
      live.addEventListener("click", () => (live.href = location.pathname));
      live.hidden = stationwatch.address.root() === ""; // a console of the replay's own root has no other
      line.append(this.state, this.time, knobs, this.speed, this.of, this.judged, end, live);
      this.strip = new stationwatch.Overview(this.model, "bar", { onSeek: (ms) => this.seek(ms), label: "Place in the replay" });
      byId("transport").setAttribute("role", "region");
      byId("transport").setAttribute("aria-label", "Replay");
      byId("transport").replaceChildren(line, this.strip.node);
      for (const [key, text] of Object.entries(KEYS)) {
        const name = element("dt");
        name.append(element("kbd", "", key));
        byId("keys-list")?.append(name, element("dd", "", `replay: ${text}`));
      }
    }

    /* --- what is heard --- */

    hear(message) {
      const mine = message.row && message.row.root === this.model.root;
      if (message.k === "replay" && mine) {
        this.heard = performance.now();
      } else if (message.k === "event" && ["VIOLATED", "ESCALATED", "OCCURRED"].includes(message.kind)) {
        const { row } = message;
        const name = `${row.spacecraft.toUpperCase()} ${row.name}`;
        this.strip.add({ t: message.t, severity: row.severity, name, said: stationwatch.format.breach(row), held: row.last });
      }
    }

    paint(change) {
      const row = [...this.model.replays.values()].find((one) => one.root === this.model.root);
      if (row) {
        if (!this.row || row.start !== this.row.start || row.stop !== this.row.stop) this.strip.load(row.start, row.stop, chosen());
        this.row = row;
        this.missing = performance.now();
      } else if (performance.now() - this.missing > MISSING_MS && !(this.row && this.row.state === "ENDED")) {
        this.row = { ...(this.row || NOTHING), state: "ENDED" };
      }
      this.strip.paint(change.all);
      if (this.row) this.paintRow(change);
    }

    paintRow(change) {
      const { row } = this;
      const [symbol, word] = LOOKS[row.state] || ["–", row.state];
      const steerable = ["PLAYING", "PAUSED", "FINISHED"].includes(row.state);
      const detail = row.state === "ENDED" ? `: ${row.reason || "it is no more"}` : row.state === "PLAYING" ? ` ${speedWords(row.speed)}` : row.state === "SEEKING" ? " …" : "";
      write(this.state, `${symbol} ${word}${detail}`);
      classify(this.state, `transport-state ${row.state.toLowerCase()}`);
      this.state.title = row.state === "SEEKING" ? "It works through what came before, so that alarms stand as they stood" : "";
      const at = this.position();
      this.strip.place(at);
      write(this.time, stationwatch.instant(at, row.state === "PLAYING" && (row.speed === 0 || row.speed > 5)));
      write(this.of, row.stop ? `${stationwatch.lasting(at - row.start)} of ${stationwatch.lasting(row.stop - row.start)}` : "");
      for (const [name, button] of Object.entries(this.buttons)) button.disabled = !steerable && !(name === "end" && row.state === "SEEKING");
      this.speed.disabled = !steerable;
      write(this.buttons.play, row.state === "PLAYING" ? "‖ Pause" : "▶ Play");
      if (document.activeElement !== this.speed && this.speed.value !== String(row.speed)) this.setShown(row.speed);
      if (!change.second && !change.all) return;
      if (this.sure && performance.now() > this.sure) this.sure = 0;
      write(this.buttons.end, this.sure ? "End for all?" : "End");
      byId("mode-banner").title = byId("mode-banner").textContent;
      const judged = [row.source, row.order, row.limits].filter(Boolean).join(" · ");
      write(this.judged, row.note ? `${judged} · ${row.note}` : judged);
      this.judged.title = [`asked for by ${row.by}`, judged, row.gaps, `mission database ${row.missiondb}`, row.note, `session ${row.id}: ${row.frames} frames, ${row.events} alarm events`].filter(Boolean).join("\n");
    }

    /* A speed that none of ours is, asked for in a terminal. */
    setShown(speed) {
      if (![...this.speed.options].some((one) => one.value === String(speed))) this.speed.append(new Option(`${speed}×`, String(speed)));
      this.speed.value = String(speed);
    }

    /* Where it is now: it says so once a second, and goes on between. */
    position() {
      const { row } = this;
      if (this.wanted !== null) return this.wanted;
      const since = row.state === "PLAYING" ? (performance.now() - this.heard) * row.speed : 0;
      return Math.min(row.position + since, row.stop);
    }

    /* --- what is asked --- */

    ask(verb, fields) {
      return stationwatch.replays.steer(this.row, verb, fields);
    }

    toggle() {
      if (this.row.state === "PLAYING") this.ask("pause");
      else this.ask("play");
    }

    async step() {
      if (this.row.state === "PLAYING" && (await this.ask("pause")).refused) return;
      this.ask("step", { frames: 1 });
    }

    async back() {
      if (this.row.state === "PLAYING" && (await this.ask("pause")).refused) return;
      this.seek(this.position() - 1000);
    }

    async seek(ms) {
      const to = (this.wanted = Math.min(Math.max(ms, this.row.start), this.row.stop));
      // the last frame of a range lies at its end: its time as ingest has it, not as a double does
      const text = to === this.row.stop ? Math.floor(to) : Math.ceil(to);
      await this.ask("seek", { to: stationwatch.replays.utc(text) });
      if (this.wanted === to) this.wanted = null;
    }

    setSpeed(speed) {
      this.ask("speed", { speed });
      this.speed.blur();
    }

    change(way) {
      const at = SPEEDS.indexOf(this.row.speed);
      const next = SPEEDS[at < 0 ? SPEEDS.indexOf(1) : at + way];
      if (next !== undefined) this.setSpeed(next);
    }

    /* To the alarm before or after. What was told a moment ago may not be on the overview yet. */
    async jump(way) {
      let to = this.alarm(way);
      if (to === undefined) {
        await this.strip.load(this.row.start, this.row.stop, chosen());
        to = this.alarm(way);
      }
      if (to !== undefined) this.seek(to - LEAD_MS);
      else stationwatch.notify("replay-jump", "Replay", `No alarm of CAUTION or above ${way > 0 ? "ahead" : "before"} in this range.`);
    }

    /* When the alarm before or after is; those close together are one. */
    alarm(way) {
      const at = this.position() + LEAD_MS;
      const starts = [];
      let last = -Infinity;
      for (const alarm of this.strip.alarms()) {
        if (alarm.severity < CAUTION || alarm.held || alarm.t < this.row.start || alarm.t > this.row.stop) continue;
        if (alarm.t - last > APART_MS) starts.push(alarm.t);
        last = alarm.t;
      }
      return way > 0 ? starts.find((t) => t > at + 500) : starts.filter((t) => t < at - 2500).pop();
    }

    async end() {
      if (!this.sure) {
        this.sure = performance.now() + SURE_MS;
        write(this.buttons.end, "End for all?");
        return;
      }
      this.sure = 0;
      if (!(await this.ask("end")).refused) location.assign(location.pathname);
    }

    key(event) {
      const act = {
        " ": () => this.toggle(), ".": () => this.step(), ",": () => this.back(), n: () => this.jump(1),
        p: () => this.jump(-1), "+": () => this.change(1), "-": () => this.change(-1),
      }[event.key];
      if (!act || !this.row || this.buttons.play.disabled) return false;
      // there the space bar presses what has the focus
      if (event.key === " " && event.target.closest?.("button, a, summary, [role=button], [role=tab]")) return false;
      act();
      return true;
    }
  }

  const NOTHING = { id: "", by: "", start: 0, stop: 0, position: NaN, speed: 1, source: "", order: "", limits: "", gaps: "", missiondb: "", note: "", reason: "", frames: 0, events: 0 };

  const speedWords = (speed) => (speed ? `${speed}×` : "as fast as it goes");
  const chosen = () => localStorage.getItem("stationwatch.overview") || "";

  let bar = null;
  stationwatch.addFrame({
    hear: (message) => bar?.hear(message),
    paint(change, model) {
      document.body.classList.toggle("replaying", model.root.startsWith(ROOT));
      if (model.root.startsWith(ROOT) && !bar) bar = new Transport(model);
      bar?.paint(change);
    },
    key: (event) => Boolean(bar?.key(event)),
  });
  Object.assign(stationwatch, { replaying, replaySpeeds: SPEEDS });
})();
