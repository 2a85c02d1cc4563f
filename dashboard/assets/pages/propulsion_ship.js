/* Soyuz drawn three times, so that every thruster is seen where it sits: the forward and the aft ring
 * from behind, and the ship from the side for those that push along it. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { svg, classify } = stationwatch;
  const RING = 62; // radius of a drawn ring
  const BOX = { w: 25, h: 16 };

  /* jets: as dashboard/soyuz_jets.py. lamps: number -> {node, text}. */
  class SoyuzDrawing {
    constructor(container, jets) {
      this.lamps = new Map();
      const root = svg("svg", { viewBox: "0 0 720 430", role: "group", "aria-label": "The 28 thrusters of Soyuz; each is a button with its state" });
      root.append(
        this.ring("Forward ring: sideways", "from behind; +Y right, +Z up", 140, 136, jets.filter((jet) => jet.group === "lateral")),
        this.ring("Aft ring: turning", "from behind; +Y right, +Z up", 420, 136, jets.filter((jet) => jet.group === "turning")),
        this.side(jets.filter((jet) => jet.group === "axial")),
      );
      container.replaceChildren(root);
    }

    ring(title, about, x, y, jets) {
      const group = svg("g", { transform: `translate(${x} ${y})` });
      group.append(
        svg("text", { y: -122, "text-anchor": "middle", class: "view" }, title),
        svg("circle", { r: RING, class: "hull" }), svg("circle", { r: 14, class: "hull inner" }),
        svg("text", { y: 132, "text-anchor": "middle", class: "about" }, about),
      );
      for (const jet of jets) group.append(this.onRing(jet, jets));
      return group;
    }

    /* At its place on the hull; twins and neighbours of one place side by side. */
    onRing(jet, jets) {
      const here = jets.filter((one) => one.y === jet.y && one.z === jet.z);
      const at = here.indexOf(jet) - (here.length - 1) / 2;
      const out = RING + 22;
      const aside = here.length > 2 ? 34 : 28;
      const x = jet.y * out + (jet.z ? at * aside : 0);
      const y = -jet.z * out + (jet.y ? at * 22 : 0);
      const [, fy, fz] = jet.force;
      return this.lamp(jet, x, y, -fy, fz); // exhaust goes against the push; drawings have y down
    }

    side(jets) {
      const group = svg("g", { transform: "translate(0 300)" });
      group.append(
        svg("text", { x: 20, y: -4, class: "view" }, "Along the ship: axial"),
        // nose on the right: instrument compartment, descent module, orbital module, probe
        svg("path", { d: "M150 22 h190 v86 h-190 z M340 26 l70 12 v54 l-70 12 z", class: "hull" }),
        svg("ellipse", { cx: 462, cy: 65, rx: 54, ry: 36, class: "hull" }),
        svg("path", { d: "M516 56 h26 v18 h-26 z", class: "hull" }),
        svg("path", { d: "M150 50 l-26 -10 v50 l26 -10 z", class: "hull" }),
        svg("text", { x: 560, y: 69, class: "about" }, "+X, to the port"),
        svg("text", { x: 560, y: 100, class: "about" }, "drawn by number, not by place"),
      );
      const aft = jets.filter((jet) => jet.force[0] > 0);
      const forward = jets.filter((jet) => jet.force[0] < 0);
      aft.forEach((jet, i) => group.append(this.lamp(jet, 60 + (i % 2) * 29, 18 + Math.floor(i / 2) * 30, -1, 0)));
      forward.forEach((jet, i) => group.append(this.lamp(jet, 226 + (i % 2) * 29, 34 + Math.floor(i / 2) * 62, 1, 0)));
      return group;
    }

    /* dx, dy: the way its exhaust goes, on the screen. */
    lamp(jet, x, y, dx, dy) {
      const node = svg("g", { transform: `translate(${x} ${y})`, class: "jet", tabindex: 0, role: "button" });
      const flame = svg("path", { d: plume(dx, dy), class: "plume" });
      const box = svg("rect", { x: -BOX.w / 2, y: -BOX.h / 2, width: BOX.w, height: BOX.h, rx: 2, class: "box" });
      const text = svg("text", { y: 4, "text-anchor": "middle", class: "number" }, String(jet.number).padStart(2, "0"));
      const title = svg("title");
      node.append(flame, box, text, title);
      this.lamps.set(jet.number, { node, title, jet });
      return node;
    }

    paint(number, state, words) {
      const lamp = this.lamps.get(number);
      classify(lamp.node, `jet ${state}`);
      if (lamp.words === words) return;
      lamp.words = words;
      lamp.title.textContent = words;
      lamp.node.setAttribute("aria-label", words);
    }
  }

  /* A cone from the edge of the box outwards. */
  function plume(dx, dy) {
    const x = (dx * BOX.w) / 2, y = (dy * BOX.h) / 2;
    const tipX = x + dx * 16, tipY = y + dy * 16;
    return `M${x} ${y} L${tipX - dy * 7} ${tipY - dx * 7} L${tipX + dy * 7} ${tipY + dx * 7} Z`;
  }

  stationwatch.SoyuzDrawing = SoyuzDrawing;
})();
