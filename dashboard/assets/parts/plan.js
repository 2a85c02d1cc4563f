/* The plan strip: what is going on and what comes next, against the stream's clock. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const SHOWN = 3;
  const VERBS = ["approve", "start", "close", "abort"]; // the activities' own page has all
  const SURE_WITHIN_MS = 4000;
  const CHECK_OLD_MS = 60000;

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
      const node = element("div", "plan-line");
      node.dataset.plan = row.id;
      const fold = element("details");
      fold.open = this.opened.has(row.id);
      fold.addEventListener("toggle", () => (fold.open ? this.opened.add(row.id) : this.opened.delete(row.id)));
      const summary = element("summary");
      const line = {
        node, row, where,
        when: element("b", "plan-when"), window: element("span", "plan-window"),
        budget: element("span", "plan-budget"), check: element("span"),
      };
      const { check } = line;
      check.title = row.check ? row.check.items.map(itemWords).join("\n") : "no configuration check was made yet";
      const title = element("span", "plan-title", stationwatch.format.titled(row.spacecraft, row.title));
      title.title = [row.title, ...row.permits].join("\n");
      const state = element("span", "plan-state", stateWords(row));
      state.title = stateWords(row);
      const buttons = element("span", "plan-buttons");
      for (const verb of row.verbs.filter((one) => VERBS.includes(one) && possible(one, row, where))) {
        buttons.append(verb === "start" && row.check && !row.check.go ? inSpite(row) : this.button(row, verb));
      }
      summary.append(line.when, title, line.window, state, check, line.budget);
      fold.append(summary, about(row));
      node.append(fold, buttons); // a summary is a button itself, and can hold none
      return line;
    }

    button(row, verb) {
      const words = verb === "approve" && row.extension ? "approve more time" : verb;
      const button = element("button", "act", words);
      button.type = "button";
      const careful = verb === "abort" || verb === "close";
      let sureUntil = 0;
      button.addEventListener("click", () => {
        const now = performance.now();
        if (careful && now > sureUntil) {
          sureUntil = now + SURE_WITHIN_MS;
          button.textContent = `${words}: sure?`;
          setTimeout(() => (button.textContent = words), SURE_WITHIN_MS);
          return;
        }
        sureUntil = 0;
        stationwatch.plans.askTelling(verb, row, {});
      });
      return button;
    }
  }

  /* A start in spite of no-go needs a reason: that is asked for where all of the check is seen. */
  function inSpite(row) {
    const link = element("a", "act no-go", "NO-GO: to the check");
    link.href = stationwatch.address.link("/activities", { activity: row.id });
    link.title = "Start all the same, with a reason";
    return link;
  }

  function place(row, now) {
    if (now >= row.end) return "OVER";
    return now >= row.start ? "NOW" : "NEXT";
  }

  /* What the window lets be done: nothing starts or becomes longer after it, and only what was started ends in it. */
  function possible(verb, row, where) {
    if (verb === "start" || (verb === "approve" && row.extension)) return where !== "OVER";
    return verb !== "close" || where === "OVER" || row.state === "STARTED";
  }

  function rank(where) {
    return { NOW: 0, OVER: 1, NEXT: 2 }[where];
  }

  function stateWords(row) {
    return row.extension ? `${row.state}, more time to ${stationwatch.format.time(row.extension)} asked for` : row.state;
  }

  /* Go or no-go: {text, name, old}. Until its window opens an activity is checked again and again and
   * each change told; from then on only when somebody asks: what was found is then of its time. */
  function verdict(row, now) {
    if (!row.check) return { text: "– not checked", name: "none", old: false };
    const text = row.check.go ? "✓ GO" : `✖ NO-GO (${row.check.items.filter((item) => !item.go).length})`;
    const old = row.state === "CLOSED" || row.state === "ABORTED" || (now >= row.start && now - row.check.t > CHECK_OLD_MS);
    if (old) return { text: `${text} at ${stationwatch.format.time(row.check.t).slice(0, 5)}`, name: "none", old };
    return { text, name: row.check.go ? "go" : "no-go", old };
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
    const found = verdict(row, now);
    write(line.check, found.text);
    classify(line.check, `plan-check ${found.name}`);
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
  stationwatch.plans = { ...stationwatch.plans, place, possible, verdict, itemWords };
})();
