/* The ground page: who publishes, and which subsystems are silent. Values are readouts. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify, byId } = stationwatch;

  class Ground {
    constructor(root, model) {
      this.model = model;
      const list = element("ul", "publishers");
      this.lines = model.crafts.map((craft) => {
        const line = { craft, link: element("span"), who: element("span", "publisher"), silent: element("span", "silent") };
        const node = element("li");
        node.append(element("b", "", craft.name), line.link, line.who, line.silent);
        list.append(node);
        return line;
      });
      byId("ground-publishers").replaceChildren(list);
    }

    paint(change) {
      if (!change.second && !change.all) return;
      for (const line of this.lines) this.paintLine(line);
    }

    paintLine({ craft, link, who, silent }) {
      const known = this.model.links[craft.id];
      const look = !known ? ["– NO LINK", "no-data"] : known.online ? ["● LINK", "live"] : ["⊘ LOS", "los"];
      write(link, look[0]);
      classify(link, look[1]);
      write(who, known ? `${known.publisher}, since ${stationwatch.format.moment(known.since)}` : "no publisher has announced itself");
      who.title = who.textContent;
      const old = [...this.model.systems.values()].filter((one) => one.craft === craft && this.model.old(one));
      write(silent, old.length ? old.map((one) => `${one.subsystem.id} ${one.freshness}`).join(", ") : "nothing is silent");
      silent.title = silent.textContent;
      classify(silent, `silent ${old.length ? "stale" : "dim"}`);
    }
  }

  stationwatch.addPage("ground", (root, model) => new Ground(root, model));
})();
