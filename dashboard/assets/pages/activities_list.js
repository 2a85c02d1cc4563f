/* The list of activities: what is on and what comes first, what is over on request, filtered. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const SHOWS = { open: "Not over", over: "Over", all: "All" };
  const RANK = { "in-force": 0, late: 1, proposed: 2, approved: 2, closed: 3, aborted: 3 };

  class ActivityList {
    /* onChoose(id), onShow(name): of SHOWS; buttons: nodes beside the filter. */
    constructor(root, model, { onChoose, onShow, buttons }) {
      Object.assign(this, { model, onChoose, onShow });
      this.shows = "open";
      const bar = element("div", "list-head");
      this.tabs = Object.entries(SHOWS).map(([name, text]) => {
        const tab = element("button", "act", text);
        tab.type = "button";
        tab.dataset.shows = name;
        tab.addEventListener("click", () => this.show(name));
        return tab;
      });
      this.filter = element("input", "filter");
      Object.assign(this.filter, { type: "search", placeholder: "Filter: title, id, kind, people", maxLength: 80 });
      this.filter.setAttribute("aria-label", "Filter the activities");
      this.filter.addEventListener("input", () => this.build());
      bar.append(...this.tabs, this.filter, ...buttons);
      this.list = element("ul", "list");
      this.note = element("p", "dim no-line");
      root.append(bar, this.note, this.list);
      this.lines = [];
      this.given = { rows: [], chosen: "" };
      this.mark();
    }

    show(name) {
      this.shows = SHOWS[name] ? name : "open";
      this.mark();
      this.onShow(this.shows);
      this.build();
    }

    mark() {
      for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.shows === this.shows));
    }

    /* given: {rows, chosen}; rows of all activities, over or not. */
    set(given) {
      this.given = given;
      this.build();
    }

    build() {
      const { rows, chosen } = this.given;
      const { look, isOver } = stationwatch.activities;
      const wanted = this.filter.value.trim().toLowerCase();
      const place = (row) => RANK[look(row, this.model.now(row.spacecraft)).name];
      const shown = rows.filter((row) => this.shows === "all" || isOver(row) === (this.shows === "over")).filter((row) => !wanted || said(row).includes(wanted));
      shown.sort((a, b) => place(a) - place(b) || (isOver(a) ? b.start - a.start : a.start - b.start));
      const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      const scrolled = this.list.scrollTop;
      this.lines = shown.map((row) => this.line(row, row.id === chosen));
      this.list.replaceChildren(...this.lines.map((line) => line.item));
      this.list.scrollTop = scrolled;
      if (focused) this.lines.find((line) => line.row.id === focused)?.node.focus();
      const none = wanted ? "None fits the filter." : { open: "Nothing is planned.", over: "None is known that is over.", all: "None is known." }[this.shows];
      write(this.note, shown.length ? "" : none);
      this.paint();
    }

    line(row, chosen) {
      const item = element("li");
      const node = element("button", "line-row");
      node.type = "button";
      node.dataset.id = row.id;
      node.setAttribute("aria-pressed", String(chosen));
      const title = element("b", "title", row.title);
      title.title = row.title;
      const line = { row, item, node, state: element("span", "state"), clock: element("span", "clock"), window: element("span", "window"), go: element("span", "go-mark") };
      const about = element("span", "about dim", `${row.spacecraft.toUpperCase()} · ${row.kind}`);
      about.title = `${row.id}, ${row.people}`;
      node.append(line.state, title, line.clock, about, line.go, line.window);
      node.addEventListener("click", () => this.onChoose(row.id));
      item.append(node);
      return line;
    }

    /* What time changes. */
    paint() {
      const { look, clock, windowWords } = stationwatch.activities;
      for (const { row, state, clock: left, window, go } of this.lines) {
        const now = this.model.now(row.spacecraft);
        const { symbol, word, name } = look(row, now);
        write(state, `${symbol} ${word}`);
        classify(state, `state ${name}`);
        write(left, row.extension && now < row.end ? "MORE TIME ASKED" : clock(row, now));
        write(window, windowWords(row, now));
        const said = stationwatch.plans.verdict(row, now);
        write(go, row.check || row.hazardous ? said.text : "");
        go.title = said.text;
        classify(go, `go-mark ${said.name}`);
        window.title = `${windowWords(row, now)} UTC`;
      }
    }

    /* The id before (-1) or after (1) the chosen one. */
    beside(step) {
      const at = this.lines.findIndex((line) => line.row.id === this.given.chosen);
      const line = this.lines[at < 0 ? 0 : Math.min(this.lines.length - 1, Math.max(0, at + step))];
      line?.node.scrollIntoView({ block: "nearest" });
      return line ? line.row.id : null;
    }
  }

  function said(row) {
    return [row.title, row.id, row.kind, row.people, row.state, row.comment].join(" ").toLowerCase();
  }

  stationwatch.activities = { ...stationwatch.activities, ActivityList };
})();
