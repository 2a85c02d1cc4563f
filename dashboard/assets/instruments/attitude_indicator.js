/* The attitude indicator: how the station stands against LVLH, and how far from where it should.
 *
 * A ball with horizon, pitch ladder and roll scale, and a tape of yaw. Bars on the ball are errors
 * (roll above, pitch right, yaw below), triangles outside it are rates. Full scales follow what is
 * shown and are said: what is at its stop must be seen to be there. It moves by transforms alone.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg, write, classify } = stationwatch;
  const RADIUS = 92; // of the ball, in the units of the drawing
  const PX_PER_DEG = 3.2;
  const TRAVEL = 58; // of bars and triangles, either way
  const AXES = ["roll", "pitch", "yaw"];
  const BARS = [[0, -78], [78, 0], [0, 78]]; // middle of travel, by axis
  const RATES = [[0, -112], [114, 0], [0, 109]];
  const TAPE_Y = 143;
  const TAPE_PX_PER_DEG = 3;
  const ERROR_SCALES = [1, 5, 30, 180]; // deg
  const RATE_SCALES = [0.05, 0.2, 1, 5]; // deg/s

  let made = 0;

  class AttitudeIndicator {
    constructor(container) {
      this.id = `attitude-${(made += 1)}`;
      this.node = element("div", "attitude-indicator");
      this.root = svg("svg", { viewBox: "-138 -138 276 294", role: "img", "aria-label": "Attitude against LVLH, its errors and rates; the numbers stand beside" });
      this.buildBall();
      this.buildTape();
      this.bars = AXES.map((axis, i) => this.bar(axis, ...BARS[i]));
      this.triangles = AXES.map((axis, i) => this.triangle(axis, ...RATES[i]));
      // beside the drawing, so that a small one has letters that can be read
      this.errorScale = element("span", "scale of-error");
      this.rateScale = element("span", "scale of-rate");
      this.word = this.text({ x: 0, y: -32, class: "word", "text-anchor": "middle" });
      this.node.append(this.root, this.errorScale, this.rateScale);
      container.replaceChildren(this.node);
    }

    text(attributes, words) {
      return this.root.appendChild(svg("text", attributes, words));
    }

    clip(name, shape) {
      const path = svg("clipPath", { id: `${this.id}-${name}` });
      path.append(shape);
      this.root.append(path);
      return this.root.appendChild(svg("g", { "clip-path": `url(#${this.id}-${name})` }));
    }

    buildBall() {
      const seen = this.clip("ball", svg("circle", { r: RADIUS }));
      this.ball = seen.appendChild(svg("g"));
      this.ball.append(
        svg("rect", { x: -300, y: -600, width: 600, height: 600, class: "sky" }),
        svg("rect", { x: -300, y: 0, width: 600, height: 600, class: "ground" }),
        svg("line", { x1: -300, x2: 300, y1: 0, y2: 0, class: "horizon" }),
      );
      for (let pitch = -90; pitch <= 90; pitch += 5) {
        if (pitch === 0) continue;
        const half = pitch % 10 ? 10 : 22;
        const y = -pitch * PX_PER_DEG;
        this.ball.append(svg("line", { x1: -half, x2: half, y1: y, y2: y, class: "ladder" }));
        if (!(pitch % 10)) this.ball.append(svg("text", { x: half + 4, y: y + 3.2, class: "ladder-text" }, signed(pitch, 0).replace("+", "")));
      }
      this.dial = svg("g"); // the roll scale turns with the ball
      for (let roll = -180; roll < 180; roll += 10) {
        if (Math.abs(roll) > 30 && roll % 30) continue;
        this.dial.append(svg("line", { y1: -RADIUS - 1, y2: -RADIUS - (roll % 30 ? 5 : 9), class: "roll-tick", transform: `rotate(${roll})` }));
      }
      this.root.append(
        svg("circle", { r: RADIUS, class: "rim" }), this.dial,
        svg("path", { d: `M0 ${-RADIUS + 1} l-5 9 h10 z`, class: "roll-mark" }),
        svg("path", { d: "M-42 0 h26 l7 7 M42 0 h-26 l-7 7 M-2 0 h4", class: "station" }),
      );
      BARS.forEach(([x, y], i) => this.scale(x, y, `of-error ${AXES[i]}`));
      RATES.forEach(([x, y], i) => this.scale(x, y, `of-rate ${AXES[i]}`));
      for (const [x, y, letter] of [[-70, -75, "R"], [78, -66, "P"], [-70, 81, "Y"]]) this.text({ x, y, class: "axis-letter", "text-anchor": "middle" }, letter);
    }

    buildTape() {
      const seen = this.clip("tape", svg("rect", { x: -100, y: TAPE_Y - 12, width: 200, height: 24 }));
      seen.append(svg("rect", { x: -100, y: TAPE_Y - 12, width: 200, height: 24, class: "tape" }));
      this.tape = seen.appendChild(svg("g"));
      for (let yaw = -220; yaw <= 220; yaw += 5) {
        const x = yaw * TAPE_PX_PER_DEG;
        this.tape.append(svg("line", { x1: x, x2: x, y1: TAPE_Y - 12, y2: TAPE_Y - (yaw % 10 ? 8 : 5), class: "ladder" }));
        // the tape goes on past 180 deg either way, where it comes round
        if (!(yaw % 10)) this.tape.append(svg("text", { x, y: TAPE_Y + 7, class: "ladder-text", "text-anchor": "middle" }, String(yaw > 180 ? yaw - 360 : yaw < -180 ? yaw + 360 : yaw).replace("-", "−")));
      }
      this.root.append(svg("rect", { x: -33, y: TAPE_Y - 12, width: 66, height: 24, class: "yaw-box" }), svg("path", { d: `M0 ${TAPE_Y - 8} l-5 -8 h10 z`, class: "roll-mark" }));
      this.yaw = this.text({ x: 0, y: TAPE_Y + 7, class: "yaw-text", "text-anchor": "middle" });
    }

    /* Marks at the middle and the ends of a travel. */
    scale(x, y, name) {
      const group = this.root.appendChild(svg("g", { transform: `translate(${x} ${y})`, class: `travel ${name}` }));
      for (const at of [-TRAVEL, -TRAVEL / 2, 0, TRAVEL / 2, TRAVEL]) {
        const half = at === 0 || Math.abs(at) === TRAVEL ? 3.5 : 2;
        group.append(x === 0 ? svg("line", { x1: at, x2: at, y1: -half, y2: half }) : svg("line", { y1: at, y2: at, x1: -half, x2: half }));
      }
    }

    bar(axis, x, y) {
      const node = this.root.appendChild(svg("g", { class: `needle ${axis}` }));
      node.append(x === 0 ? svg("rect", { x: -2, y: y - 13, width: 4, height: 26 }) : svg("rect", { x: x - 13, y: -2, width: 26, height: 4 }));
      return { node, across: x === 0, name: `needle ${axis}` };
    }

    triangle(axis, x, y) {
      const node = this.root.appendChild(svg("g", { class: `rate ${axis}` }));
      const turned = { roll: 0, pitch: 90, yaw: 180 }[axis];
      node.append(svg("path", { d: "M0 -3 l-5.5 -10 h11 z", transform: `translate(${x} ${y}) rotate(${turned})` }));
      return { node, across: x === 0, name: `rate ${axis}` };
    }

    /* roll, pitch, yaw: deg against LVLH. errors: deg, rates: deg/s, about roll, pitch, yaw; null
     * where not known. alarms: the class name of each error's alarm, "" for none.
     * state: "live" | "old" | "none"; word: what is said of data that are old. */
    paint({ roll, pitch, yaw, errors, rates, alarms, state, word }) {
      classify(this.node, `attitude-indicator is-${state}`);
      write(this.word, state === "none" ? "□ NO DATA" : state === "old" ? word || "◌ OLD DATA" : "");
      const known = state !== "none";
      if (known) {
        this.ball.setAttribute("transform", `rotate(${(-roll).toFixed(2)}) translate(0 ${(pitch * PX_PER_DEG).toFixed(2)})`);
        this.dial.setAttribute("transform", `rotate(${(-roll).toFixed(2)})`);
        this.tape.setAttribute("transform", `translate(${(-yaw * TAPE_PX_PER_DEG).toFixed(2)} 0)`);
      }
      write(this.yaw, known ? `${signed(yaw, 1)}°` : "");
      this.paintScale(this.bars, this.errorScale, known ? errors : null, ERROR_SCALES, ["error", "°"], alarms);
      this.paintScale(this.triangles, this.rateScale, known ? rates : null, RATE_SCALES, ["rate", "°/s"]);
    }

    paintScale(marks, text, values, scales, [what, unit], alarms) {
      const finite = Boolean(values) && values.every(Number.isFinite);
      const scale = finite ? scaleFor(scales, values) : 0;
      write(text, finite ? `${what} ±${scale}${unit}` : `${what} NO DATA`);
      marks.forEach((mark, i) => {
        if (!finite) return classify(mark.node, `${mark.name} unknown`);
        const part = values[i] / scale;
        const at = (Math.max(-1, Math.min(1, part)) * TRAVEL).toFixed(1);
        mark.node.setAttribute("transform", mark.across ? `translate(${at} 0)` : `translate(0 ${-at})`);
        const alarm = alarms && alarms[i] ? ` ${alarms[i]}` : "";
        return classify(mark.node, `${mark.name}${alarm}${Math.abs(part) >= 1 ? " at-stop" : ""}`);
      });
    }
  }

  /* The least scale that shows the largest of them. */
  function scaleFor(scales, values) {
    const largest = Math.max(...values.map(Math.abs));
    return scales.find((scale) => largest < scale) || scales.at(-1);
  }

  /* With a sign of the width of a digit, so that nothing shifts. */
  function signed(value, digits) {
    return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
  }

  Object.assign(stationwatch, { AttitudeIndicator, signed });
})();
