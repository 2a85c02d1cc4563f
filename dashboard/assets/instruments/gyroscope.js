/* A control moment gyroscope in section: the rotor, full as it is fast, between its two bearings. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg, write, classify } = stationwatch;
  const NOMINAL_RPM = 6600; // as the mission database has it
  const ROTOR = { x: -17, y: -34, width: 34, height: 68, rx: 7 };

  class Gyroscope {
    /* points: {speed, used, motor, resolver}: each a point of the model, or none. */
    constructor(container, number, points, model) {
      this.points = points;
      this.model = model;
      this.node = element("div", "cmg");
      const clip = `cmg-rotor-${number}`;
      const root = svg("svg", { viewBox: "-88 -44 176 92", role: "img", "aria-label": `CMG ${number}; its numbers stand below` });
      const path = root.appendChild(svg("clipPath", { id: clip }));
      path.append(svg("rect", ROTOR));
      root.append(svg("path", { d: "M-80 0 H80", class: "spin-axis" }), svg("rect", { ...ROTOR, class: "housing" }));
      const inside = root.appendChild(svg("g", { "clip-path": `url(#${clip})` }));
      this.fill = inside.appendChild(svg("rect", { ...ROTOR, rx: 0, class: "rotor" }));
      this.rpm = root.appendChild(svg("text", { y: 4, class: "rpm", "text-anchor": "middle" }));
      root.append(svg("text", { y: 45, class: "about", "text-anchor": "middle" }, "rpm"));
      this.bearings = [["motor", -50], ["resolver", 50]].map(([name, x]) => this.bearing(root, name, x));
      this.node.append(root);
      container.replaceChildren(this.node);
    }

    bearing(root, name, x) {
      const node = root.appendChild(svg("g", { class: "bearing" }));
      node.append(svg("circle", { cx: x, r: 11 }));
      const text = root.appendChild(svg("text", { x, y: 27, class: "temperature", "text-anchor": "middle" }));
      root.append(svg("text", { x, y: 38, class: "about", "text-anchor": "middle" }, name));
      return { name, node, text, point: this.points[name] };
    }

    paint(change) {
      const points = Object.values(this.points);
      if (!change.all && !change.turned.size && !change.alarms && !points.some((point) => change.points.has(point))) return;
      const { speed, used } = this.points;
      const rpm = speed && typeof speed.value === "number" ? speed.value : null;
      const part = rpm === null ? 0 : Math.max(0, Math.min(1, rpm / NOMINAL_RPM));
      this.fill.setAttribute("transform", `translate(0 ${((1 - part) * ROTOR.height).toFixed(1)})`);
      write(this.rpm, rpm === null ? "—" : rpm.toFixed(0));
      const old = Boolean(speed) && this.model.old(speed.system);
      classify(this.node, `cmg is-${rpm === null ? "none" : old ? "old" : "live"}${this.alarm([speed, used])}`);
      for (const { node, text, point } of this.bearings) {
        const degrees = point && typeof point.value === "number" ? point.value : null;
        write(text, degrees === null ? "—" : `${degrees.toFixed(1)} °C`);
        classify(node, `bearing${this.alarm([point])}`);
      }
    }

    alarm(points) {
      const worst = Math.max(0, ...points.map((point) => (point && point.alarm ? point.alarm.severity : 0)));
      return worst ? ` severity-${this.model.looks.severity[worst].name}` : "";
    }
  }

  stationwatch.Gyroscope = Gyroscope;
})();
