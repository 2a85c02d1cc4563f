/* The live page: takes messages, keeps the clocks, and paints once an animation frame. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  class Page {
    constructor() {
      this.clock = new stationwatch.ServerClock();
      this.alarms = new stationwatch.Alarms();
      this.panels = new stationwatch.Panels(byId("panels"), byId("overview"), (...which) => this.choose(...which));
      this.incidents = new stationwatch.Incidents(byId("incidents"));
      this.plan = new stationwatch.Plan(byId("plan-strip"));
      this.clocks = {};
      this.links = {};
      this.signals = {};
      this.broker = { connected: true, since: 0 };
      this.hello = null;
      this.secondPainted = -1;
      this.waiting = false;
      byId("search").addEventListener("input", (event) => this.panels.filter(event.target.value));
      byId("alarm-form").addEventListener("click", (event) => {
        const verb = event.target.dataset.verb;
        if (verb) this.alarms.request(verb, stationwatch.alarmGrid().getSelectedRows());
      });
      byId("held-toggle").addEventListener("click", () => {
        this.alarms.toggleHeld();
        this.wake();
      });
      const url = new URL("/ws/live", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      this.link = new stationwatch.Link(url, (message) => this.take(message), (state) => this.paintConnection(state));
      setInterval(() => this.wake(), 200);
    }

    take(message) {
      this.clock.hear(message.wall);
      if (message.k === "hello") this.start(message);
      if (this.hello !== null) this.takers[message.k]?.call(this, message);
      this.wake();
    }

    takers = {
      latest: (message) => this.panels.takeLatest(message),
      history: (message) => this.panels.takeHistory(message),
      frame: (message) => this.panels.takeFrame(message, !this.clocks[message.s] || this.clocks[message.s].heartbeat),
      alarm: (message) => this.alarms.take(message.row),
      gone: (message) => this.alarms.remove(message.id),
      event: (message) => this.alarms.takeEvent(message),
      incident: (message) => {
        this.incidents.take(message.row);
        this.alarms.changed = true; // rows say by which incident they are held back
      },
      incidentgone: (message) => this.incidents.remove(message.id),
      plan: (message) => this.plan.take(message.row),
      plangone: (message) => this.plan.remove(message.id),
      planevent: (message) => this.plan.takeEvent(message),
      signal: (message) => (this.signals[message.s] = message.signal),
      tick: (message) => (this.broker = message.broker),
      link: (message) => (this.links[message.s] = message.link),
      clock: (message) => {
        this.clocks[message.s] = message.clock;
        if (message.reset) this.panels.reset(message.s);
      },
    };

    /* A snapshot: on connecting, and whenever the server had to begin again with us. */
    start(hello) {
      this.hello = hello;
      this.clocks = hello.clocks;
      this.links = hello.links;
      this.signals = hello.signals;
      this.broker = hello.broker;
      this.panels.build(hello);
      this.panels.filter(byId("search").value);
      this.alarms.replace(hello.alarms);
      this.incidents.replace(hello.incidents);
      this.plan.replace(hello.plans);
      this.buildStates();
    }

    streamNow(craft) {
      return stationwatch.streamTime(this.clocks[craft], this.clock.now());
    }

    mode(craft) {
      const clock = this.clocks[craft];
      return this.hello.looks.modes[clock ? clock.kind : "live"];
    }

    choose(spacecraft, subsystem, parameter) {
      const now = Math.ceil(this.streamNow(spacecraft));
      dash_clientside.set_props("chosen", { data: { spacecraft, subsystem, parameter, now } });
    }

    wake() {
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.paint();
      });
    }

    paint() {
      if (this.hello === null) return;
      const wall = this.clock.now();
      const second = Math.floor(wall / 1000);
      const told = this.alarms.changed || this.incidents.changed || this.plan.changed;
      const all = second !== this.secondPainted || told;
      this.secondPainted = second;
      if (this.alarms.changed) {
        this.panels.mark(this.alarms.bySubject());
        this.alarms.paint(byId("alarm-counts"), this.hello.looks);
      }
      const context = {
        wall, clocks: this.clocks, links: this.links, alarmsKnown: this.alarmsKnown(wall),
        normal: (craft) => this.mode(craft).freshness,
        // what is derived is heard no better than what it comes from
        announced: (craft, subsystem) => this.silences(craft).some((one) => one.announced && (subsystem.derived || one.u === subsystem.id)),
      };
      stationwatch.paintPanels(this.panels, context, all);
      if (!all) return;
      const streamNow = (craft) => this.streamNow(craft);
      this.incidents.paint(this.hello.looks, this.panels, streamNow);
      this.plan.paint(this.panels, streamNow);
      this.paintStates(wall);
      stationwatch.paintFlood(byId("flood-banner"), this.hello.flood, this.panels, this.alarms, context.alarmsKnown);
      for (const craft of this.hello.spacecraft) {
        stationwatch.paintSignal(this.panels.banners.get(craft.id), craft, this.signals[craft.id], this.streamNow(craft.id));
      }
      this.paintAlarmsStale(context.alarmsKnown);
      this.alarms.refreshAges();
      this.alarms.watch();
    }

    silences(craft) {
      const signal = this.signals[craft];
      return signal ? signal.out : [];
    }

    panelsOf(craft) {
      return [...this.panels.panels.values()].filter((panel) => panel.craft.id === craft);
    }

    /* When a frame of a spacecraft last came, on the wall clock; 0 if none ever did. */
    lastHeard(craft) {
      return Math.max(0, ...this.panelsOf(craft).map((panel) => (panel.last ? panel.last.rx : 0)));
    }

    /* Whether what stands in the alarm list is up to date: ingest is heard of. */
    alarmsKnown(wall) {
      const panels = this.panelsOf(this.hello.ingest);
      if (!panels.length) return true;
      const states = panels.map((p) => stationwatch.freshness(p.subsystem, p.last, this.clocks[this.hello.ingest], this.links[this.hello.ingest], "LIVE", wall));
      return this.broker.connected && states.some((state) => state === "LIVE" || state === "LATE");
    }

    paintAlarmsStale(known) {
      const node = byId("alarms-stale");
      const heard = this.lastHeard(this.hello.ingest);
      const since = heard ? `since ${stationwatch.format.time(heard)} UTC` : "(ingest was never heard of)";
      stationwatch.write(node, known ? "" : `◌ STALE: alarm state is not being updated ${since}`);
      node.parentNode.classList.toggle("stale", !known);
    }

    buildStates() {
      this.states = this.hello.spacecraft.map((craft) => {
        const node = stationwatch.element("div", "spacecraft-state");
        const parts = { craft, link: stationwatch.element("span", "link"), date: stationwatch.element("time", "date"), time: stationwatch.element("time") };
        node.append(stationwatch.element("b", "", craft.id.toUpperCase()), parts.link, parts.date, parts.time);
        return { node, ...parts };
      });
      byId("spacecraft-states").replaceChildren(...this.states.map((state) => state.node));
    }

    paintStates(wall) {
      const banners = new Set();
      for (const { craft, node, link, date, time } of this.states) {
        const known = this.links[craft.id];
        const clock = this.clocks[craft.id];
        const look = !known ? ["– NO LINK", "no-data"] : known.online ? ["● LINK", "live"] : ["⊘ LOS", "los"];
        // a last will was written when its publisher came, so it does not know when it went
        const heard = known && !known.online ? this.lastHeard(craft.id) : 0;
        stationwatch.write(link, heard ? `${look[0]} since ${stationwatch.format.time(heard)}` : look[0]);
        stationwatch.classify(link, `link ${look[1]}`);
        const [day, clockTime] = stationwatch.format.moment(stationwatch.streamTime(clock, wall)).split(" ");
        stationwatch.write(date, day);
        stationwatch.write(time, `${clockTime} UTC`);
        node.title = `${craft.name}: ${known ? known.publisher : "no publisher has announced itself"}`;
        const known_mode = craft.id === this.hello.ingest ? null : this.mode(craft.id);
        if (known_mode && known_mode.banner && (clock || this.hello.root !== "tlm")) {
          banners.add([known_mode.banner, clock && clock.label].filter(Boolean).join(": "));
        }
      }
      stationwatch.write(byId("mode-banner"), [...banners].join(" / "));
      this.paintConnection(this.link.state);
    }

    /* The page's own state, over everything: a frozen page says so itself. */
    paintConnection(state) {
      const heard = stationwatch.format.time(this.clock.now() - (this.link ? performance.now() - this.link.heard : 0));
      const texts = {
        live: this.broker.connected ? "" : `BROKER LOST since ${stationwatch.format.time(this.broker.since)} UTC: nothing here is live`,
        silent: `PAGE NOT UPDATING since ${heard} UTC: the console is silent`,
        lost: heard ? `PAGE NOT UPDATING since ${heard} UTC: the console is lost, reconnecting` : "",
      };
      stationwatch.write(byId("page-state"), texts[state] || "");
      stationwatch.classify(document.body, state === "live" && this.broker.connected ? "" : "page-frozen");
      const badge = byId("page-badge");
      const badges = { live: ["● PAGE LIVE", "live"], silent: ["◌ PAGE SILENT", "stale"], lost: ["⊘ PAGE LOST", "los"] };
      const [word, name] = badges[state] || ["– CONNECTING", "no-data"];
      stationwatch.write(badge, word);
      stationwatch.classify(badge, `page-badge ${name}`);
    }
  }

  function byId(id) {
    return document.getElementById(id);
  }

  /* Dash renders the page some time after the scripts have run. */
  function begin() {
    if (!["", "/"].includes(location.pathname)) return; // another page of the console
    if (window.dash_clientside && byId("panels") && byId("alarm-counts") && byId("search")) {
      stationwatch.page = new Page();
    } else {
      setTimeout(begin, 50);
    }
  }

  begin();
})();
