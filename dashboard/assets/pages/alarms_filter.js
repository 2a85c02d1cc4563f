/* A row of fields whose values stand in the address, so that a filtered view can be sent on. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const TYPING_MS = 250;

  class FilterBar {
    /* fields: [{name, label, options: [[value, words]]}] or [{name, label, placeholder}].
     *
     * onChange(): the address has new values. */
    constructor(root, fields, onChange) {
      this.inputs = new Map();
      this.typing = 0;
      const nodes = fields.map((field) => {
        const node = element("span", `filter of-${field.name}`);
        const input = field.options ? select(field) : text(field);
        input.setAttribute("aria-label", field.label);
        node.append(input);
        const set = () => {
          stationwatch.address.set({ [field.name]: input.value.trim() });
          this.mark();
          onChange();
        };
        input.addEventListener("change", set);
        input.addEventListener("input", () => {
          clearTimeout(this.typing);
          this.typing = setTimeout(set, field.options ? 0 : TYPING_MS);
        });
        this.inputs.set(field.name, input);
        return node;
      });
      const clear = (this.clear = element("button", "quiet clear", "Clear"));
      clear.type = "button";
      clear.title = "Show all again";
      clear.addEventListener("click", () => {
        for (const [name, input] of this.inputs) {
          input.value = "";
          stationwatch.address.set({ [name]: null });
        }
        this.mark();
        onChange();
      });
      root.replaceChildren(...nodes, clear);
      this.mark();
    }

    /* A filter that is on must be seen: it hides alarms. */
    mark() {
      let set = false;
      for (const input of this.inputs.values()) {
        const on = input.value.trim() !== "";
        input.classList.toggle("set", on);
        input.title = input.selectedOptions ? input.selectedOptions[0].textContent.replace(/\+$/, "and above") : input.value;
        set = set || on;
      }
      this.clear.hidden = !set;
    }

    /* {name: value}, "" for what is not set. */
    values() {
      return Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.value.trim()]));
    }

    focus(name) {
      this.inputs.get(name)?.focus();
    }
  }

  function select({ name, options }) {
    const node = element("select");
    for (const [value, words] of options) {
      const option = element("option", "", words);
      option.value = value;
      node.append(option);
    }
    node.value = stationwatch.address.get(name) || "";
    if (node.selectedIndex < 0) node.value = ""; // an address may say anything
    return node;
  }

  function text({ name, placeholder }) {
    const node = element("input");
    node.type = "text";
    node.maxLength = 100;
    node.placeholder = placeholder || "";
    node.value = stationwatch.address.get(name) || "";
    return node;
  }

  Object.assign(stationwatch, { FilterBar });
})();
