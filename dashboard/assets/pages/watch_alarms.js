/* The open alarms of the watch page: what is not acknowledged first, the severe first, with a button.
 *
 * While somebody points at the list its order is kept, and what is new stands below: a row must not
 * slide away under the finger that acknowledges it.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const MOST = 40;

  const quiet = (row) => row.last || row.late || row.silenced;

  /* Unacknowledged and heard first, then by severity, the newest first. */
  function order(a, b) {
    return urgent(b) - urgent(a) || quiet(a) - quiet(b) || b.severity - a.severity || b.since - a.since || (a.id < b.id ? -1 : 1);
  }

  const urgent = (row) => Number(row.unacknowledged && !quiet(row));

  class WatchAlarms {
    constructor(root, model) {
      this.model = model;
      this.list = root.querySelector(".alarm-list");
      this.classes = root.querySelector(".alarm-classes");
      this.all = root.querySelector(".alarm-all");
      this.more = root.querySelector(".alarm-more");
      this.lines = new Map(); // row id -> {node, row, age, button}
      this.all.addEventListener("click", () => this.acknowledge([...this.lines.values()].map((line) => line.row)));
      this.all.title = "Acknowledge every unacknowledged alarm that stands in this list now";
    }

    /* Rows that are open; those held back as consequences of an incident are counted only. */
    open() {
      const rows = [...this.model.alarms.rows.values()].filter((row) => row.occurrence !== "");
      return { shown: rows.filter((row) => !row.last), held: rows.filter((row) => row.last).length };
    }

    paint(change) {
      if (change.alarms || change.all) this.build();
      if (change.alarms || change.all || change.second) for (const line of this.lines.values()) this.paintLine(line);
      this.paintAll();
    }

    build() {
      const { shown, held } = this.open();
      shown.sort(order);
      const kept = this.list.matches(":hover") || this.list.contains(document.activeElement);
      const before = [...this.lines.keys()];
      const place = (row) => (before.includes(row.id) ? before.indexOf(row.id) : before.length);
      if (kept) shown.sort((a, b) => place(a) - place(b));
      const listed = shown.slice(0, MOST);
      const known = this.lines;
      this.lines = new Map();
      for (const row of listed) {
        const line = known.get(row.id) || this.line(row.id);
        line.row = row;
        this.lines.set(row.id, line);
      }
      const nodes = [...this.lines.values()].map((line) => line.node);
      if (!nodes.length) nodes.push(element("li", "none dim", this.model.alarmsKnown ? "○ No open alarm" : "? Alarm state is not known"));
      // moving a node takes the focus from its button, so only what differs is moved
      if (nodes.length !== this.list.children.length || nodes.some((node, i) => node !== this.list.children[i])) this.list.replaceChildren(...nodes);
      const words = [];
      if (shown.length > MOST) words.push(`${shown.length - MOST} more`);
      if (held) words.push(`${held} held back as consequences`);
      write(this.more, words.length ? `${words.join(", ")}: all alarms` : "All alarms");
      this.paintClasses(shown);
    }

    paintClasses(shown) {
      const parts = [4, 3, 2, 1].map((severity) => {
        const rows = shown.filter((row) => row.severity === severity);
        if (!rows.length) return null;
        const look = this.model.looks.severity[severity];
        const part = element("span", `severity-${look.name}`, `${look.symbol} ${rows.length}`);
        part.title = `${rows.length} ${look.word}, ${rows.filter(urgent).length} not acknowledged`;
        return part;
      });
      this.classes.replaceChildren(...parts.filter(Boolean));
    }

    line(id) {
      const line = { node: element("li"), row: null, mark: element("b", "alarm-mark"), name: element("span", "alarm-name"), said: element("span", "alarm-said"), age: element("span", "alarm-age"), end: element("span", "alarm-end") };
      line.button = element("button", "act", "ACK");
      line.button.type = "button";
      line.button.addEventListener("click", () => this.acknowledge([line.row]));
      line.by = element("span", "alarm-by dim");
      line.name.addEventListener("click", () => stationwatch.choose(`${line.row.spacecraft}/${line.row.subject}`));
      line.end.append(line.button, line.by);
      line.node.dataset.alarm = id;
      line.node.append(line.mark, line.name, line.age, line.end, line.said);
      return line;
    }

    paintLine({ node, row, mark, name, said, age, button, by }) {
      const look = this.model.looks.severity[row.severity];
      write(mark, `${look.symbol} ${look.word}`);
      classify(mark, `alarm-mark severity-${look.name}`);
      write(name, `${row.spacecraft.toUpperCase()} ${row.name}`);
      name.title = `${row.spacecraft.toUpperCase()} ${row.name} (${row.subject})`;
      const words = [stationwatch.format.breach(row), row.state].filter(Boolean).join(" · ");
      write(said, words);
      said.title = words;
      write(age, stationwatch.format.age(this.model.now(row.spacecraft) - row.since));
      age.title = `since ${row.since_utc}`;
      const asked = stationwatch.ask.waiting(row.id);
      button.hidden = !row.unacknowledged;
      button.disabled = asked;
      write(button, asked ? "…" : "ACK");
      button.setAttribute("aria-label", `Acknowledge ${look.word} ${row.name}`);
      write(by, row.unacknowledged ? "" : `✓ ${row.by || "acknowledged"}`);
      by.title = row.comment ? `${row.by}: ${row.comment}` : row.by;
      classify(node, urgent(row) ? "urgent" : quiet(row) ? "quiet" : "");
    }

    paintAll() {
      const count = [...this.lines.values()].filter((line) => line.row.unacknowledged).length;
      const disabled = count === 0;
      if (this.all.disabled !== disabled) this.all.disabled = disabled;
      write(this.all, count ? `ACK all shown (${count})` : "ACK all shown");
    }

    acknowledge(rows) {
      const meant = rows.filter((row) => row.unacknowledged);
      if (meant.length) stationwatch.ask.alarm("acknowledge", meant);
    }

    /* To the first button that acknowledges; Enter then does. */
    focus() {
      const first = [...this.lines.values()].find((line) => line.row.unacknowledged);
      first?.button.focus();
      return Boolean(first);
    }
  }

  Object.assign(stationwatch, { WatchAlarms });
})();
