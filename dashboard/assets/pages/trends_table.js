/* One line a parameter: what stands at the cursor and between the pins; what the range comes to. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;

  const STATISTICS = [
    ["count", "n", "Samples in the range that are valid"],
    ["min", "min", "The least sample"],
    ["max", "max", "The greatest sample"],
    ["mean", "mean", "Mean of the samples, each counted once"],
    ["std", "std", "Standard deviation; ≥ where only buckets are read and the spread in each is not known"],
    ["first", "first", "The first sample of the range; – where only buckets are read: zoom in"],
    ["last", "last", "The last sample of the range; – where only buckets are read: zoom in"],
    ["p5", "p5", "5th percentile; – where only buckets are read: zoom in"],
    ["p50", "median", "Median; – where only buckets are read: zoom in"],
    ["p95", "p95", "95th percentile; – where only buckets are read: zoom in"],
  ];

  class TrendsTable {
    constructor(node, model, view) {
      this.node = node;
      this.model = model;
      this.view = view;
      this.rows = [];
    }

    build(answer) {
      const table = element("table");
      const head = element("thead");
      const line = element("tr");
      this.heads = {};
      line.append(column("", "which"), column("Parameter", "which"));
      for (const [name, text] of [["at", "Cursor"], ["a", "A"], ["b", "B"], ["difference", "B − A"], ["rate", "per s"]]) {
        this.heads[name] = column(text, `cursor-column ${name}`);
        line.append(this.heads[name]);
      }
      for (const [what, text, title] of STATISTICS) line.append(column(text, `statistic of-${what}`, title));
      line.append(column("in alarm", "statistic", "How long any alarm of it stood in the range, by the journal"), column("", "which"));
      head.append(line);
      const body = element("tbody");
      this.rows = answer.rows.map((row, n) => this.row(row, n));
      body.append(...this.rows.map((one) => one.node));
      table.append(head, body);
      this.note = element("p", "what-else");
      // the focus stays on what is worked with
      const focused = document.activeElement?.closest?.(".trends-table tr")?.dataset.key;
      const which = document.activeElement?.className;
      this.node.replaceChildren(...(answer.rows.length ? [table, this.note] : []));
      if (focused) [...this.node.querySelectorAll("tr")].find((one) => one.dataset.key === focused)?.querySelector(`.${which}`)?.focus();
    }

    /* As high as it will be, before the answer is there: the chart is asked for in its size. */
    expect(keys) {
      const known = keys.filter((key) => this.model.point(key));
      if (known.join() === this.rows.map(({ row }) => row.key).join()) return;
      const unknown = Object.fromEntries(STATISTICS.map(([what]) => [what, null]));
      this.build({ rows: known.map((key) => ({ key, ...unknown, violated: undefined, colour: "var(--dim)" })) });
      this.paint(this.view.plot);
    }

    clear() {
      this.heads = null;
      this.rows = [];
      this.node.replaceChildren();
    }

    row(row, n) {
      const point = this.model.point(row.key);
      const { parameter } = point;
      const node = element("tr");
      node.dataset.key = row.key;
      const number = element("td", "number", String(n + 1));
      number.style.setProperty("--own", row.colour);
      const name = element("td", "name");
      const choose = element("button", "choose", parameter.name);
      choose.type = "button";
      choose.title = `${parameter.name} (${row.key}): definition, limits, response`;
      choose.addEventListener("click", () => stationwatch.choose(row.key));
      const words = element("div");
      words.append(choose, element("span", "unit", parameter.unit));
      name.append(words);
      const cells = {};
      for (const one of ["at", "a", "b", "difference", "rate"]) cells[one] = element("td", `cursor-column ${one}`);
      const statistics = STATISTICS.map(([what]) => element("td", `statistic of-${what}`, said(row, parameter, what)));
      for (const cell of statistics) cell.title = cell.textContent.length > 9 ? cell.textContent : "";
      const end = element("td");
      const remove = element("button", "remove", "×");
      remove.type = "button";
      remove.setAttribute("aria-label", `Remove ${parameter.name}`);
      remove.title = `Remove ${parameter.name}`;
      remove.addEventListener("click", () => this.view.remove(row.key));
      end.append(remove);
      node.append(number, name, ...Object.values(cells), ...statistics, this.violated(row), end);
      node.title = row.width ? `Buckets of ${stationwatch.trends.width(row.width)}: least, mean and greatest of each` : "Every sample";
      return { node, row, cells };
    }

    violated(row) {
      const made = element("td", "statistic in-alarm");
      if (row.violated === undefined) made.textContent = "–";
      else if (row.violated === null) {
        made.textContent = "?";
        made.title = "The journal cannot be read";
      } else if (row.violated > 0) {
        const look = this.model.looks.severity[row.severity];
        made.textContent = `${look.symbol} ${stationwatch.trends.lasted(row.violated * 1000)}`;
        made.title = `${look.word} at worst, in alarm for ${stationwatch.trends.lasted(row.violated * 1000)} of this range`;
        made.classList.add(`severity-${look.name}`);
      } else made.textContent = "0";
      return made;
    }

    /* Values at the cursor and at the pins, as the plot has them. */
    paint(plot) {
      if (!this.heads) return;
      const { a, b } = plot.pins;
      const both = Number.isFinite(a) && Number.isFinite(b);
      const pinned = Number.isFinite(a) || Number.isFinite(b);
      classify(this.node, `trends-table${pinned ? " pinned" : ""}`);
      const wide = plot.shown.stop - plot.shown.start;
      const clock = (ms) => (Number.isFinite(ms) ? stationwatch.trends.clock(ms, wide) : "");
      write(this.heads.at, `Cursor ${clock(plot.at)}`);
      write(this.heads.a, `A ${clock(a)}`);
      write(this.heads.b, `B ${clock(b)}`);
      write(this.heads.difference, both ? `B − A, ${stationwatch.trends.lasted(Math.abs(b - a))}` : "B − A");
      for (const { row, cells } of this.rows) {
        const found = { at: plot.value(row.key, plot.at), a: plot.value(row.key, a), b: plot.value(row.key, b) };
        for (const name of ["at", "a", "b"]) {
          const ms = name === "at" ? plot.at : plot.pins[name];
          const outside = ms < plot.shown.start || ms > plot.shown.stop;
          write(cells[name], Number.isFinite(ms) ? (outside ? "not shown" : value(row, found[name])) : "");
          cells[name].title = found[name] && cells[name].textContent.length > 16 ? cells[name].textContent : "";
        }
        const change = both ? difference(row, found.a, found.b) : NaN;
        write(cells.difference, Number.isFinite(change) ? signed(change) : "");
        const rate = change / ((b - a) / 1000);
        write(cells.rate, Number.isFinite(rate) ? signed(rate) : "");
      }
      this.paintElse(plot);
    }

    /* What else went on at the cursor. */
    paintElse(plot) {
      const ms = Number.isFinite(plot.at) ? plot.at : NaN;
      const there = (this.view.answer?.marks || []).filter((mark) => mark.start <= ms && ms < mark.stop);
      const words = there.map((mark) => {
        if (mark.kind !== "alarm") return mark.title;
        const look = this.model.looks.severity[mark.severity];
        return `${look.symbol} ${look.word}: ${mark.title}`;
      });
      const text = words.length ? words.join("   ·   ") : Number.isFinite(ms) ? "At the cursor: no activity, no alarm of these." : "Point at the chart for values; click pins A, then B. Drag zooms, shift-drag moves, the wheel zooms about the cursor, double-click goes back.";
      write(this.note, text);
      this.note.title = words.length ? words.join("\n") : text;
    }
  }

  function column(text, className, title) {
    const made = element("th", className, text);
    made.scope = "col";
    if (title) made.title = title;
    return made;
  }

  /* One statistic in words; – for what is not known or means nothing. */
  function said(row, parameter, what) {
    const given = row[what];
    if (given === null) return "–";
    if (what === "count" && row.count === 0) return "NO DATA";
    if (what === "count") return row.names && row.changes !== null ? `${row.count}, ${row.changes} chg` : String(row.count);
    if (typeof given === "string") return given;
    const text = row.integer && ["min", "max", "first", "last"].includes(what) ? String(given) : stationwatch.format.number(given);
    return what === "std" && row.std_least ? `≥ ${text}` : text;
  }

  function value(row, found) {
    if (found === null) return "no data";
    if (row.names) return row.names[found.value ?? found.mean] ?? "–";
    const number = (one) => (row.integer && Number.isInteger(one) ? String(one) : stationwatch.format.number(one));
    if (found.value !== undefined) return number(found.value);
    return found.low === found.high ? number(found.mean) : `${number(found.mean)} [${number(found.low)} ${number(found.high)}]`;
  }

  function difference(row, a, b) {
    if (row.names || !a || !b) return NaN;
    return (b.value ?? b.mean) - (a.value ?? a.mean);
  }

  const signed = (one) => `${one < 0 ? "−" : "+"}${stationwatch.format.number(Math.abs(one))}`;

  Object.assign(stationwatch, { TrendsTable });
})();
