/* The CMGs' momentum vector within their capacity: two views of one sphere, and its last minutes.
 *
 * Both have pitch upwards; roll goes to the right in one, yaw in the other. The rim is capacity.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, svg, write, classify } = stationwatch;
  const RADIUS = 60;
  const VIEWS = [[0, "roll"], [2, "yaw"]]; // axis to the right; pitch, 1, is up

  class MomentumVector {
    constructor(container) {
      this.node = element("div", "momentum-vector");
      this.views = VIEWS.map(([across, name]) => this.view(across, name));
      container.replaceChildren(this.node);
    }

    view(across, name) {
      const root = this.node.appendChild(svg("svg", { viewBox: "-84 -70 168 140", role: "img", "aria-label": `CMG momentum about ${name} and pitch; the numbers stand beside` }));
      root.append(svg("circle", { r: RADIUS, class: "rim" }));
      const limits = ["caution", "warning"].map((severity) => root.appendChild(svg("circle", { r: 0, class: `limit severity-${severity}` })));
      root.append(
        svg("path", { d: `M${-RADIUS} 0 H${RADIUS} M0 ${-RADIUS} V${RADIUS}`, class: "axis" }),
        svg("text", { x: RADIUS + 3, y: 3, class: "axis-name" }, name),
        svg("text", { y: -RADIUS - 3, class: "axis-name", "text-anchor": "middle" }, "pitch"),
      );
      const trail = root.appendChild(svg("polyline", { class: "trail" }));
      const arm = root.appendChild(svg("line", { class: "arm" }));
      const tip = root.appendChild(svg("circle", { r: 4, class: "tip" }));
      const word = root.appendChild(svg("text", { y: 24, class: "word", "text-anchor": "middle" }));
      return { across, limits, trail, arm, tip, word };
    }

    /* momentum: [roll, pitch, yaw] in N m s, or null; trail: a list of such; capacity: N m s.
     * limits: parts of capacity by class name. state: "live" | "old" | "none"; word: of old data. */
    paint({ momentum, trail, capacity, limits, state, word }) {
      const known = momentum !== null && capacity > 0;
      classify(this.node, `momentum-vector is-${known ? state : "none"}`);
      for (const view of this.views) {
        const place = (h) => [(h[view.across] / capacity) * RADIUS, (-h[1] / capacity) * RADIUS].map((one) => one.toFixed(1));
        write(view.word, known ? (state === "old" ? word || "OLD" : "") : "□ NO DATA");
        view.limits.forEach((circle, i) => circle.setAttribute("r", ((limits[i] || 0) * RADIUS).toFixed(1)));
        if (!known) continue;
        const [x, y] = place(momentum);
        view.trail.setAttribute("points", trail.map((h) => place(h).join(",")).join(" "));
        view.arm.setAttribute("x2", x);
        view.arm.setAttribute("y2", y);
        view.tip.setAttribute("transform", `translate(${x} ${y})`);
      }
    }
  }

  /* Values of several series at the same times, least recent first: a value holds until the next.
   * Times at which one of them is not known are left out. */
  function sampled(series, from, to, count) {
    const at = series.map(() => 0);
    const points = [];
    for (let k = 0; k <= count; k += 1) {
      const t = from + ((to - from) * k) / count;
      const point = series.map((one, i) => {
        while (at[i] < one.count && one.time(at[i]) <= t) at[i] += 1;
        return at[i] ? one.value(at[i] - 1) : NaN;
      });
      if (point.every(Number.isFinite)) points.push(point);
    }
    return points;
  }

  Object.assign(stationwatch, { MomentumVector, sampled });
})();
