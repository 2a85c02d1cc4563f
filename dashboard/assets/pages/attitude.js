/* The attitude page: indicator, angles, momentum, and the four wheels. Values are readouts. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { svg, write, classify } = stationwatch;
  const ids = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => `iss/USLAB0000${first + i}`);
  const MEASURED = ids(18, 21);
  const ERRORS = ids(22, 24);
  const RATES = ids(25, 27);
  const COMMANDED = ids(28, 31);
  const MOMENTUM = "iss/USLAB000010";
  const SATURATION = "iss/DER_NET_SATURATION";
  const NOMINAL_RPM = 6600; // as the mission database has it
  const TURN = 2 * Math.PI;

  /* {values, state} of some parameters taken together; values null if one was never measured. */
  function together(model, keys) {
    const points = keys.map((key) => model.point(key));
    if (!points.every((point) => point && typeof point.value === "number")) return { values: null, state: "none" };
    return { values: points.map((point) => point.value), state: points.some((point) => model.old(point.system)) ? "old" : "live" };
  }

  class Attitude {
    constructor(root, model) {
      this.root = root;
      this.model = model;
      this.indicator = new stationwatch.AttitudeIndicator(root.querySelector(".indicator"));
      this.gauge = new stationwatch.MomentumGauge(root.querySelector(".gauge"));
      this.cells = Object.fromEntries(["measured", "commanded", "error", "rate"].map((name) => [name, [...root.querySelectorAll(`td.${name}`)]]));
      this.wheels = [...root.querySelectorAll(".wheel")].map((node) => new Wheel(node, model));
    }

    paint(change) {
      this.paintAttitude();
      this.paintMomentum();
      for (const wheel of this.wheels) wheel.paint(change);
    }

    paintAttitude() {
      const { model } = this;
      const measured = together(model, MEASURED);
      const commanded = together(model, COMMANDED);
      const errors = together(model, ERRORS);
      const angles = measured.values && stationwatch.motion.angles(measured.values);
      const rates = this.lvlhRates(measured);
      this.write("measured", angles, measured.state, 2);
      this.write("commanded", commanded.values && stationwatch.motion.angles(commanded.values), commanded.state, 2);
      this.write("error", errors.values, errors.state, 3);
      this.write("rate", rates, measured.state, 4);
      const [roll, pitch, yaw] = angles || [0, 0, 0];
      const states = [measured.state, errors.state];
      this.indicator.paint({
        roll, pitch, yaw, errors: errors.values || [0, 0, 0], rates: rates || [0, 0, 0],
        state: states.includes("none") ? "none" : states.includes("old") ? "old" : "live",
      });
    }

    /* deg/s; null where attitude, rates or orbit are not known. */
    lvlhRates(measured) {
      const rates = together(this.model, RATES);
      const orbit = stationwatch.stateVector?.(this.model);
      if (!rates.values || !measured.values || !orbit) return null;
      return stationwatch.motion.lvlhRates(rates.values, measured.values, stationwatch.orbit.rate(orbit));
    }

    write(name, values, state, digits) {
      this.cells[name].forEach((cell, i) => {
        const value = values ? values[i] : NaN;
        write(cell, Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}` : "NO DATA");
        classify(cell, `${name}${Number.isFinite(value) ? "" : " never"}${state === "old" ? " old" : ""}`);
      });
    }

    paintMomentum() {
      const { values, state } = together(this.model, [MOMENTUM]);
      const bands = this.model.point(MOMENTUM)?.parameter.bands || [];
      const limit = (severity) => bands.find((band) => band.severity === severity)?.high ?? null;
      const left = together(this.model, [SATURATION]);
      this.gauge.paint({
        percent: values ? values[0] : 0, state, limitCaution: limit(2), limitWarning: limit(3),
        noEarlierThanS: left.state === "live" ? left.values[0] : null,
      });
    }
  }

  /* A wheel as a ring that is full at its nominal speed. */
  class Wheel {
    constructor(node, model) {
      this.model = model;
      this.speed = model.point(node.dataset.speed);
      this.used = model.point(node.dataset.used);
      this.node = node;
      const root = svg("svg", { viewBox: "-50 -50 100 100", role: "img", "aria-label": `CMG ${node.dataset.number}; its numbers stand beside` });
      this.arc = svg("circle", { r: 40, class: "arc", "stroke-dasharray": `0 ${40 * TURN}`, transform: "rotate(-90)" });
      this.word = svg("text", { y: 16, "text-anchor": "middle", class: "word" });
      root.append(svg("circle", { r: 40, class: "track" }), this.arc, svg("text", { y: 0, "text-anchor": "middle", class: "number" }, `CMG ${node.dataset.number}`), this.word);
      node.replaceChildren(root);
    }

    paint(change) {
      if (!change.all && !change.second && !change.points.has(this.speed) && !change.points.has(this.used)) return;
      const rpm = this.speed && typeof this.speed.value === "number" ? this.speed.value : null;
      const part = rpm === null ? 0 : Math.max(0, Math.min(1, rpm / NOMINAL_RPM));
      this.arc.setAttribute("stroke-dasharray", `${(part * 40 * TURN).toFixed(1)} ${40 * TURN}`);
      const old = this.speed && this.model.old(this.speed.system);
      const state = this.used && typeof this.used.value === "number" ? this.used.parameter.states[String(this.used.value)] || "" : "";
      write(this.word, rpm === null ? "NO DATA" : old ? this.speed.system.freshness : state);
      const alarm = [this.speed, this.used].map((point) => point?.alarm).filter(Boolean).sort((a, b) => b.severity - a.severity)[0];
      classify(this.node, `wheel${old || rpm === null ? " old" : ""}${alarm ? ` severity-${this.model.looks.severity[alarm.severity].name}` : ""}`);
    }
  }

  stationwatch.addPage("attitude", (root, model) => new Attitude(root, model));
})();
