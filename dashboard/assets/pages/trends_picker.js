/* Finding a parameter among all: by id, name, unit, subsystem; with the keyboard alone. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const SHOWN = 40;

  class TrendsPicker {
    constructor(model, onChoose) {
      this.onChoose = onChoose;
      this.entries = [];
      for (const point of model.points.values()) this.entries.push(entry(point));
      this.node = element("div", "picker");
      this.input = element("input", "picker-input");
      Object.assign(this.input, { placeholder: "Add: id, name, unit, subsystem", type: "text", autocomplete: "off", spellcheck: false, maxLength: 80 });
      this.list = element("ul", "picker-list");
      this.list.id = "trends-found";
      this.list.hidden = true;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "Parameters found");
      const aria = { role: "combobox", "aria-label": "Add a parameter", "aria-controls": this.list.id, "aria-autocomplete": "list", "aria-expanded": "false" };
      for (const [name, value] of Object.entries(aria)) this.input.setAttribute(name, value);
      this.node.append(this.input, this.list);
      this.input.addEventListener("input", () => this.search());
      this.input.addEventListener("focus", () => this.search());
      this.input.addEventListener("blur", () => this.close());
      this.input.addEventListener("keydown", (event) => this.key(event));
      // the input keeps the focus
      this.list.addEventListener("pointerdown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => this.take(event.target.closest("li")));
    }

    search() {
      const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const found = words.length ? find(this.entries, words) : [];
      const rows = found.slice(0, SHOWN).map((one, n) => row(one, n));
      if (words.length && !rows.length) rows.push(note("None is found."));
      if (found.length > SHOWN) rows.push(note(`and ${found.length - SHOWN} more: type more of it`));
      this.list.replaceChildren(...rows);
      this.list.hidden = rows.length === 0;
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
      this.mark(found.length ? 0 : -1);
    }

    mark(at) {
      const options = this.options();
      this.chosen = options.length ? Math.min(Math.max(at, -1), options.length - 1) : -1;
      options.forEach((one, n) => one.setAttribute("aria-selected", String(n === this.chosen)));
      const marked = options[this.chosen];
      this.input.setAttribute("aria-activedescendant", marked ? marked.id : "");
      marked?.scrollIntoView({ block: "nearest" });
    }

    options() {
      return [...this.list.querySelectorAll("[role=option]")];
    }

    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) this.mark(Math.max(0, this.chosen + step));
      else if (event.key === "Enter") this.take(this.options()[this.chosen]);
      else if (event.key === "Escape") this.close();
      else return;
      event.preventDefault();
    }

    take(line) {
      if (!line || !line.dataset.key) return;
      this.input.value = "";
      this.close();
      this.onChoose(line.dataset.key);
    }

    close() {
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  function entry(point) {
    const { parameter, craft, system } = point;
    const words = [point.key, parameter.name, parameter.unit, parameter.type, craft.name, system.subsystem.id, system.subsystem.name, ...Object.values(parameter.states || {})];
    return { point, id: parameter.id.toLowerCase(), name: parameter.name.toLowerCase(), text: words.join("\n").toLowerCase() };
  }

  /* Those that have every word: an id, then a name, then anything else that begins with it. */
  function find(entries, words) {
    const joined = words.join(" ");
    const rank = (one) => {
      if (one.id.startsWith(words[0])) return 0;
      if (one.name.startsWith(joined)) return 1;
      return words.every((word) => one.name.includes(word)) ? 2 : 3;
    };
    return entries
      .filter((one) => words.every((word) => one.text.includes(word)))
      .map((one) => ({ one, rank: rank(one) }))
      .sort((a, b) => a.rank - b.rank || a.one.id.localeCompare(b.one.id))
      .map(({ one }) => one);
  }

  function row({ point }, n) {
    const { parameter, craft, system } = point;
    const made = element("li");
    made.id = `trends-found-${n}`;
    made.dataset.key = point.key;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", "false");
    made.title = `${parameter.name} (${point.key})`;
    made.append(
      element("span", "name", parameter.name), element("span", "unit", parameter.unit || parameter.type),
      element("span", "id", point.key), element("span", "where", `${craft.id.toUpperCase()} ${system.subsystem.name}`),
    );
    return made;
  }

  const note = (text) => element("li", "dim", text);

  Object.assign(stationwatch, { TrendsPicker });
})();
