/* The watch page: its tiles, each of which paints itself from the model. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify } = stationwatch;
  const QUATERNION = ["iss/USLAB000018", "iss/USLAB000019", "iss/USLAB000020", "iss/USLAB000021"];
  const ERRORS = ["iss/USLAB000022", "iss/USLAB000023", "iss/USLAB000024"];
  const RATES = ["iss/USLAB000025", "iss/USLAB000026", "iss/USLAB000027"];
  const NOTHING_PUSHES_S = 3600; // as DER_NET_SATURATION says it

  /* {values, state: "live" | "old" | "none"} of some parameters taken together. */
  function together(model, keys) {
    const points = keys.map((key) => model.point(key));
    if (!points.every((point) => point && typeof point.value === "number")) return { values: null, state: "none" };
    return { values: points.map((point) => point.value), state: points.some((point) => model.old(point.system)) ? "old" : "live" };
  }

  /* The name of the state a parameter is in; "" if it was never heard or is none. */
  function stateOf(point) {
    return (point && point.value !== null && point.value !== undefined && point.parameter.states[String(point.value)]) || "";
  }

  class ControlTile {
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
      this.detail.title = detail;
      classify(this.word, known.gnc || known.loss || known.master ? "control-word" : "control-word never");
      classify(this.node, `control-state${old ? " old" : ""}${look ? ` severity-${look.name}` : ""}${lost ? " lost" : ""}`);
    }
  }

  class AttitudeTile {
    constructor(root, model) {
      this.model = model;
      const place = root.querySelector(".indicator");
      this.indicator = stationwatch.AttitudeIndicator && new stationwatch.AttitudeIndicator(place, {});
      this.angles = [...root.querySelectorAll(".axis-angle")];
      this.rates = [...root.querySelectorAll(".axis-rate")];
    }

    paint(change) {
      const { model } = this;
      const moved = [...QUATERNION, ...ERRORS, ...RATES].some((key) => change.points.has(model.point(key)));
      if (!moved && !change.all && !change.second && !change.turned.size) return;
      const attitude = together(model, QUATERNION);
      const errors = together(model, ERRORS);
      const rates = this.lvlhRates(attitude);
      const angles = attitude.values && stationwatch.motion.angles(attitude.values);
      signed(this.angles, angles, attitude.state, 1);
      signed(this.rates, rates, attitude.state, 4);
      const [roll, pitch, yaw] = angles || [0, 0, 0];
      this.indicator?.paint({
        roll, pitch, yaw, errors: errors.values, rates,
        state: attitude.state === "none" || errors.state === "none" ? "none" : attitude.state === "old" || errors.state === "old" ? "old" : "live",
      });
    }

    /* deg/s about the body's axes; null where the orbit or the attitude is not known. */
    lvlhRates(attitude) {
      const rates = together(this.model, RATES);
      const orbit = stationwatch.stateVector(this.model);
      if (!rates.values || !attitude.values || !orbit) return null;
      return stationwatch.motion.lvlhRates(rates.values, attitude.values, stationwatch.orbit.rate(orbit));
    }
  }

  function signed(nodes, values, state, digits) {
    nodes.forEach((node, i) => {
      const value = values ? values[i] : NaN;
      write(node, Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}` : "NO DATA");
      node.classList.toggle("old", state === "old");
      node.classList.toggle("never", !Number.isFinite(value));
    });
  }

  class MomentumTile {
    constructor(root, model) {
      this.model = model;
      this.gauge = stationwatch.MomentumGauge && new stationwatch.MomentumGauge(root.querySelector(".gauge"));
      this.nets = [...root.querySelectorAll(".net")].map((node) => ({
        node, point: model.point(node.dataset.net), none: node.dataset.none, past: model.point(node.dataset.past), limit: Number(node.dataset.limit),
      }));
      this.percent = model.point("iss/USLAB000010");
    }

    paint(change) {
      const { model, percent } = this;
      const points = [percent, ...this.nets.map((net) => net.point)];
      if (!change.all && !change.second && !change.turned.size && !points.some((point) => change.points.has(point))) return;
      const shown = together(model, ["iss/USLAB000010"]);
      for (const net of this.nets) this.paintNet(net);
      this.gauge?.paint({
        percent: shown.values ? shown.values[0] : 0, state: shown.state,
        limitCaution: limit(percent, 2), limitWarning: limit(percent, 3), noEarlierThanS: null, // said below, larger
      });
    }

    paintNet({ node, point, none, past, limit }) {
      // ingest says how long what pushes now needs; what is past its limit has no time left either way
      const over = typeof past?.value === "number" && past.value >= limit;
      const seconds = point && typeof point.value === "number" ? (over ? 0 : point.value) : null;
      const old = Boolean(point) && point.value !== undefined && this.model.old(point.system);
      write(node, old ? `${point.system.freshness}, was ${netWords(seconds, none)}` : netWords(seconds, none));
      const look = point?.alarm && this.model.looks.severity[point.alarm.severity];
      classify(node, `net${look ? ` severity-${look.name}` : ""}${seconds === null ? " never" : old ? " old" : ""}`);
    }
  }

  /* none: what 0 seconds mean. */
  function netWords(seconds, none) {
    if (seconds === null) return "NO DATA";
    if (seconds >= NOTHING_PUSHES_S) return "1 h or more";
    return seconds <= 0 ? none : `${stationwatch.format.left(seconds * 1000)}${seconds >= 60 ? " min" : ""}`;
  }

  /* The upper limit of a class, as the mission database has it. */
  function limit(point, severity) {
    return point?.parameter.bands.find((band) => band.severity === severity)?.high ?? null;
  }

  /* The large numbers: as many digits as can be read from afar, always the same. */
  class Figures {
    constructor(root, model) {
      this.model = model;
      this.figures = [...root.querySelectorAll(".figure")].map((node) => ({
        node: node.querySelector(".big"), digits: Number(node.dataset.digits), point: model.point(node.dataset.readout),
      })).filter(({ node, point }) => node && point);
    }

    paint(change) {
      for (const { node, digits, point } of this.figures) {
        if (!change.all && !change.points.has(point)) continue;
        const shown = stationwatch.shown(point);
        write(node, typeof point.value === "number" ? point.value.toFixed(digits) : shown.text);
        node.title = `${shown.title} ${point.parameter.unit}`;
        classify(node, `big ${shown.name}`);
      }
    }
  }

  class Watch {
    constructor(root, model) {
      const keys = [...root.querySelectorAll("[data-readout], [data-net]")].map((node) => node.dataset.readout || node.dataset.net);
      this.shown = new Set(keys);
      this.help = { a: "to the first open alarm; Enter acknowledges it" };
      this.incidents = new stationwatch.Incidents(root.querySelector(".incidents"), model);
      this.plan = new stationwatch.Plan(root.querySelector(".plan-strip"), model);
      this.alarms = new stationwatch.WatchAlarms(root, model);
      this.track = new stationwatch.WatchTrack(root, model);
      const tiles = [Figures, ControlTile, AttitudeTile, MomentumTile, stationwatch.FiringLights, stationwatch.LinksTile];
      this.parts = [this.incidents, this.plan, this.alarms, this.track, ...tiles.map((Tile) => new Tile(root, model))];
    }

    paint(change) {
      for (const part of this.parts) part.paint(change);
      if (change.all || change.second || change.incidents) this.shorten();
    }

    /* Cards leave room for the tiles: one line each, the rest on hover, and nothing said twice. */
    shorten() {
      for (const { node, evidence } of this.incidents.cards.values()) {
        for (const { node: value, fact } of evidence) {
          value.hidden = value.previousElementSibling.hidden = this.shown.has(fact.key);
        }
        for (const cut of node.querySelectorAll("dt, dd, .breach, .cascade span")) {
          if (cut.title !== cut.textContent) cut.title = cut.textContent;
        }
      }
    }

    keys(event) {
      return event.key === "a" && this.alarms.focus();
    }

    close() {
      this.track.close();
    }
  }

  stationwatch.addPage("watch", (root, model) => new Watch(root, model));
})();
