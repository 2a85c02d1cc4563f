/* The plan strip: what is going on and what comes next, against the stream's clock. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const SHOWN = 3;
  const SURE_WITHIN_MS = 4000;

  class Plan {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.lines = new Map(); // "craft/activity" -> {node, row, ...}
      this.opened = new Set(); // of the lines that the operator has opened
      this.all = false;
      this.changed = true;
    }

    /* change: as a page's view gets it. */
    paint(change) {
      const now = (row) => this.model.now(row.spacecraft);
      const places = (row) => place(row, now(row));
      const rows = [...this.model.plans.rows.values()].sort((a, b) => rank(places(a)) - rank(places(b)) || a.start - b.start);
      const shown = this.all ? rows : rows.slice(0, SHOWN);
      const order = shown.map((row) => `${row.id} ${row.version} ${places(row)}`).join();
      if (this.changed || change.plans || change.all || order !== this.order) this.build(rows, shown, places);
      this.order = order;
      for (const line of this.lines.values()) paintLine(line, places(line.row), now(line.row), this.model);
    }

    build(rows, shown, places) {
      for (const [id, line] of this.lines) {
        if (!shown.includes(line.row) || line.where !== places(line.row)) this.lines.delete(id);
      }
      for (const row of shown) if (!this.lines.has(row.id)) this.lines.set(row.id, this.line(row, places(row)));
      const nodes = shown.map((row) => this.lines.get(row.id).node);
      if (rows.length > SHOWN) {
        const more = element("button", "plan-more", this.all ? "fewer" : `+ ${rows.length - shown.length} more`);
        more.type = "button";
        more.addEventListener("click", () => {
          this.all = !this.all;
          this.changed = true;
          stationwatch.wake();
        });
        nodes.push(more);
      }
      this.root.replaceChildren(...nodes);
      this.changed = false;
    }

    line(row, where) {
      const node = element("details", "plan-line");
      node.open = this.opened.has(row.id);
      node.addEventListener("toggle", () => (node.open ? this.opened.add(row.id) : this.opened.delete(row.id)));
      node.dataset.plan = row.id;
      const summary = element("summary");
      const line = {
        node, row, where,
        when: element("b", "plan-when"), window: element("span", "plan-window"),
        budget: element("span", "plan-budget"),
      };
      const check = element("span", `plan-check ${!row.check ? "none" : row.check.go ? "go" : "no-go"}`, checkWords(row));
      check.title = row.check ? row.check.items.map(itemWords).join("\n") : "no configuration check was made yet";
      const title = element("span", "plan-title", stationwatch.format.titled(row.spacecraft, row.title));
      title.title = [row.title, ...row.permits].join("\n");
      const buttons = element("span", "plan-buttons");
      for (const verb of row.verbs.filter((one) => possible(one, row, where))) buttons.append(this.button(row, verb));
      summary.append(line.when, title, line.window, element("span", "plan-state", stateWords(row)), check, line.budget, buttons);
      node.append(summary, about(row));
      return line;
    }

    button(row, verb) {
      const noGo = verb === "start" && row.check !== null && !row.check.go;
      const words = noGo ? "start in spite of NO-GO" : verb === "approve" && row.extension ? "approve more time" : verb;
      const button = element("button", `act ${noGo ? "no-go" : ""}`, words);
      button.type = "button";
      const careful = noGo || verb === "abort" || verb === "close";
      let sureUntil = 0;
      button.addEventListener("click", (event) => {
        event.preventDefault(); // it stands in a summary, which would open
        const now = performance.now();
        if (careful && now > sureUntil) {
          sureUntil = now + SURE_WITHIN_MS;
          button.textContent = `${words}: sure?`;
          setTimeout(() => (button.textContent = words), SURE_WITHIN_MS);
          return;
        }
        sureUntil = 0;
        this.request(row, verb, noGo);
      });
      return button;
    }

    request(row, verb, override) {
      stationwatch.ask.plan(verb, row, { comment: this.comment ? this.comment() : "", override });
    }
  }

  function place(row, now) {
    if (now >= row.end) return "OVER";
    return now >= row.start ? "NOW" : "NEXT";
  }

  /* What the window lets be done: nothing starts after it, and only what was started ends in it. */
  function possible(verb, row, where) {
    if (verb === "start") return where !== "OVER";
    return verb !== "close" || where === "OVER" || row.state === "STARTED";
  }

  function rank(where) {
    return { NOW: 0, OVER: 1, NEXT: 2 }[where];
  }

  function stateWords(row) {
    return row.extension ? `${row.state}, more time to ${stationwatch.format.time(row.extension)} asked for` : row.state;
  }

  function checkWords(row) {
    if (!row.check) return "– not checked";
    if (row.check.go) return "✓ GO";
    return `✖ NO-GO (${row.check.items.filter((item) => !item.go).length})`;
  }

  function itemWords(item) {
    return `${item.go ? "✓ go" : "✖ NO-GO"} ${item.name}${item.reason ? `: ${item.reason}` : ""}`;
  }

  function about(row) {
    const node = element("div", "plan-about");
    const facts = element("div", "", [row.kind, ...row.permits, row.people, row.comment].filter(Boolean).join(" · "));
    const list = element("ul");
    for (const item of row.check ? row.check.items : []) list.append(element("li", item.go ? "go" : "no-go", itemWords(item)));
    if (row.check) node.append(element("div", "dim", `checked at ${stationwatch.format.time(row.check.t)} UTC`));
    node.prepend(facts);
    node.append(list);
    return node;
  }

  function paintLine(line, where, now, model) {
    const { row } = line;
    const inForce = row.state === "APPROVED" || row.state === "STARTED";
    write(line.when, { NOW: inForce ? "▶ NOW" : "▷ NOW", NEXT: "◷ NEXT", OVER: "■ OVER" }[where]);
    classify(line.node, `plan-line ${where.toLowerCase()}${inForce ? " in-force" : ""}`);
    const window = `${stationwatch.format.time(row.start)}–${stationwatch.format.time(row.end)}`;
    const left = {
      NOW: `closes in ${stationwatch.format.left(row.end - now)}`,
      NEXT: `opens in ${stationwatch.format.left(row.start - now)}`,
      OVER: `closed ${stationwatch.format.age(now - row.end)} ago`,
    }[where];
    write(line.window, `${window} ${left}`);
    const used = where === "NEXT" ? [] : row.budgets.map(({ key, name }) => {
      const budget = model.point(key);
      return budget && typeof budget.value === "number" ? `${name} ${budget.value.toFixed(0)} %` : "";
    }).filter(Boolean);
    write(line.budget, used.length ? `used: ${used.join(", ")}` : "");
  }

  Object.assign(stationwatch, { Plan });
})();
