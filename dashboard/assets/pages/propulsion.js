/* The propulsion page: lamps, what was fired, what is left of the budget, and what turns the station. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const BURNING_MPA = 0.1; // as DER_PRESSURE_NO_CMD judges it
  const GLOW_MS = 10000; // a pulse is shorter than a glance
  const MAX_LOG = 40;
  const ORDER = ["uncommanded", "dry", "firing", "commanded"];
  const WORDS = {
    uncommanded: "✖ PRESSURE WITHOUT COMMAND", dry: "▲ COMMAND WITHOUT PRESSURE", firing: "firing", commanded: "commanded",
    fired: "fired in the last 10 s", off: "off", unknown: "NO DATA", invalid: "INVALID: not known", old: "not known now",
  };

  class Propulsion {
    constructor(root, model) {
      this.model = model;
      this.ship = root.querySelector(".ship");
      if (!this.ship) return; // no Soyuz in the mission database
      this.state = root.querySelector(".firing-state");
      this.log = new FiringLog(root.querySelector(".firing-log"));
      this.budget = new Budget(root.querySelector(".budget"), model);
      this.cause = new Cause(root.querySelector(".cause"), model);
      const jets = JSON.parse(this.ship.dataset.jets);
      this.drawing = new stationwatch.SoyuzDrawing(this.ship, jets);
      this.jets = jets.map((jet) => new Jet(jet, model)).filter((jet) => jet.known);
      for (const jet of this.jets) {
        const { node } = this.drawing.lamps.get(jet.number);
        const choose = () => stationwatch.choose(jet.pressure.key);
        node.addEventListener("click", choose);
        node.addEventListener("keydown", (event) => event.key === "Enter" && choose());
      }
    }

    /* Another run of the stream: what was fired was fired in another life. */
    take(message) {
      if (this.ship && message.k === "clock" && message.s === "soyuz" && message.reset) this.log.clear();
    }

    paint(change) {
      if (!this.ship) return;
      for (const jet of this.jets) {
        if (!change.all && !change.second && !change.turned.size && !jet.touched(change)) continue;
        const state = jet.judge();
        this.drawing.paint(jet.number, state, jet.words(state));
        this.log.take(jet, state);
      }
      this.paintState();
      this.budget.paint(change);
      this.cause.paint(change);
      this.log.paint(change, this.model);
    }

    paintState() {
      const by = (state) => this.jets.filter((jet) => jet.state === state).map((jet) => jet.name);
      const system = this.jets[0]?.pressure.system;
      if (!system || this.jets.every((jet) => jet.state === "unknown")) return this.say("□ NO DATA: no thruster of Soyuz was ever heard", "no-data");
      if (this.model.old(system)) {
        const look = this.model.looks.freshness[system.freshness];
        return this.say(`${look.symbol} ${look.word}: what the thrusters do now is not known`, "old");
      }
      const said = ORDER.filter((state) => by(state).length).map((state) => `${WORDS[state]}: ${by(state).join(", ")}`);
      if (!said.length) return this.say("○ Nothing fires", "quiet");
      const worst = ORDER.find((state) => by(state).length);
      const against = (this.model.point("soyuz/DER_FIRING_JETS") || {}).value;
      const plan = against ? ` · ◆ AGAINST THE PLAN: ${against}` : "";
      return this.say(`${said.join(" · ")}${plan}`, against || worst === "uncommanded" ? "severity-warning" : worst === "dry" ? "severity-caution" : "active");
    }

    say(words, name) {
      write(this.state, words);
      this.state.title = words;
      classify(this.state, `firing-state ${name}`);
    }
  }

  /* One thruster by its command, its chamber pressure and its cumulative on-time. */
  class Jet {
    constructor({ number, name, group, way }, model) {
      const point = (what) => model.point(`soyuz/SIM_SOYUZ_DPO${String(number).padStart(2, "0")}_${what}`);
      Object.assign(this, { number, name, group, way, model, command: point("CMD"), pressure: point("PC"), onTime: point("ONTIME") });
      this.known = Boolean(this.command && this.pressure && this.onTime);
      this.state = "unknown";
      this.seenOnTime = NaN;
      this.firedAt = -Infinity;
    }

    touched(change) {
      return [this.command, this.pressure, this.onTime].some((point) => change.points.has(point));
    }

    judge() {
      const now = this.model.now("soyuz");
      const onTime = this.onTime.value;
      // pulses of 0.2 s fall between frames: the counter has them all
      if (typeof onTime === "number") {
        if (onTime > this.seenOnTime) this.firedAt = this.onTime.t;
        this.seenOnTime = onTime;
      }
      const commanded = this.command.value === 1;
      const burning = typeof this.pressure.value === "number" && this.pressure.value > BURNING_MPA;
      if (this.firedAt > now) this.firedAt = -Infinity; // another run, or a replay sought back
      if ([this.pressure, this.command].some((point) => point.value === undefined)) this.state = "unknown";
      else if ([this.pressure, this.command].some((point) => point.value === null)) this.state = "invalid";
      else if (this.model.old(this.pressure.system)) this.state = "old";
      else if (commanded && burning) this.state = "firing";
      else if (burning) this.state = "uncommanded";
      // pressure comes up some tenths of a second after its command
      else if (commanded) this.state = now - this.command.t > 500 ? "dry" : "commanded";
      else this.state = now - this.firedAt < GLOW_MS ? "fired" : "off";
      return this.state;
    }

    words(state) {
      const onTime = typeof this.onTime.value === "number" ? `, on-time ${this.onTime.value.toFixed(1)} s` : "";
      return `${this.name}, ${this.group} ${this.way}: ${WORDS[state]}${onTime}`;
    }
  }

  /* What this page has heard of firing: which, when, how long. */
  class FiringLog {
    constructor(list) {
      this.list = list;
      this.open = new Map(); // number -> entry
      this.entries = [];
      this.changed = true;
    }

    clear() {
      this.open.clear();
      this.entries = [];
      this.changed = true;
    }

    take(jet, state) {
      if (["old", "unknown", "invalid"].includes(state)) return; // only what is known ends a firing
      const fires = ["firing", "uncommanded"].includes(state);
      const entry = this.open.get(jet.number);
      const onTime = jet.onTime.value;
      if (fires && !entry) {
        const begun = { jet, from: jet.pressure.t, onTime: typeof onTime === "number" ? onTime : NaN, wrong: state === "uncommanded", to: NaN };
        this.open.set(jet.number, begun);
        this.entries.unshift(begun);
        this.entries.length = Math.min(this.entries.length, MAX_LOG);
        this.changed = true;
      } else if (!fires && entry) {
        entry.to = jet.pressure.t;
        this.open.delete(jet.number);
        this.changed = true;
      }
    }

    paint(change, model) {
      if (!this.changed && !(change.second && this.open.size)) return;
      this.changed = false;
      const lines = this.entries.map((entry) => {
        const lasted = ((Number.isFinite(entry.to) ? entry.to : model.now("soyuz")) - entry.from) / 1000;
        const how = Number.isFinite(entry.to) ? `${lasted.toFixed(1)} s` : `${lasted.toFixed(0)} s and on`;
        const line = element("li", entry.wrong ? "severity-warning" : "");
        line.append(element("time", "", stationwatch.format.time(entry.from)), element("b", "", entry.jet.name), element("span", "", `${entry.jet.group} ${entry.jet.way}`), element("span", "lasted", how));
        return line;
      });
      this.list.replaceChildren(...(lines.length ? lines : [element("li", "dim", "Nothing has fired since this page was opened.")]));
    }
  }

  /* The activity in force with its clock, and a bar a budget. */
  class Budget {
    constructor(node, model) {
      this.node = node;
      this.model = model;
    }

    paint(change) {
      if (!change.second && !change.all && !change.plans) return;
      const now = this.model.now("soyuz");
      const rows = [...this.model.plans.rows.values()].filter((row) => row.permits.some((one) => one.startsWith("may fire")));
      const inForce = rows.find((row) => ["APPROVED", "STARTED"].includes(row.state) && row.start <= now && now < row.end);
      const next = rows.filter((row) => row.start > now).sort((a, b) => a.start - b.start)[0];
      const key = JSON.stringify([inForce?.id, inForce?.version, next?.id]);
      if (key !== this.key) this.build(inForce, next);
      this.key = key;
      write(this.clock, clockWords(inForce, next, now));
      for (const { point, fill, text } of this.bars) {
        const used = point && typeof point.value === "number" && inForce ? point.value : null;
        write(text, used === null ? "–" : `${used.toFixed(0)} %`);
        fill.style.transform = `scaleX(${Math.min(1, (used || 0) / 100)})`;
        classify(fill, `fill${used > 100 ? " over" : used > 80 ? " near" : ""}`);
      }
    }

    build(inForce) {
      this.clock = element("span", "window-clock");
      const head = element("div", `window${inForce ? " open" : " closed"}`);
      head.append(element("b", "", inForce ? inForce.title : "No activity that permits firing is in force"), this.clock);
      this.bars = (inForce ? inForce.budgets : []).map(({ key, name }) => {
        const bar = { point: this.model.point(key), fill: element("div", "fill"), text: element("span", "used") };
        const track = element("div", "track");
        track.append(bar.fill);
        const line = element("div", "budget-line");
        line.append(element("span", "", `${name} used`), track, bar.text);
        return { ...bar, line };
      });
      const permits = element("div", "dim", inForce ? inForce.permits.join(" · ") : "");
      this.node.replaceChildren(head, permits, ...this.bars.map((bar) => bar.line));
    }
  }

  function clockWords(inForce, next, now) {
    const { left, time } = stationwatch.format;
    if (inForce) return `window closes ${time(inForce.end)}, in ${left(inForce.end - now)}`;
    if (next) return `firing is not permitted; next window opens ${time(next.start)}, in ${left(next.start - now)}`;
    return "firing is not permitted, and no window is planned";
  }

  /* Which groups of thrusters could give the torque that is measured, and which could not, by what. */
  class Cause {
    constructor(node, model) {
      this.node = node;
      this.model = model;
      this.said = null;
      this.since = NaN;
    }

    paint(change) {
      if (!change.second && !change.all && !change.points.size) return;
      const text = (id) => (this.model.point(`iss/${id}`) || {}).value;
      const point = this.model.point("iss/DER_TORQUE_CONSISTENT");
      const lists = ["DER_TORQUE_CONSISTENT", "DER_TORQUE_EXCLUDED", "DER_TORQUE_JETS"].map(text);
      const old = point && this.model.old(point.system);
      const key = JSON.stringify([lists, old, point?.value === undefined]);
      if (key === this.said) {
        if (this.clock) write(this.clock, this.lasted());
        return;
      }
      this.said = key;
      const [consistent, excluded, jets] = lists.map((one) => names(one));
      if (!consistent.length) this.since = NaN;
      else if (!Number.isFinite(this.since)) this.since = point.t;
      this.build(point, old, consistent, excluded, jets);
    }

    lasted() {
      return Number.isFinite(this.since) ? `for ${stationwatch.format.age(this.model.now("iss") - this.since)}` : "";
    }

    build(point, old, consistent, excluded, jets) {
      this.clock = element("span", "dim", this.lasted());
      const head = element("div", "cause-head");
      if (!point || point.value === undefined) head.append(element("b", "", "□ NO DATA: the torque on the station is not known"));
      else if (old) head.append(element("b", "", `${point.system.freshness}: what turned it when last heard`));
      else if (jets.length) head.append(element("b", "severity-warning", `◆ It is ${jets.join(", ")}: their on-time rises, and their torque fits`), this.clock);
      else if (consistent.length) head.append(element("b", "severity-caution", "▲ Something pushes; these could be it"), this.clock);
      else head.append(element("b", "", "○ No torque beyond noise"));
      const list = element("ul", "suspects");
      list.tabIndex = 0; // it scrolls
      for (const name of consistent) list.append(item("✓ could be", name, "fits"));
      for (const name of excluded) list.append(item("✕ is not", name, "excluded"));
      this.node.replaceChildren(head, list);
    }
  }

  function item(mark, name, kind) {
    const node = element("li", kind);
    const [, who, why] = /^(.*?)(?: \((.*)\))?$/.exec(name);
    node.append(element("span", "verdict", mark), element("b", "", who), element("span", "why", why ? `by ${why}` : ""));
    return node;
  }

  /* "Soyuz turning +X (telemetry), rest of Nauka (direction)" -> each. */
  function names(text) {
    return typeof text === "string" && text ? text.split(", ") : [];
  }

  stationwatch.addPage("propulsion", (root, model) => new Propulsion(root, model));
})();
