/* The time line: lanes of activities and contact for each spacecraft, incidents, and now.
 *
 * Activities and incidents are buttons and links, for keyboard and mouse alike; the rest is drawn.
 * The window stands still and now moves in it, so that nothing dances.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg } = stationwatch;
  const STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800];
  const TICK_PX = 96;
  const LABEL_PX = 118;
  const BAR_PX = 24; // with the space below it
  const CONTACT_PX = 15;
  const AXIS_PX = 20;
  const FONT = "600 11.5px Inter, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";
  const PADDING_PX = 18;
  const MOST_LINES = 6;
  const LONGEST_PX = 480;

  class TimeLine {
    /* onChoose(id): an activity was chosen. onPoint(ms, text): the pointer is there; null when it left. */
    constructor(holder, model, { onChoose, onPoint }) {
      Object.assign(this, { holder, model, onChoose, onPoint });
      this.canvas = svg("svg", { class: "drawing", "aria-hidden": "true" });
      this.marks = element("div", "marks");
      this.above = svg("svg", { class: "drawing", "aria-hidden": "true" }); // now, over the bars
      holder.append(this.canvas, this.marks, this.above);
      this.ruler = element("canvas").getContext("2d");
      this.nows = []; // {craft, node}
      this.sized = new ResizeObserver(() => {
        this.changed = true;
        stationwatch.wake();
      });
      this.sized.observe(holder);
      this.left = LABEL_PX;
      this.barHeight = BAR_PX;
      holder.addEventListener("pointermove", (event) => this.point(event));
      holder.addEventListener("pointerleave", () => onPoint(null));
    }

    close() {
      this.sized.disconnect();
    }

    /* shown: {start, stop, rows, incidents, chosen, draft}, times in ms. */
    show(shown) {
      this.shown = shown;
      this.changed = true;
    }

    paint(change) {
      if (!this.shown) return;
      if (this.changed || change.all || change.signals) this.build();
      else if (change.second) this.paintNow();
    }

    build() {
      const width = this.holder.clientWidth;
      if (!width) return; // not laid out yet
      this.changed = false;
      const focused = this.marks.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      this.width = width;
      this.lanes = this.layOut();
      const last = this.lanes[this.lanes.length - 1];
      this.height = last.top + last.height + AXIS_PX;
      for (const drawing of [this.canvas, this.above]) {
        drawing.setAttribute("width", width);
        drawing.setAttribute("height", this.height);
        drawing.replaceChildren();
      }
      this.marks.style.height = `${this.height}px`;
      this.marks.replaceChildren();
      this.drawGrid();
      for (const lane of this.lanes) this.drawLane(lane);
      this.drawNow();
      if (focused) [...this.marks.children].find((one) => one.dataset.id === focused)?.focus();
    }

    x(ms) {
      const { start, stop } = this.shown;
      return LABEL_PX + ((ms - start) / (stop - start)) * (this.width - LABEL_PX);
    }

    /* Of each spacecraft its activities and its links, then incidents: [{kind, top, height, ...}]. */
    layOut() {
      const lanes = [];
      let top = 0;
      const add = (lane) => {
        lanes.push({ ...lane, top });
        top += lane.height;
      };
      for (const craft of this.model.crafts.filter((one) => one.id !== this.model.hello.ingest)) {
        const placed = this.place(this.shown.rows.filter((row) => row.spacecraft === craft.id));
        const lines = Math.max(1, ...placed.map((one) => one.line + 1));
        add({ kind: "activities", craft: craft.id, name: craft.id.toUpperCase(), title: craft.name, placed, height: lines * BAR_PX + 4 });
        const schedule = this.model.contacts.get(craft.id);
        for (const link of schedule ? schedule.links : []) {
          add({ kind: "contact", craft: craft.id, link, schedule, name: stationwatch.activities.LINKS[link] || link, height: CONTACT_PX });
        }
        if (!schedule) add({ kind: "unannounced", craft: craft.id, name: "Contact", height: CONTACT_PX });
      }
      add({ kind: "incidents", name: "Incidents", height: BAR_PX + 2 });
      return lanes;
    }

    /* Each bar with its words, on lines so that none lies on another. */
    place(rows) {
      const ends = [];
      const { start, stop } = this.shown;
      const inside = rows.filter((row) => row.start < stop && reaches(row) > start).sort((a, b) => a.start - b.start || a.end - b.end);
      return inside.map((row) => {
        const left = Math.max(LABEL_PX, this.x(row.start));
        const right = Math.min(this.width, Math.max(left + 3, this.x(reaches(row))));
        const words = Math.min(LONGEST_PX, this.measure(this.text(row)) + PADDING_PX);
        const bar = right - left;
        const outside = bar < words;
        const flipped = outside && right + words > this.width; // its words stand before it
        const box = !outside ? [left, right] : flipped ? [Math.max(LABEL_PX, left - words), right] : [left, right + words];
        let line = ends.findIndex((end) => end + 4 <= box[0]);
        if (line < 0) line = Math.min(ends.length, MOST_LINES - 1);
        ends[line] = box[1];
        return { row, left, bar, outside, flipped, box, line };
      });
    }

    text(row) {
      const { symbol, word } = stationwatch.activities.look(row, this.model.now(row.spacecraft));
      return `${symbol} ${row.title} · ${word}`;
    }

    measure(text) {
      this.ruler.font = FONT;
      return this.ruler.measureText(text).width;
    }

    drawGrid() {
      this.hours = [];
      const { start, stop } = this.shown;
      const most = Math.max(1, Math.floor((this.width - LABEL_PX) / TICK_PX));
      const step = (STEPS_S.find((s) => (stop - start) / 1000 / s <= most) || STEPS_S[STEPS_S.length - 1]) * 1000;
      const bottom = this.height - AXIS_PX;
      for (let ms = Math.ceil(start / step) * step; ms < stop; ms += step) {
        const x = Math.round(this.x(ms)) + 0.5;
        const midnight = ms % 86400000 === 0;
        const [day, time] = stationwatch.format.moment(ms).split(" ");
        this.canvas.append(svg("line", { class: midnight ? "tick day" : "tick", x1: x, x2: x, y1: 0, y2: bottom }));
        if (x < LABEL_PX + 18 || x > this.width - 30) continue;
        const label = svg("text", { class: midnight ? "hour day" : "hour", x, y: bottom + 14 }, midnight ? stationwatch.format.day(day) : time.slice(0, 5));
        this.canvas.append(label);
        this.hours.push({ x, label, reach: midnight ? 70 : 50 });
      }
    }

    drawLane(lane) {
      const { top, height } = lane;
      this.canvas.append(svg("line", { class: lane.kind === "contact" || lane.kind === "unannounced" ? "edge soft" : "edge", x1: 0, x2: this.width, y1: top + 0.5, y2: top + 0.5 }));
      const name = element("span", `lane-name ${lane.kind}`, lane.name);
      if (lane.title) name.title = lane.title;
      Object.assign(name.style, { top: `${top}px`, height: `${height}px`, lineHeight: `${height}px`, width: `${LABEL_PX - 10}px` });
      this.marks.append(name);
      if (lane.kind === "activities") this.drawActivities(lane);
      if (lane.kind === "contact") stationwatch.activities.drawContact(this, lane);
      if (lane.kind === "unannounced") {
        this.canvas.append(svg("text", { class: "no-schedule", x: LABEL_PX + 4, y: top + 11 }, "no contact schedule is announced"));
      }
      if (lane.kind === "incidents") for (const one of this.shown.incidents) this.drawIncident(one, lane);
    }

    drawActivities({ placed, top, craft }) {
      for (const one of placed) this.marks.append(stationwatch.activities.bar(this, one, top));
      const { draft } = this.shown;
      if (!draft || draft.spacecraft !== craft) return;
      const [left, right] = [Math.max(LABEL_PX, this.x(draft.start)), Math.min(this.width, this.x(draft.end))];
      if (right > LABEL_PX && left < this.width) {
        this.above.append(svg("rect", { class: "draft", x: left, y: top + 2, width: Math.max(2, right - left), height: BAR_PX - 4 }));
      }
    }

    drawIncident(one, { top }) {
      const { start, stop } = this.shown;
      if (one.first >= stop || (one.end ?? Infinity) <= start) return;
      const look = this.model.looks.severity[one.severity];
      const left = Math.max(LABEL_PX, this.x(one.first));
      const open = one.end === null;
      const words = `${look.symbol} ${one.title}${open ? " (open)" : ""}`;
      const link = element("a", `incident-mark severity-${look.name}${open ? " open" : ""}`, words);
      link.href = stationwatch.address.link("/alarms/incidents");
      link.dataset.id = one.id;
      link.title = `${look.word}: ${one.title}\nfrom ${stationwatch.format.moment(one.first)} UTC${open ? ", open" : ` to ${stationwatch.format.moment(one.end)}`}`;
      const wide = Math.max(3, Math.min(this.width, this.x(open ? this.now() : one.end)) - left);
      const last = [...this.marks.querySelectorAll(".incident-mark")].pop();
      if (last && last.offsetLeft + last.offsetWidth > left) last.style.width = `${Math.max(4, left - last.offsetLeft - 2)}px`;
      Object.assign(link.style, { left: `${left}px`, width: `${Math.min(this.width - left, Math.max(wide, this.measure(words) + PADDING_PX))}px`, top: `${top + 3}px` });
      this.marks.append(link);
    }

    /* Each spacecraft's lanes have the time of its own stream. */
    drawNow() {
      this.nows = [];
      const crafts = [...new Set(this.lanes.map((lane) => lane.craft || ""))];
      for (const craft of crafts) {
        const lanes = this.lanes.filter((lane) => (lane.craft || "") === craft);
        const last = lanes[lanes.length - 1];
        const node = svg("line", { class: "now", y1: lanes[0].top, y2: last.top + last.height });
        this.above.append(node);
        this.nows.push({ craft, node });
      }
      this.nowText = svg("text", { class: "now-text", y: this.height - AXIS_PX + 14 });
      this.nowBack = svg("rect", { class: "now-back", y: this.height - AXIS_PX + 2, height: 16, width: 62, rx: 2 });
      this.above.append(this.nowBack, this.nowText);
      this.paintNow();
    }

    paintNow() {
      const inside = (ms) => ms >= this.shown.start && ms <= this.shown.stop;
      for (const { craft, node } of this.nows) {
        const ms = craft ? this.model.now(craft) : this.now();
        node.style.display = inside(ms) ? "" : "none";
        if (inside(ms)) for (const end of ["x1", "x2"]) node.setAttribute(end, this.x(ms).toFixed(1));
      }
      const ms = this.now();
      this.nowText.style.display = this.nowBack.style.display = inside(ms) ? "" : "none";
      if (!inside(ms)) return;
      const x = Math.min(this.width - 32, Math.max(LABEL_PX + 32, this.x(ms)));
      this.nowText.setAttribute("x", x.toFixed(1));
      this.nowBack.setAttribute("x", (x - 31).toFixed(1));
      stationwatch.write(this.nowText, stationwatch.format.time(ms));
      for (const hour of this.hours) hour.label.style.display = Math.abs(hour.x - x) < hour.reach ? "none" : "";
    }

    /* The latest generation time that the streams have reached. */
    now() {
      return stationwatch.activities.now(this.model);
    }

    point(event) {
      const box = this.holder.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top + this.holder.scrollTop];
      if (x < LABEL_PX || !this.lanes) {
        this.onPoint(null);
        return;
      }
      const { start, stop } = this.shown;
      const ms = start + ((x - LABEL_PX) / (this.width - LABEL_PX)) * (stop - start);
      const lane = this.lanes.find((one) => y >= one.top && y < one.top + one.height);
      this.onPoint(ms, lane && lane.kind === "contact" ? stationwatch.activities.contactAt(lane, ms) : "");
    }
  }

  /* The later of what was planned, what is asked for and what came of it. */
  function reaches(row) {
    return Math.max(row.end, row.extension, row.over);
  }

  /* The latest generation time that the streams of a model have reached. */
  function now(model) {
    const session = [...model.replays.values()].find((row) => row.root === model.root);
    const known = model.crafts.filter((craft) => craft.id !== model.hello.ingest && model.clocks[craft.id]);
    if (!known.length) return session ? session.start : model.wall();
    return Math.max(...known.map((craft) => model.now(craft.id)));
  }

  stationwatch.activities = { ...stationwatch.activities, TimeLine, now };
})();
