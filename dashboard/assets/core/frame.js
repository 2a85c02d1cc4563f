/* The frame around every page: where data come from, whose alarms stand, whether the page lives. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  // dom.js is read before this file, format later
  const { element, write, classify, byId } = stationwatch;

  class Frame {
    constructor(model, link) {
      this.model = model;
      this.link = link;
      this.states = [];
    }

    paint(change) {
      const { model } = this;
      if (change.all) this.buildStates();
      if (change.alarms || change.all) this.paintCounts();
      if (!change.second && !change.all) return;
      this.paintStates();
      this.paintClock();
      this.paintAlarmsKnown();
      stationwatch.paintFlood(byId("flood-banner"), model);
      this.paintConnection(this.link.state);
    }

    buildStates() {
      this.states = this.model.crafts.map((craft) => {
        const node = element("div", "spacecraft-state");
        const parts = { craft, link: element("span", "link"), date: element("time", "date"), time: element("time") };
        node.append(element("b", "", craft.id.toUpperCase()), parts.link, parts.date, parts.time);
        return { node, ...parts };
      });
      byId("spacecraft-states").replaceChildren(...this.states.map((state) => state.node));
    }

    paintStates() {
      const { model } = this;
      const banners = new Set();
      for (const { craft, node, link, date, time } of this.states) {
        const known = model.links[craft.id];
        const clock = model.clocks[craft.id];
        const look = !known ? ["– NO LINK", "no-data"] : known.online ? ["● LINK", "live"] : ["⊘ LOS", "los"];
        // a last will was written when its publisher came, so it does not know when it went
        const heard = known && !known.online ? model.lastHeard(craft.id) : 0;
        write(link, heard ? `${look[0]} since ${stationwatch.format.time(heard)}` : look[0]);
        classify(link, `link ${look[1]}`);
        const [day, clockTime] = stationwatch.format.moment(stationwatch.streamTime(clock, model.wall())).split(" ");
        write(date, stationwatch.format.day(day));
        write(time, clockTime || "");
        node.title = `${craft.name}, UTC of its stream: ${known ? known.publisher : "no publisher has announced itself"}`;
        const mode = craft.id === model.hello.ingest ? null : model.mode(craft.id);
        if (mode && mode.banner && (clock || !model.hello.live)) {
          banners.add([mode.banner, clock && clock.label].filter(Boolean).join(": "));
        }
      }
      write(byId("mode-banner"), [...banners].join(" / "));
      classify(byId("console"), `console${model.hello.live ? "" : " not-live"}`);
    }

    paintClock() {
      const [day, time] = stationwatch.format.moment(this.model.wall()).split(" ");
      write(byId("wall-clock"), `${stationwatch.format.day(day)} ${time} UTC`);
    }

    paintCounts() {
      const counts = byId("alarm-counts");
      counts.replaceChildren();
      let open = 0;
      for (const severity of [4, 3, 2, 1]) {
        const { standing, fresh, quiet } = this.model.counts(severity);
        const look = this.model.looks.severity[severity];
        const count = element("span", `count severity-${look.name}${standing ? "" : " none"}${fresh ? " open" : ""}`);
        count.append(`${look.symbol} ${look.word} `, element("b", "", String(standing)));
        const others = quiet ? `, and ${quiet} that came late or are held back` : "";
        count.title = `${standing} standing, ${fresh} not acknowledged${others}`;
        if (fresh) count.append(element("span", "new", ` (${fresh} new)`));
        counts.append(count);
        open += fresh;
      }
      const page = byId("nav")?.querySelector("[aria-current]")?.textContent || "";
      const mode = this.model.hello.live ? "" : `${this.model.mode("").banner.split(" - ")[0]}: `;
      const name = `${mode}${page ? `${page} · ` : ""}stationwatch`;
      document.title = open ? `(${open}) ${name}` : name;
    }

    /* Whether what is said of alarms is up to date: ingest is heard of. */
    paintAlarmsKnown() {
      const { model } = this;
      const heard = model.lastHeard(model.hello.ingest);
      const since = heard ? `since ${stationwatch.format.time(heard)} UTC` : "(ingest was never heard of)";
      write(byId("alarms-stale"), model.alarmsKnown ? "" : `◌ STALE: alarm state is not being updated ${since}`);
      document.body.classList.toggle("alarms-old", !model.alarmsKnown);
    }

    /* The page's own state, over everything: a frozen page says so itself. */
    paintConnection(state) {
      const { broker, clock } = this.model;
      const heard = stationwatch.format.time(clock.now() - (performance.now() - this.link.heard));
      const texts = {
        live: broker.connected ? "" : `BROKER LOST since ${stationwatch.format.time(broker.since)} UTC: nothing here is live`,
        silent: `PAGE NOT UPDATING since ${heard} UTC: the console is silent`,
        lost: heard ? `PAGE NOT UPDATING since ${heard} UTC: the console is lost, reconnecting` : "",
        full: "TOO MANY REPLAYS AND TRAININGS ARE LOOKED AT: close one of them",
        refused: "THERE IS NO SUCH STREAM: this replay or training has ended",
      };
      write(byId("page-state"), texts[state] || "");
      document.body.classList.toggle("page-frozen", !(state === "live" && broker.connected));
      const live = this.model.hello && !this.model.hello.live ? "● PAGE CONNECTED" : "● PAGE LIVE";
      const badges = { live: [live, "live"], silent: ["◌ PAGE SILENT", "stale"], lost: ["⊘ PAGE LOST", "los"], refused: ["⊘ NO STREAM", "los"], full: ["⊘ NO ROOM", "los"] };
      const [word, name] = badges[state] || ["– CONNECTING", "no-data"];
      write(byId("page-badge"), word);
      classify(byId("page-badge"), `page-badge ${name}`);
    }
  }

  Object.assign(stationwatch, { Frame });
})();
