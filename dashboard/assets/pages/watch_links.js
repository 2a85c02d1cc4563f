/* The links tile: of each spacecraft its sender, what of it is silent, and the next announced gap. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const NAMES = { ku: "Ku-band", "s-band": "S-band", russian: "Russian link" };

  /* The first time from `now` on without contact by a link: {start, end}, end Infinity if unknown;
   * null if none is announced. schedule: {from, to, links, windows: [{link, start, end}]}, ms. */
  function nextGap(schedule, link, now) {
    if (now >= schedule.to) return null;
    const windows = schedule.windows.filter((one) => one.link === link).sort((a, b) => a.start - b.start);
    let reached = Math.max(now, schedule.from);
    for (const { start, end } of windows) {
      if (end <= reached) continue;
      if (start > reached) return { start: reached, end: start };
      reached = end;
    }
    return reached < schedule.to ? { start: reached, end: schedule.to, open: true } : null;
  }

  class LinksTile {
    constructor(root, model) {
      this.model = model;
      this.list = root.querySelector(".link-list");
      this.lines = [];
    }

    paint(change) {
      if (change.all) this.build();
      if (!change.all && !change.second && !change.links && !change.signals) return;
      for (const line of this.lines) this.paintLine(line);
    }

    build() {
      const crafts = this.model.crafts.filter((craft) => craft.id !== this.model.hello.ingest);
      this.lines = crafts.map((craft) => {
        const line = { craft, node: element("div", "link-craft"), state: element("span", "link-state"), heard: element("span", "link-heard"), gaps: element("div", "link-gaps") };
        line.node.append(element("b", "", craft.id.toUpperCase()), line.state, line.heard, line.gaps);
        return line;
      });
      this.list.replaceChildren(...this.lines.map((line) => line.node));
    }

    paintLine({ craft, state, heard, gaps }) {
      const { model } = this;
      const link = model.links[craft.id];
      const look = !link ? ["– NO LINK", "no-data"] : link.online ? ["● LINK", "live"] : ["⊘ LOS", "los"];
      write(state, look[0]);
      classify(state, `link-state ${look[1]}`);
      const words = this.silent(craft);
      write(heard, words.text);
      heard.title = words.text;
      classify(heard, `link-heard ${words.name}`);
      const told = this.gaps(craft);
      if (gaps.told === told.join("\n")) return;
      gaps.told = told.join("\n");
      gaps.replaceChildren(...told.map((text) => {
        const node = element("span", text.startsWith("⊘") ? "link-gap los" : "link-gap", text);
        node.title = text;
        return node;
      }));
    }

    /* What of a spacecraft is not heard, and when that is to end. */
    silent(craft) {
      const { model } = this;
      const systems = [...model.systems.values()].filter((one) => one.craft.id === craft.id && !one.subsystem.derived);
      const old = systems.filter((one) => model.old(one));
      if (!old.length) return { text: `all ${systems.length} subsystems heard`, name: "dim" };
      const now = model.now(craft.id);
      const out = (model.signals[craft.id]?.out || []).filter((one) => one.announced && one.back > now);
      const back = out.length ? Math.min(...out.map((one) => one.back)) : 0;
      const until = back ? `, AOS announced ${stationwatch.format.time(back)} in ${stationwatch.format.left(back - now)}` : "";
      const who = old.length === systems.length ? "nothing is heard" : `${old.map((one) => one.subsystem.id.toUpperCase()).join(", ")} not heard`;
      const never = old.every((one) => one.last === null);
      return { text: `${who}${never ? " so far" : ""}${until}`, name: back ? "los" : never ? "no-data" : "stale" };
    }

    gaps(craft) {
      const schedule = this.model.contacts?.get(craft.id);
      if (!schedule?.windows) return ["no contact schedule"];
      const now = this.model.now(craft.id);
      return schedule.links.map((link) => gapWords(link, nextGap(schedule, link, now), schedule, now));
    }
  }

  function gapWords(link, gap, schedule, now) {
    const { time, left } = stationwatch.format;
    const name = NAMES[link] || link;
    if (now >= schedule.to) return `${name}: nothing announced`;
    if (!gap) return `${name}: no gap until ${stationwatch.format.moment(schedule.to).slice(5, 16)}`;
    if (gap.start <= now) return `⊘ ${name}: announced gap, ${gap.open ? "to the end of the schedule" : `until ${time(gap.end)} in ${left(gap.end - now)}`}`;
    return `${name}: gap ${time(gap.start)} in ${left(gap.start - now)}${gap.open ? "" : `, for ${left(gap.end - gap.start)}`}`;
  }

  Object.assign(stationwatch, { LinksTile, nextGap });
})();
