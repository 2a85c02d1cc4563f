/* The mission database page: where the value is on its scale; arrows move through what was found. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  class Database {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.help = { "/": "search", "↑ ↓": "through what was found" };
      this.typed = (event) => this.remember(event);
      root.addEventListener("input", this.typed);
      root.addEventListener("keydown", (event) => this.move(event));
    }

    /* The address carries what is searched for. */
    remember(event) {
      if (event.target.id === "database-query") stationwatch.address.set({ q: event.target.value });
    }

    /* Down from the field into the list, and up and down in it. */
    move(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const links = [...this.root.querySelectorAll(".database-list li a")];
      if (!step || !links.length) return;
      const at = links.indexOf(document.activeElement);
      const next = at + step;
      if (next < 0) this.root.querySelector("#database-query").focus();
      else links[Math.min(next, links.length - 1)].focus();
      event.preventDefault();
    }

    keys(event) {
      if (event.key !== "/") return false;
      this.root.querySelector("#database-query").focus();
      return true;
    }

    paint(change) {
      if (!change.second && !change.all && !change.points.size) return;
      for (const node of this.root.querySelectorAll("[data-scale]")) this.point(node);
    }

    point(node) {
      const point = this.model.point(node.dataset.scale);
      const pointer = node.querySelector(".pointer");
      const value = point ? point.value : undefined;
      pointer.hidden = typeof value !== "number";
      if (pointer.hidden) return;
      const low = Number(node.dataset.low), high = Number(node.dataset.high);
      const place = Math.min(1, Math.max(0, (value - low) / (high - low)));
      pointer.style.left = `${(place * 100).toFixed(2)}%`;
      pointer.classList.toggle("old", this.model.old(point.system));
      pointer.title = `${stationwatch.format.value(point.parameter, value)} ${point.parameter.unit}`;
    }
  }

  stationwatch.addPage("database", (root, model) => new Database(root, model));
})();
