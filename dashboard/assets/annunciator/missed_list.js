/* The list of what was missed, above every page. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, byId } = stationwatch;
  const FATES = { open: "not acknowledged, still so", returned: "back in limits, not acknowledged", acknowledged: "acknowledged", gone: "over" };

  class MissedList {
    constructor(missed, model) {
      this.missed = missed;
      this.model = model;
      this.lines = new Map(); // key -> {event, fate, node}
      this.node = null;
    }

    paint() {
      const { missed } = this;
      if (!missed.items.size && !missed.unknown) {
        if (this.node) byId("missed").replaceChildren();
        this.node = null;
        return;
      }
      if (!this.node) this.build();
      this.fill();
    }

    build() {
      this.lines.clear();
      this.node = element("section", "missed-list");
      this.node.setAttribute("aria-label", "Alarms while you were away");
      this.said = element("b");
      this.said.setAttribute("role", "status");
      const alarms = element("a", "act", "To the alarms");
      alarms.href = stationwatch.address.link("/alarms");
      const dismiss = element("button", "act", "Dismiss");
      dismiss.type = "button";
      dismiss.title = "Nothing is acknowledged by it";
      dismiss.addEventListener("click", () => this.missed.dismiss());
      const head = element("header");
      head.append(this.said, alarms, dismiss);
      this.list = element("ol");
      this.list.tabIndex = 0;
      this.list.setAttribute("aria-label", "What came");
      this.node.append(head, this.list);
      byId("missed").replaceChildren(this.node);
    }

    fill() {
      const { missed, model } = this;
      for (const [key, line] of this.lines) {
        if (missed.items.has(key)) continue;
        line.node.remove();
        this.lines.delete(key);
      }
      for (const [key, event] of missed.items) if (!this.lines.has(key)) this.add(key, event);
      const counts = {};
      for (const line of this.lines.values()) {
        const fate = stationwatch.fateOf(line.event, model.alarms.rows);
        counts[fate.name] = (counts[fate.name] || 0) + 1;
        write(line.fate, fate.text);
      }
      const { time } = stationwatch.format;
      const count = missed.items.size;
      const fates = Object.entries(FATES).filter(([name]) => counts[name]).map(([name, words]) => `${counts[name]} ${words}`);
      const away = `While you were away ${time(missed.from)} to ${time(missed.to)} UTC (${[...missed.words].join("; ")})`;
      const came = count ? `${count} ${count === 1 ? "alarm" : "alarms"}: ${fates.join(", ")}` : "no alarm that still stands";
      const lacking = missed.unknown ? `. What came and went in between is not known: ${missed.unknown}` : "";
      const more = missed.more ? `, and ${missed.more} more: open the journal` : "";
      write(this.said, `${away}: ${came}${more}${lacking}`);
    }

    add(key, event) {
      const { row } = event;
      const look = this.model.looks.severity[row.severity || 0];
      const node = element("li");
      const fate = element("span", "fate");
      node.append(
        element("time", "", stationwatch.format.time(event.t)),
        element("span", `severity-${look.name}`, row.class),
        element("b", "", `${row.spacecraft.toUpperCase()} ${row.name}`),
        element("span", "breach", stationwatch.format.breach(row)),
        fate,
      );
      this.list.prepend(node);
      this.lines.set(key, { event, fate, node });
    }
  }

  Object.assign(stationwatch, { MissedList });
})();
