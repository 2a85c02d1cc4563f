/* The attitude page: its tiles, each of which paints itself from the model. Values are readouts. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify } = stationwatch;
  const ids = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => `iss/USLAB0000${first + i}`);
  const MEASURED = ids(18, 21);
  const ERRORS = ids(22, 24);
  const RATES = ids(25, 27);
  const COMMANDED = ids(28, 31);
  const MOMENTUM = ["iss/SIM_ISS_H_X", "iss/SIM_ISS_H_Y", "iss/SIM_ISS_H_Z"];
  const CAPACITY = "iss/USLAB000038";
  const SHARE = "iss/USLAB000010";
  const TRAIL_POINTS = 100;
  const WINDOW_MS = 300000;

  /* {values, state, word} of some parameters taken together; values null if one is not known. */
  function together(model, keys) {
    const points = keys.map((key) => model.point(key));
    if (!points.every((point) => point && typeof point.value === "number")) return { values: null, state: "none", word: "" };
    const old = points.find((point) => model.old(point.system));
    const look = old && model.looks.freshness[old.system.freshness];
    return { values: points.map((point) => point.value), state: old ? "old" : "live", word: look ? `${look.symbol} ${look.word}` : "" };
  }

  /* The name of the state a parameter is in; "" if it was never heard or is none. */
  function stateOf(point) {
    return (point && point.value !== null && point.value !== undefined && point.parameter.states[String(point.value)]) || "";
  }

  /* The upper limit of a class, as the mission database has it; null if there is none. */
  function limitOf(point, severity) {
    return point?.parameter.bands.find((band) => band.severity === severity)?.high ?? null;
  }

  /* Who holds attitude, in a word to be read from afar. */
  class Control {
    constructor(root, model) {
      this.model = model;
      this.node = root.querySelector(".control-state");
      this.word = root.querySelector(".control-word");
      this.detail = root.querySelector(".control-detail");
      const point = (id) => model.point(`iss/${id}`);
      this.points = { loss: point("USLAB000042"), gnc: point("USLAB000012"), master: point("RUSSEG000022"), dynamic: point("RUSSEG000025") };
    }

    paint() {
      const { model, points } = this;
      const known = Object.fromEntries(Object.entries(points).map(([name, point]) => [name, stateOf(point)]));
      const { word, detail, lost } = stationwatch.motion.control(known);
      const alarm = Object.values(points).map((point) => point?.alarm).filter(Boolean).sort((a, b) => b.severity - a.severity)[0];
      const look = alarm && model.looks.severity[alarm.severity];
      const old = points.gnc && known.gnc && model.old(points.gnc.system) ? points.gnc.system : null;
      write(this.word, look && lost ? `${look.symbol} ${word}` : word);
      write(this.detail, old ? `${old.freshness}: last known ${stationwatch.format.age(model.now("iss") - old.last.t)} ago. ${detail}` : detail);
      this.word.title = word;
      this.detail.title = detail;
      classify(this.node, `control-state${old ? " old" : ""}${look ? ` severity-${look.name}` : ""}${lost ? " lost" : ""}`);
    }
  }

  class Stand {
    constructor(root, model) {
      this.model = model;
      this.indicator = new stationwatch.AttitudeIndicator(root.querySelector(".indicator"));
      this.cells = Object.fromEntries(["commanded", "measured", "lvlh-rate"].map((name) => [name, [...root.querySelectorAll(`td.${name}`)]]));
      this.watched = [...MEASURED, ...ERRORS, ...RATES, ...COMMANDED].map((key) => model.point(key));
      this.errorPoints = ERRORS.map((key) => model.point(key));
    }

    paint(change) {
      const { model } = this;
      if (!change.all && !change.second && !change.turned.size && !this.watched.some((point) => change.points.has(point))) return;
      const measured = together(model, MEASURED);
      const commanded = together(model, COMMANDED);
      const errors = together(model, ERRORS);
      const angles = measured.values && stationwatch.motion.angles(measured.values);
      const rates = this.lvlhRates(measured);
      this.write("commanded", commanded.values && stationwatch.motion.angles(commanded.values), commanded.state, 2);
      this.write("measured", angles, measured.state, 2);
      this.write("lvlh-rate", rates, measured.state, 4);
      const [roll, pitch, yaw] = angles || [0, 0, 0];
      this.indicator.paint({
        roll, pitch, yaw, errors: errors.values, rates, alarms: this.errorPoints.map((point) => this.alarmOf(point)),
        state: measured.state, word: measured.word,
      });
    }

    alarmOf(point) {
      return point?.alarm ? `severity-${this.model.looks.severity[point.alarm.severity].name}` : "";
    }

    /* deg/s; null where attitude, rates or orbit are not known. */
    lvlhRates(measured) {
      const rates = together(this.model, RATES);
      const orbit = stationwatch.stateVector(this.model);
      if (!rates.values || !measured.values || !orbit) return null;
      return stationwatch.motion.lvlhRates(rates.values, measured.values, stationwatch.orbit.rate(orbit));
    }

    write(name, values, state, digits) {
      this.cells[name].forEach((cell, i) => {
        const known = Boolean(values) && Number.isFinite(values[i]);
        write(cell, known ? stationwatch.signed(values[i], digits) : "NO DATA");
        classify(cell, `${name}${known ? "" : " never"}${state === "old" ? " old" : ""}`);
      });
    }
  }

  class Momentum {
    constructor(root, model) {
      this.model = model;
      this.gauge = new stationwatch.MomentumGauge(root.querySelector(".gauge"));
      this.vector = new stationwatch.MomentumVector(root.querySelector(".vector"));
    }

    paint(change) {
      const { model } = this;
      const share = model.point(SHARE);
      const points = [...MOMENTUM, CAPACITY].map((key) => model.point(key));
      if (!change.all && !change.second && !change.turned.size && ![share, ...points].some((point) => change.points.has(point))) return;
      const shown = together(model, [SHARE]);
      const limits = [limitOf(share, 2), limitOf(share, 3)];
      this.gauge.paint({
        percent: shown.values ? shown.values[0] : 0, state: shown.state,
        limitCaution: limits[0], limitWarning: limits[1], noEarlierThanS: null, // said below it, larger
      });
      const momentum = together(model, MOMENTUM);
      const now = model.now("iss");
      this.vector.paint({
        momentum: momentum.values, state: momentum.state, word: momentum.word,
        capacity: together(model, [CAPACITY]).values?.[0] ?? 0, limits: limits.map((limit) => (limit ?? 0) / 100),
        trail: momentum.values ? stationwatch.sampled(points.slice(0, 3).map((point) => point.series), now - WINDOW_MS, now, TRAIL_POINTS) : [],
      });
    }
  }

  class Attitude {
    constructor(root, model) {
      this.model = model;
      this.parts = [
        new Stand(root, model), new Control(root, model), new Momentum(root, model), new stationwatch.TimesLeft(root, model),
        ...[...root.querySelectorAll("[data-limit]")].map((node) => new stationwatch.PointLimit(node, model)),
        ...[...root.querySelectorAll(".wheel")].map((node) => {
          const points = Object.fromEntries(["speed", "used", "motor", "resolver"].map((name) => [name, model.point(node.dataset[name])]));
          return new stationwatch.Gyroscope(node, node.dataset.number, points, model);
        }),
      ];
      this.scales = [...root.querySelectorAll("canvas.strip")].map((canvas) => new stationwatch.StripScale(canvas));
    }

    paint(change) {
      for (const part of this.parts) part.paint(change);
      if (change.all || change.second) for (const scale of this.scales) scale.paint(this.model.now("iss"));
    }
  }

  stationwatch.addPage("attitude", (root, model) => new Attitude(root, model));
})();
