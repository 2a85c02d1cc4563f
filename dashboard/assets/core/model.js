/* All that is known to this browser: one model for all pages, kept while pages come and go.
 *
 * Messages only change state here and note what changed; pages paint it once an animation frame.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const WINDOW_MS = 300000;
  const AS_IT_SHOULD = ["LIVE", "SIM", "PLAYED", "REPLAY", "TRAINING"];

  /* Rows by id: alarms, incidents, activities, replays. */
  class Rows {
    constructor(onChange) {
      this.rows = new Map();
      this.onChange = onChange;
    }

    take(row) {
      this.rows.set(row.id, row);
      this.onChange();
    }

    remove(id) {
      this.rows.delete(id);
      this.onChange();
    }

    replace(rows) {
      this.rows = new Map(rows.map((row) => [row.id, row]));
      this.onChange();
    }
  }

  class Model {
    constructor() {
      this.clock = new stationwatch.ServerClock();
      this.hello = null;
      this.points = new Map(); // "craft/parameter" -> point
      this.systems = new Map(); // "craft/subsystem" -> system
      this.crafts = [];
      this.clocks = {};
      this.links = {};
      this.signals = {};
      this.contacts = new Map(); // craft -> when it is expected to be heard
      this.replays = new Map(); // of this console's live root: session -> row
      this.trainings = new Map();
      this.broker = { connected: true, since: 0 };
      this.alarmsKnown = true;
      this.changes = noChange();
      for (const name of ["alarms", "incidents", "plans"]) {
        this[name] = new Rows(() => (this.changes[name] = true));
      }
    }

    /* Server's wall time, ms. */
    wall() {
      return this.clock.now();
    }

    /* What a subsystem's newest frame says of when it was taken and came. */
    heard(t, rx) {
      return { t, rx, offset: this.clock.offset };
    }

    /* The generation time that a spacecraft's stream has reached, ms. */
    now(craft) {
      return stationwatch.streamTime(this.clocks[craft], this.clock.now());
    }

    point(key) {
      return this.points.get(key);
    }

    system(key) {
      return this.systems.get(key);
    }

    /* Its data are not what they should be now: late, stale, out of contact, never heard. */
    old(system) {
      return !AS_IT_SHOULD.includes(system.freshness);
    }

    mode(craft) {
      const clock = this.clocks[craft];
      return this.looks.modes[clock ? clock.kind : "live"];
    }

    /* What was not acknowledged and is neither late nor held back, by severity: counts of rows. */
    counts(severity) {
      const rows = [...this.alarms.rows.values()].filter((row) => row.severity === severity && row.occurrence !== "");
      const open = rows.filter((row) => row.unacknowledged);
      const fresh = open.filter((row) => !row.late && !row.last).length;
      return { standing: rows.length, fresh, quiet: open.length - fresh };
    }

    /* The title of an incident; what is no longer open goes by its rule. */
    incidentTitle(id) {
      const row = this.incidents.rows.get(id);
      return row ? row.title : id.replace(/-\d+$/, "").replaceAll("-", " ");
    }

    take(message) {
      this.clock.hear(message.wall);
      if (message.k === "hello") this.start(message);
      else if (this.hello !== null) TAKERS[message.k]?.(this, message);
    }

    /* A snapshot: on connecting, and whenever the server had to begin again with us. */
    start(hello) {
      if (this.hello && this.hello.version !== hello.version) location.reload(); // another mission database
      const first = this.hello === null;
      this.hello = hello;
      this.looks = hello.looks;
      this.root = hello.root;
      this.clocks = hello.clocks;
      this.links = hello.links;
      this.signals = hello.signals;
      this.broker = hello.broker;
      if (first) this.build(hello.spacecraft); // a later one has the same, or is another document
      // another run may have begun meanwhile; what is known comes next, and all of it
      else for (const craft of this.crafts) this.reset(craft.id);
      this.alarms.replace(hello.alarms);
      this.incidents.replace(hello.incidents);
      this.plans.replace(hello.plans);
      this.contacts = new Map(Object.entries(hello.contacts || {}));
      this.replays = new Map((hello.replays || []).map((row) => [row.id, row]));
      this.trainings = new Map((hello.trainings || []).map((row) => [row.id, row]));
      this.changes.all = true;
    }

    build(crafts) {
      this.crafts = crafts;
      for (const craft of crafts) {
        for (const subsystem of craft.subsystems) {
          const system = { key: `${craft.id}/${subsystem.id}`, craft, subsystem, last: null, points: [], freshness: "NO DATA" };
          this.systems.set(system.key, system);
          for (const parameter of subsystem.parameters) {
            const point = {
              key: `${craft.id}/${parameter.id}`, craft, system, parameter,
              t: NaN, value: undefined, quality: 0, alarm: null, series: series(parameter),
            };
            system.points.push(point);
            this.points.set(point.key, point);
          }
        }
      }
    }

    /* Another run of a stream: its times start anew. */
    reset(craft) {
      for (const system of this.systems.values()) {
        if (system.craft.id !== craft) continue;
        system.last = null;
        for (const point of system.points) {
          Object.assign(point, { t: NaN, value: undefined, quality: 0 });
          if (point.series) point.series.clear();
          this.changes.points.add(point);
        }
      }
      this.changes.all = true;
    }

    takeLatest(message) {
      const system = this.systems.get(`${message.s}/${message.u}`);
      breakAfterGap(system, message.t, true);
      system.last = this.heard(message.t, message.rx);
      for (const [id, [t, value, quality]] of Object.entries(message.p)) this.takeSample(message.s, id, t, value, quality);
    }

    takeHistory(message) {
      for (const [id, points] of Object.entries(message.p)) {
        const known = this.points.get(`${message.s}/${id}`).series;
        points.t.forEach((t, i) => known.push(message.base + t, points.v[i] === null ? NaN : points.v[i]));
        known.hold(message.base);
      }
    }

    takeFrame(message) {
      const system = this.systems.get(`${message.s}/${message.u}`);
      const clock = this.clocks[message.s];
      breakAfterGap(system, message.t, !clock || clock.heartbeat);
      system.last = this.heard(Math.max(system.last?.t ?? -Infinity, message.t), message.rx);
      for (const point of system.points) {
        if (point.series) point.series.hold(message.t);
      }
      for (const [id, value] of Object.entries(message.v)) this.takeSample(message.s, id, message.t, value, message.q[id] || 0);
    }

    takeSample(craft, id, t, value, quality) {
      const point = this.points.get(`${craft}/${id}`);
      if (point.series) point.series.push(t, value === null ? NaN : Number(value));
      if (point.t > t) return;
      Object.assign(point, { t, value, quality });
      this.changes.points.add(point);
    }

    /* What has changed since the last call, with freshness as it is now. */
    takeChanges() {
      if (this.changes.alarms) this.markAlarms();
      const turned = this.judge();
      const changes = { ...this.changes, turned };
      this.changes = noChange();
      return changes;
    }

    /* Freshness of every subsystem now; the set of those whose look has changed. */
    judge() {
      const wall = this.wall();
      const turned = new Set();
      for (const system of this.systems.values()) {
        const craft = system.craft.id;
        const announced = this.announced(system);
        // how long it is silent is told by the time that passed here, however clocks are set
        const last = system.last && { t: system.last.t, rx: this.clock.since(system.last.rx, system.last.offset) };
        const state = stationwatch.freshness(system.subsystem, last, this.clocks[craft], this.links[craft], this.mode(craft).freshness, wall, announced);
        if (state !== system.freshness) turned.add(system);
        system.freshness = state;
        const clock = this.clocks[craft];
        if (clock && !clock.heartbeat) {
          // a recording's silence means that nothing changed
          for (const point of system.points) if (point.series) point.series.hold(this.now(craft));
        }
      }
      const ingest = [...this.systems.values()].filter((system) => system.craft.id === this.hello.ingest);
      const heard = ingest.some((system) => AS_IT_SHOULD.includes(system.freshness) || system.freshness === "LATE");
      // a replay's alarms are its session's: ingest itself is not heard in one as it happened
      const session = [...this.replays.values()].find((row) => row.root === this.root);
      const known = this.broker.connected && (session ? session.state !== "ENDED" : heard || !ingest.length);
      if (known !== this.alarmsKnown) for (const system of this.systems.values()) turned.add(system);
      this.alarmsKnown = known;
      return turned;
    }

    /* Whether the contact schedule says that a subsystem is silent now. */
    announced(system) {
      const signal = this.signals[system.craft.id];
      // what is derived is heard no better than what it comes from
      return Boolean(signal) && signal.out.some((one) => one.announced && (system.subsystem.derived || one.u === system.subsystem.id));
    }

    /* When a frame of a spacecraft last came, on the wall clock; 0 if none ever did. */
    lastHeard(craft) {
      return Math.max(0, ...[...this.systems.values()].filter((s) => s.craft.id === craft && s.last).map((s) => s.last.rx));
    }

    /* Give each point the most severe violated alarm of it. */
    markAlarms() {
      const worst = new Map();
      for (const row of this.alarms.rows.values()) {
        const key = `${row.spacecraft}/${row.subject}`;
        const other = worst.get(key);
        if (row.violated && !(other && other.severity >= row.severity)) worst.set(key, row);
      }
      for (const point of this.points.values()) {
        const alarm = worst.get(point.key) || null;
        if (alarm === point.alarm) continue;
        point.alarm = alarm;
        this.changes.points.add(point);
      }
    }
  }

  const TAKERS = {
    latest: (model, message) => model.takeLatest(message),
    history: (model, message) => model.takeHistory(message),
    frame: (model, message) => model.takeFrame(message),
    alarm: (model, message) => model.alarms.take(message.row),
    gone: (model, message) => model.alarms.remove(message.id),
    incident: (model, message) => {
      model.incidents.take(message.row);
      model.changes.alarms = true; // rows say by which incident they are held back
    },
    incidentgone: (model, message) => model.incidents.remove(message.id),
    plan: (model, message) => model.plans.take(message.row),
    plangone: (model, message) => model.plans.remove(message.id),
    tick: (model, message) => (model.broker = message.broker),
    signal: (model, message) => {
      model.signals[message.s] = message.signal;
      model.changes.signals = true;
    },
    contacts: (model, message) => {
      if (message.contacts) model.contacts.set(message.s, message.contacts);
      else model.contacts.delete(message.s);
      model.changes.signals = true;
    },
    link: (model, message) => {
      model.links[message.s] = message.link;
      model.changes.links = true;
    },
    replay: (model, message) => {
      model.replays.set(message.row.id, message.row);
      model.changes.replays = true;
    },
    replaygone: (model, message) => {
      model.replays.delete(message.id);
      model.changes.replays = true;
    },
    training: (model, message) => {
      model.trainings.set(message.row.id, message.row);
      model.changes.trainings = true;
    },
    traininggone: (model, message) => {
      model.trainings.delete(message.id);
      model.changes.trainings = true;
    },
    clock: (model, message) => {
      model.clocks[message.s] = message.clock;
      if (message.reset) model.reset(message.s);
    },
  };

  function noChange() {
    return {
      all: false, alarms: false, incidents: false, plans: false, signals: false, links: false,
      replays: false, trainings: false, points: new Set(),
    };
  }

  function series(parameter) {
    if (parameter.type === "string") return null;
    const period = parameter.period_ms;
    const capacity = period ? Math.min(4096, Math.max(64, Math.ceil((1.2 * WINDOW_MS) / period))) : 640;
    return new stationwatch.Series(capacity, true); // senders leave out what has not changed: a value holds
  }

  /* A value holds through a heartbeat without it, but nobody knows it through a gap of frames. */
  function breakAfterGap(system, t, heartbeat) {
    if (!heartbeat || !system.last || t - system.last.t <= system.subsystem.stale_ms) return;
    for (const point of system.points) if (point.series) point.series.push(system.last.t + 1, NaN);
  }

  Object.assign(stationwatch, { Model });
})();
