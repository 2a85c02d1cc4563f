/* What is asked for: parameters, range, live or not; views kept by name; export of what is shown. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const RANGES = ["5m", "15m", "1h", "6h", "24h", "7d"];
  const AS_IT_SHOULD = ["LIVE", "SIM", "PLAYED", "REPLAY", "TRAINING"];

  class TrendsBar {
    constructor(node, model, view) {
      this.model = model;
      this.view = view;
      this.picker = new stationwatch.TrendsPicker(model, (key) => view.add(key));
      const live = element("div", "group");
      live.setAttribute("role", "group");
      live.setAttribute("aria-label", "Follow the stream");
      live.append(element("span", "caption", "Last"));
      this.ranges = RANGES.map((range) => {
        const made = button(range, `The last ${range}, following the stream`, () => view.show({ range }));
        made.dataset.range = range;
        live.append(made);
        return made;
      });
      const fixed = element("form", "group");
      this.from = field("From", "From: 2021-10-15 09:12, 2021/288 09:12, 288/09:12, 09:12, now-2h");
      this.to = field("To", "To: as From; empty is now");
      const show = button("Show", "Show this range", () => {});
      show.type = "submit";
      fixed.append(...labelled("From", this.from), ...labelled("to", this.to), show);
      fixed.addEventListener("submit", (event) => {
        event.preventDefault();
        document.activeElement?.blur();
        view.show({ from: this.from.value.trim(), to: this.to.value.trim() });
      });
      this.age = element("span", "age-badge no-data");
      this.lanes = button("Lanes", "Each parameter in a lane of its own, or on axes by unit", () => view.inLanes(!view.lanes));
      this.back = button("↩ Back", "The range before (double-click on the chart, Backspace)", () => view.back());
      this.exports = menu("Export ▾", "Export what is shown");
      this.exports.list.append(
        button("CSV, every sample", "As `stationwatch export` writes it", () => this.save("csv")),
        button("Parquet, every sample", "As `stationwatch export` writes it", () => this.save("parquet")),
        button("PNG, the chart", "The chart as a picture", () => this.picture()),
      );
      this.views = menu("Views ▾", "Views that were kept, and sets that were shown", () => this.fillViews());
      node.append(this.picker.node, live, fixed, this.lanes, this.back, this.views.node, this.exports.node, this.age);
    }

    paint() {
      const { view } = this;
      for (const one of this.ranges) one.setAttribute("aria-pressed", String(view.span.range === one.dataset.range));
      this.lanes.setAttribute("aria-pressed", String(view.lanes));
      this.back.disabled = view.past.length === 0;
      const { answer } = view;
      if (answer && !view.asking) {
        this.say(this.from, answer.start);
        this.say(this.to, answer.stop);
      }
      this.paintAge();
    }

    /* What is being typed stays. */
    say(input, ms) {
      if (document.activeElement === input) return;
      input.value = stationwatch.trends.moment(ms);
    }

    refused(error) {
      for (const input of [this.from, this.to]) input.setAttribute("aria-invalid", String(Boolean(error)));
    }

    /* Live: how old the newest of what is shown is, and whether it comes as it should. */
    paintAge() {
      const { view, model } = this;
      if (!view.follows) {
        write(this.age, "■ FIXED RANGE");
        this.age.title = "This range does not follow the stream";
        classify(this.age, "age-badge fixed");
        return;
      }
      const points = view.keys_.map((key) => model.point(key)).filter(Boolean);
      if (!points.length) {
        write(this.age, "");
        return;
      }
      const systems = [...new Set(points.map((one) => one.system))];
      const worst = systems.find((one) => !AS_IT_SHOULD.includes(one.freshness)) || systems[0];
      const look = model.looks.freshness[worst.freshness];
      const heard = Math.max(...systems.map((one) => (one.last ? one.last.t : NaN)).filter(Number.isFinite));
      const age = Number.isFinite(heard) ? `, newest ${stationwatch.format.age(model.now(points[0].craft.id) - heard)} ago` : "";
      write(this.age, `${look.symbol} ${look.word}${age}`);
      this.age.title = systems.map((one) => `${one.craft.id}/${one.subsystem.id}: ${one.freshness}`).join("\n");
      classify(this.age, `age-badge ${look.name}`);
    }

    fillViews() {
      const { list } = this.views;
      const form = element("form", "keep");
      const name = element("input");
      name.placeholder = "name of this view";
      name.maxLength = 60;
      name.setAttribute("aria-label", "Name of this view");
      const keep = button("Keep", "Keep this view under that name, in this browser", () => {});
      keep.type = "submit";
      form.append(name, keep);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!name.value.trim()) return;
        stationwatch.trends.keep(name.value.trim(), this.view.query());
        this.fillViews();
      });
      const copy = button("Copy the address of this view", "A colleague who opens it sees the same", () => this.copy());
      list.replaceChildren(form, copy, ...this.kept(), ...this.recent());
    }

    kept() {
      return stationwatch.trends.kept().map(({ name, query }) => {
        const line = element("div", "line");
        const forget = button("×", `Forget ${name}`, () => {
          stationwatch.trends.forget(name);
          this.fillViews();
        });
        line.append(button(name, `${name}: ${query}`, () => this.open(query)), forget);
        return line;
      });
    }

    recent() {
      const sets = stationwatch.trends.recent();
      if (!sets.length) return [];
      return [
        element("p", "caption", "Shown lately"),
        ...sets.map((keys) => {
          const words = stationwatch.trends.names(this.model, keys);
          return button(words, words, () => {
            this.views.node.open = false;
            this.view.choose(keys);
          });
        }),
      ];
    }

    open(query) {
      this.views.node.open = false;
      this.view.open(query);
    }

    /* The address of what is shown: a range that follows is sent as it stands. */
    async copy() {
      this.views.node.open = false;
      try {
        await navigator.clipboard.writeText(location.href);
        stationwatch.notify("trends-copied", "Trends", "The address of this view is copied.");
      } catch {
        stationwatch.notify("trends-copied", "Trends", `Copy it from the browser's address bar: ${location.href}`);
      }
    }

    async save(kind) {
      this.exports.node.open = false;
      const { answer } = this.view;
      if (!answer || !this.view.keys_.length) {
        stationwatch.notify("trends-export", "Export", "Nothing is shown.");
        return;
      }
      // as shown: also of a range that follows
      const span = { from: new Date(answer.start).toISOString(), to: new Date(answer.stop).toISOString() };
      const ask = new URLSearchParams({ ...this.view.parameters(), ...span });
      ask.delete("range");
      try {
        const got = await fetch(`/trends/export.${kind}?${ask}`);
        if (!got.ok) {
          stationwatch.notify("trends-export", "Not exported", await got.text());
          return;
        }
        const name = /filename="([^"]+)"/.exec(got.headers.get("content-disposition"))[1];
        const url = URL.createObjectURL(await got.blob());
        const link = element("a");
        Object.assign(link, { href: url, download: name });
        link.click();
        setTimeout(() => URL.revokeObjectURL(url), 10000);
      } catch {
        stationwatch.notify("trends-export", "Not exported", "The console does not answer.");
      }
    }

    async picture() {
      this.exports.node.open = false;
      const { answer } = this.view;
      if (!answer || !this.view.keys_.length || !window.Plotly) return;
      const banner = stationwatch.byId("mode-banner")?.textContent;
      const range = `${stationwatch.trends.moment(answer.start)} to ${stationwatch.trends.moment(answer.stop)} UTC`;
      await this.view.plot.picture([banner, range].filter(Boolean).join("   "));
    }
  }

  function button(text, title, act) {
    const made = element("button", "act", text);
    made.type = "button";
    made.title = title;
    if (text.length < 3) made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    return made;
  }

  function field(name, title) {
    const input = element("input", "moment");
    input.title = title;
    input.setAttribute("aria-label", `${name}, UTC`);
    input.maxLength = 40;
    input.spellcheck = false;
    input.autocomplete = "off";
    input.addEventListener("focus", () => input.select());
    return input;
  }

  const labelled = (caption, input) => [element("span", "caption", caption), input];

  /* A list that opens under a button, and closes when something else is pressed. */
  function menu(text, title, fill) {
    const node = element("details", "menu");
    const summary = element("summary", "act", text);
    summary.title = title;
    const list = element("div", "menu-list");
    node.append(summary, list);
    node.addEventListener("toggle", () => {
      if (node.open && fill) fill();
    });
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      node.open = false;
      summary.focus();
    });
    node.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !node.contains(event.relatedTarget)) node.open = false;
    });
    document.addEventListener("pointerdown", (event) => {
      if (node.open && !node.contains(event.target)) node.open = false;
    });
    return { node, list };
  }

  Object.assign(stationwatch, { TrendsBar });
})();
