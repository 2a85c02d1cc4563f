/* The pane about one alarm: what to do, what it is now, how it went, where to look further. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify, byId } = stationwatch;
  const BEFORE_MS = 300000;
  const AFTER_MS = 900000;
  const REPLAY_BEFORE_MS = 60000;

  class AboutAlarm {
    constructor(root, model) {
      this.model = model;
      this.node = byId("alarm-about");
      this.response = byId("response");
      this.course = byId("alarm-course");
      this.row = null;
      this.count = 0;
      this.strip = null;
      this.age = null;
      this.onset = null;
      this.asked = ""; // the occurrence that was asked about, and its state
      this.build();
    }

    /* row: null for none; count: how many are selected. */
    choose(row, count) {
      const other = !row !== !this.row || (row && row.id !== this.row.id);
      if (!other && count === this.count) return;
      this.count = count;
      this.row = row;
      this.build();
    }

    paint(change) {
      if (this.row && (change.alarms || change.all)) {
        const now = this.model.alarms.rows.get(this.row.id);
        if (now !== this.row || change.all) {
          this.gone = !now;
          this.row = now || this.row;
          this.build();
        }
      }
      if (!this.row) return;
      if (change.all) this.onset?.draw();
      if (this.strip?.visible) {
        const now = this.model.now(this.row.spacecraft);
        if (this.strip.due(now)) this.strip.draw(now);
      }
      if (change.second || change.all) this.paintNow();
    }

    close() {
      this.sizes?.disconnect();
    }

    build() {
      this.sizes?.disconnect();
      this.strip = null;
      const { row } = this;
      if (!row) {
        this.node.replaceChildren(element("p", "dim", "Choose an alarm to see what to do about it."));
        this.response.replaceChildren();
        this.course.replaceChildren();
        this.onset = null;
        this.asked = "";
        return;
      }
      const look = this.model.looks.severity[row.severity];
      const head = element("header", `about-head severity-${look.name}`);
      head.append(element("b", "", `${look.symbol} ${look.word}`), element("span", "about-name", row.name));
      const facts = element("dl", "about-facts");
      this.now = element("dd", "about-now");
      this.age = element("dd");
      const said = [
        ["Alarm", `${row.spacecraft.toUpperCase()} ${row.alarm}`],
        ["State", this.gone ? "no longer stands" : row.state],
        ["Broke", stationwatch.format.breach(row) || "–"],
        ["Note", stationwatch.alarmNotes(row)],
        ["Silenced", row.silenced ? [stationwatch.alarmSilence(row), row.silenced_by, row.reason].filter(Boolean).join(", ") : ""],
        ["Acknowledged", row.by ? [row.by, stationwatch.format.time(row.acknowledged), row.comment].filter(Boolean).join(", ") : ""],
      ];
      for (const [name, text] of said) if (text) facts.append(element("dt", "", name), element("dd", "", text));
      facts.append(element("dt", "", "Since"), this.age, element("dt", "", "Now"), this.now);
      this.node.replaceChildren(head, facts, ...this.picture(), this.links());
      if (this.count > 1) head.append(element("small", "dim", `${this.count} selected`));
      this.paintNow();
      this.ask();
    }

    /* Its last five minutes, with its limits. */
    picture() {
      const point = this.model.point(`${this.row.spacecraft}/${this.row.subject}`);
      if (!point || !point.series) return [];
      const canvas = element("canvas", "about-strip");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${point.parameter.name}, the last 5 minutes`);
      canvas.title = "the last 5 minutes; press for history";
      canvas.addEventListener("click", () => stationwatch.choose(point.key, this.row.since || undefined));
      this.strip = stationwatch.stripOf(canvas, point, this.model);
      this.strip.visible = true;
      this.sizes = new ResizeObserver(([{ contentRect }]) => {
        if (contentRect.width) this.strip?.resize(contentRect.width, contentRect.height, devicePixelRatio);
      });
      this.sizes.observe(canvas);
      return [canvas];
    }

    links() {
      const { row } = this;
      const line = element("div", "about-links");
      const key = `${row.spacecraft}/${row.subject}`;
      const at = (ms) => new Date(ms).toISOString().slice(0, 19) + "Z";
      if (this.model.point(key) && row.since) {
        const trends = element("a", "act", `Trends at ${stationwatch.format.time(row.since).slice(0, 5)}`);
        trends.href = stationwatch.address.link("/trends", { p: key, from: at(row.since - BEFORE_MS), to: at(row.since + AFTER_MS) });
        line.append(trends);
      }
      if (row.since && stationwatch.replayFrom && this.model.hello.live && row.spacecraft !== this.model.hello.ingest) {
        const replay = element("button", "act", "Replay from 1 min before");
        replay.type = "button";
        replay.addEventListener("click", () => stationwatch.replayFrom(row.since - REPLAY_BEFORE_MS, {}));
        line.append(replay);
      }
      const journal = element("a", "act", "Its journal");
      journal.href = stationwatch.address.link("/alarms/journal", { craft: row.spacecraft, text: row.alarm });
      line.append(journal);
      return line;
    }

    paintNow() {
      const { row, model } = this;
      const since = row.since ? `${stationwatch.format.time(row.since)}, ${stationwatch.format.ago(model.now(row.spacecraft) - row.since)}` : "–";
      write(this.age, since);
      const point = model.point(`${row.spacecraft}/${row.subject}`);
      if (!point) {
        write(this.now, row.violated ? "still so" : "–");
        return;
      }
      const shown = stationwatch.shown(point);
      const old = model.old(point.system);
      const state = old ? ` (${point.system.freshness})` : "";
      write(this.now, `${shown.text} ${point.value === null || point.value === undefined ? "" : point.parameter.unit}`.trim() + state);
      classify(this.now, `about-now${old ? " old" : ""}`);
    }

    /* What to do, and how it went: from the server. The answer to an older question is dropped. */
    async ask() {
      const { row } = this;
      const asked = `${row.id} ${row.occurrence} ${row.state}`;
      if (asked === this.asked) return;
      const other = !this.asked.startsWith(`${row.id} `);
      this.asked = asked;
      if (other) {
        this.response.replaceChildren();
        this.course.replaceChildren();
      }
      const { spacecraft: craft, subject, occurrence, since } = row;
      const said = await stationwatch.fetchJson("/alarms/about.json", { craft, subject, occurrence, since });
      if (asked !== this.asked) return;
      this.paintResponse(said);
      this.paintCourse(said);
    }

    paintResponse({ response, error }) {
      const list = element("dl", "response");
      for (const [name, text] of response || []) list.append(element("dt", "", name), element("dd", "", text));
      if (!response) list.append(element("dt", "", "Response"), element("dd", "", `not known: ${error}`));
      else if (!response.length) list.append(element("dt", "", "Response"), element("dd", "", "None is defined: advisory only."));
      this.response.replaceChildren(list);
    }

    paintCourse({ events, history, error }) {
      const nodes = [element("h3", "", "This occurrence")];
      if (error) nodes.push(element("p", "wrong", error));
      this.onset = history ? onset(history, this.row, this.model) : null;
      if (this.onset) nodes.push(this.onset.node);
      const list = element("ol", "course");
      for (const event of events || []) {
        const line = element("li");
        line.append(element("time", "", stationwatch.format.time(event.t)), element("span", "", stationwatch.eventWords(event)));
        list.append(line);
      }
      if (events?.length) nodes.push(list);
      else if (!error) nodes.push(element("p", "dim", "Nothing of it is in the journal yet."));
      this.course.replaceChildren(...nodes);
      this.onset?.draw();
    }
  }

  /* How it was when it came, from the store: the least and the most of each few seconds. */
  function onset(history, row, model) {
    const { start, stop, width, t, low, high } = history;
    const series = new stationwatch.Series(2 * t.length + 1, false);
    t.forEach((time, i) => {
      series.push(time, low[i]);
      series.push(time + width / 2, high[i]);
    });
    const point = { ...model.point(`${row.spacecraft}/${row.subject}`), series };
    const span = `${stationwatch.format.time(start).slice(0, 5)} to ${stationwatch.format.time(stop).slice(0, 5)}`;
    const node = element("figure", "onset");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${row.name}, ${span}`);
    const came = element("span", "onset-mark"); // where it came
    came.style.left = `${((100 * (row.since - start)) / (stop - start)).toFixed(2)}%`;
    node.append(canvas, came, element("figcaption", "dim", `${span} UTC, from the store`));
    const strip = stationwatch.stripOf(canvas, point, model, { windowMs: stop - start, gapMs: 6 * width });
    const draw = () => {
      strip.restyle();
      strip.resize(canvas.clientWidth || 300, canvas.clientHeight || 48, devicePixelRatio);
      strip.draw(stop);
    };
    return { node, draw };
  }

  /* JSON of our own server; {error} where it does not come. */
  async function fetchJson(path, query) {
    try {
      const answer = await fetch(stationwatch.address.link(path, query), { cache: "no-store" });
      const said = await answer.json();
      return answer.ok ? said : { error: said.error || `the console answered ${answer.status}` };
    } catch (error) {
      return { error: "the console does not answer" };
    }
  }

  Object.assign(stationwatch, { AboutAlarm, fetchJson });
})();
