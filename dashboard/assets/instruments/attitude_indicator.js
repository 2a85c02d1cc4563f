/* The attitude indicator: how the station stands against LVLH, and how far from where it should.
 *
 * A ball with horizon and pitch ladder; the needles are errors (roll above, pitch on the right, yaw
 * below), the triangles outside are rates. Full scales follow what is shown, and are said: a needle
 * at its stop must be seen to be there. Everything moves by transforms alone.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg, write, classify } = stationwatch;
  const RADIUS = 92; // of the ball, in the units of the drawing
  const PX_PER_DEG = 3.2;
  const TRAVEL = 58; // of needles and rate pointers, either way
  const ERROR_SCALES = [1, 5, 30, 180]; // deg
  const RATE_SCALES = [0.05, 0.2, 1, 5]; // deg/s

  let made = 0;

  class AttitudeIndicator {
    constructor(container) {
      this.clip = `ball-${(made += 1)}`;
      this.node = element("div", "attitude-indicator");
      this.root = svg("svg", { viewBox: "-150 -150 300 300", role: "img", "aria-label": "Attitude against LVLH, its errors and rates; the numbers stand beside" });
      this.buildBall();
      this.needles = [this.needle("roll", 0, -78), this.needle("pitch", 78, 0), this.needle("yaw", 0, 78)];
      this.pointers = [this.pointer(0, -112, 0), this.pointer(112, 0, 90), this.pointer(0, 112, 180)];
      this.errorScale = this.root.appendChild(svg("text", { x: -146, y: 144, class: "scale" }));
      this.rateScale = this.root.appendChild(svg("text", { x: 146, y: 144, class: "scale", "text-anchor": "end" }));
      this.yaw = this.root.appendChild(svg("text", { x: 0, y: 140, class: "yaw-text", "text-anchor": "middle" }));
      this.word = this.root.appendChild(svg("text", { x: 0, y: -136, class: "word", "text-anchor": "middle" }));
      this.node.append(this.root);
      container.replaceChildren(this.node);
    }

    buildBall() {
      const clip = svg("clipPath", { id: this.clip });
      clip.append(svg("circle", { r: RADIUS }));
      const window = svg("g", { "clip-path": `url(#${this.clip})` });
      this.ball = svg("g");
      this.ball.append(
        svg("rect", { x: -300, y: -600, width: 600, height: 600, class: "sky" }),
        svg("rect", { x: -300, y: 0, width: 600, height: 600, class: "ground" }),
        svg("line", { x1: -300, x2: 300, y1: 0, y2: 0, class: "horizon" }),
      );
      for (let pitch = -90; pitch <= 90; pitch += 5) {
        if (pitch === 0) continue;
        const tens = pitch % 10 === 0;
        const half = tens ? 26 : 12;
        const y = -pitch * PX_PER_DEG;
        this.ball.append(svg("line", { x1: -half, x2: half, y1: y, y2: y, class: "ladder" }));
        if (tens) this.ball.append(svg("text", { x: half + 4, y: y + 3.5, class: "ladder-text" }, String(pitch)));
      }
      window.append(this.ball);
      this.dial = svg("g"); // roll scale: it turns with the ball
      for (const roll of [-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60]) {
        const length = roll % 30 === 0 ? 9 : 5;
        this.dial.append(svg("line", { x1: 0, x2: 0, y1: -RADIUS - 1, y2: -RADIUS - 1 - length, class: "roll-tick", transform: `rotate(${roll})` }));
      }
      this.root.append(
        clip, window,
        svg("circle", { r: RADIUS, class: "rim" }), this.dial,
        svg("path", { d: `M0 ${-RADIUS + 1} l-6 11 h12 z`, class: "roll-mark" }),
        svg("path", { d: "M-46 0 h28 l8 8 M46 0 h-28 l-8 8 M-2 0 h4", class: "station" }),
      );
      for (const [x, y, along] of [[0, -78, "x"], [78, 0, "y"], [0, 78, "x"]]) this.root.append(this.scale(x, y, along));
    }

    /* Marks at the middle and the ends of a needle's travel. */
    scale(x, y, along) {
      const group = svg("g", { transform: `translate(${x} ${y})`, class: "needle-scale" });
      for (const at of [-TRAVEL, -TRAVEL / 2, 0, TRAVEL / 2, TRAVEL]) {
        group.append(along === "x" ? svg("circle", { cx: at, r: at ? 1.6 : 2.6 }) : svg("circle", { cy: at, r: at ? 1.6 : 2.6 }));
      }
      return group;
    }

    needle(name, x, y) {
      const along = x === 0 ? "x" : "y";
      const node = svg("g", { class: `needle ${name}` });
      const bar = along === "x" ? svg("rect", { x: -1.75, y: y - 13, width: 3.5, height: 26 }) : svg("rect", { x: x - 13, y: -1.75, width: 26, height: 3.5 });
      node.append(bar);
      this.root.append(node);
      return { node, along, name };
    }

    pointer(x, y, turned) {
      const node = svg("g", { class: "rate" });
      node.append(svg("path", { d: "M0 6 l-6 -11 h12 z", transform: `translate(${x} ${y}) rotate(${turned})` }));
      this.root.append(node);
      return { node, along: x === 0 ? "x" : "y" };
    }

    /* roll, pitch, yaw: deg against LVLH. errors: deg, rates: deg/s, about roll, pitch, yaw.
     * state: "live" | "old" | "none". */
    paint({ roll, pitch, yaw, errors, rates, state }) {
      classify(this.node, `attitude-indicator is-${state}`);
      write(this.word, { live: "", old: "◌ OLD DATA", none: "□ NO DATA" }[state]);
      if (state === "none") {
        for (const text of [this.errorScale, this.rateScale, this.yaw]) write(text, "");
        return;
      }
      this.ball.setAttribute("transform", `rotate(${(-roll).toFixed(2)}) translate(0 ${(pitch * PX_PER_DEG).toFixed(2)})`);
      this.dial.setAttribute("transform", `rotate(${(-roll).toFixed(2)})`);
      const errorScale = scaleFor(ERROR_SCALES, errors);
      const rateScale = scaleFor(RATE_SCALES, rates);
      this.needles.forEach((needle, i) => place(needle, `needle ${needle.name}`, errors[i] / errorScale));
      this.pointers.forEach((pointer, i) => place(pointer, "rate", rates[i] / rateScale));
      write(this.errorScale, `error ±${errorScale}°`);
      write(this.rateScale, `rate ±${rateScale}°/s`);
      write(this.yaw, `yaw ${yaw < 0 ? "−" : "+"}${Math.abs(yaw).toFixed(1)}°`);
    }
  }

  /* The least scale that shows the largest of them. */
  function scaleFor(scales, values) {
    const largest = Math.max(...values.map(Math.abs));
    return scales.find((scale) => largest <= scale) || scales.at(-1);
  }

  /* part: of full scale, either way. What is needed to null it lies on the other side. */
  function place(one, name, part) {
    const at = (Math.max(-1, Math.min(1, part)) * TRAVEL).toFixed(1);
    one.node.setAttribute("transform", one.along === "x" ? `translate(${at} 0)` : `translate(0 ${-at})`);
    classify(one.node, Math.abs(part) >= 1 ? `${name} at-stop` : name);
  }

  stationwatch.AttitudeIndicator = AttitudeIndicator;
})();
