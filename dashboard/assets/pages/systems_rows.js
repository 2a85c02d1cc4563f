/* What both systems pages do with rows of parameters: keys move through them, a filter hides some. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

  /* Whether a key moved the focus to another of the rows that are seen. Arrows do only from a row:
   * elsewhere they scroll. */
  function moveThrough(event, rows) {
    const step = STEPS[event.key];
    if (!step) return false;
    const seen = rows.filter((row) => row.checkVisibility());
    const at = seen.indexOf(document.activeElement);
    if (at < 0 && event.key.startsWith("Arrow")) return false;
    const next = seen[at < 0 ? 0 : Math.max(0, Math.min(seen.length - 1, at + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  }

  /* The field and the button above the rows; they stand in the address. onChange() on each change;
   * `fits(about, alarmed)` says whether a row is to be seen. */
  class RowFilter {
    constructor(root, rows, onChange) {
      const { address } = stationwatch;
      this.field = root.querySelector("#search");
      this.button = root.querySelector(".only-alarms");
      this.onChange = onChange;
      this.alarmed = address.get("alarms") === "only";
      this.read();
      this.field.addEventListener("input", () => this.change());
      this.field.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" && moveThrough({ key: "j" }, rows())) event.preventDefault();
        if (event.key === "Escape") this.field.blur();
      });
      this.button.addEventListener("click", () => {
        this.alarmed = !this.alarmed;
        this.change();
      });
    }

    read() {
      this.words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.button.setAttribute("aria-pressed", String(this.alarmed));
    }

    change() {
      this.read();
      stationwatch.address.set({ q: this.field.value, alarms: this.alarmed ? "only" : "" });
      this.onChange();
    }

    get active() {
      return this.alarmed || this.words.length > 0;
    }

    fits(about, alarmed) {
      return (alarmed || !this.alarmed) && this.words.every((word) => about.includes(word));
    }

    key(event) {
      if (event.key !== "/") return false;
      this.field.focus();
      this.field.select();
      return true;
    }
  }

  Object.assign(stationwatch, { moveThrough, RowFilter });
})();
