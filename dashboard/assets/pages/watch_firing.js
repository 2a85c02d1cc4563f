/* The firing lights: each engine lit by its command and by its chamber pressure, halves of one lamp.
 *
 * A pulse is shorter than a glance: a lamp glows on for some seconds after it.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify } = stationwatch;
  const BURNING_MPA = 0.1; // as DER_PRESSURE_NO_CMD judges it
  const GLOW_MS = 10000;
  const MOST_NAMED = 4;

  class FiringLights {
    constructor(root, model) {
      this.model = model;
      this.words = root.querySelector(".firing-words");
      this.what = root.querySelector(".firing-what");
      this.why = root.querySelector(".firing-why");
      this.lamps = [...root.querySelectorAll("[data-lamp]")].map((node) => {
        const key = node.dataset.lamp;
        node.addEventListener("click", () => stationwatch.choose(`${key}_PC`));
        return {
          node, about: node.dataset.about, name: node.dataset.about.split(",")[0],
          command: model.point(`${key}_CMD`), pressure: model.point(`${key}_PC`),
          halves: [node.querySelector(".command"), node.querySelector(".pressure")],
        };
      });
      this.against = model.point("soyuz/DER_FIRING_JETS");
      this.disagree = model.point("soyuz/DER_MISMATCH_JETS");
    }

    paint(change) {
      if (!this.words || !this.lamps.length) return;
      const changed = this.lamps.some((lamp) => change.points.has(lamp.command) || change.points.has(lamp.pressure)) || change.points.has(this.against);
      if (!changed && !change.all && !change.second && !change.turned.size) return;
      const states = this.lamps.map((lamp) => this.paintLamp(lamp));
      this.say(states);
    }

    paintLamp(lamp) {
      const { command, pressure, node } = lamp;
      const system = (pressure || command)?.system;
      const unknown = [pressure, ...(command ? [command] : [])].some((point) => !point || point.value === undefined || point.value === null);
      const old = Boolean(system) && this.model.old(system);
      const commanded = Boolean(command && isOn(command));
      const burning = typeof pressure?.value === "number" && pressure.value > BURNING_MPA;
      const now = this.model.now(system?.craft.id || "soyuz");
      const glowing = !unknown && !commanded && !burning && now - lastFired(pressure, now) < GLOW_MS;
      const wrong = named(this.against, lamp.name) || named(this.disagree, lamp.name);
      const names = ["lamp"];
      if (unknown) names.push("no-data");
      else if (old) names.push("old");
      if (commanded) names.push("commanded");
      if (burning) names.push("burning");
      if (glowing) names.push("glowing");
      if (wrong) names.push("wrong");
      classify(node, names.join(" "));
      const state = unknown ? (pressure?.value === null || command?.value === null ? "INVALID: not known" : "NO DATA") : [commanded ? "commanded" : "", burning ? "burning" : "", glowing ? "fired within 10 s" : "", wrong ? "against the plan or command" : ""].filter(Boolean).join(", ") || "off";
      const title = `${lamp.about}: ${state}${old && !unknown ? ` (${system.freshness})` : ""}`;
      if (node.title !== title) {
        node.title = title;
        node.setAttribute("aria-label", title);
      }
      return { lamp, unknown, old, system, fires: commanded || burning, wrong };
    }

    say(states) {
      const some = states.find((one) => one.system);
      const firing = states.filter((one) => one.fires).map((one) => one.lamp.name);
      const against = heard(this.against), disagree = heard(this.disagree);
      const which = firing.length > MOST_NAMED ? `${firing.length} thrusters` : firing.join(", ");
      let words = firing.length ? `▶ FIRING ${which}` : "○ Nothing fires", name = firing.length ? "firing" : "quiet";
      if (!some || states.every((one) => one.unknown)) [words, name] = ["□ NO DATA", "no-data"];
      else if (some.old) {
        const look = this.model.looks.freshness[some.system.freshness];
        [words, name] = [`${look.symbol} ${look.word}: ${firing.length ? `last seen firing ${which}` : "nothing fired when last heard"}`, "stale"];
      }
      const was = firing.length ? "" : "was ";
      const why = against ? `${was}against the plan: ${against}` : disagree ? `pressure disagrees: ${disagree}` : "";
      if (why && name !== "stale") name = against ? "severity-warning" : "severity-caution";
      write(this.what, words);
      write(this.why, why);
      this.words.title = [words, why].filter(Boolean).join(", ");
      classify(this.words, `firing-words ${name}`);
    }
  }

  function isOn(point) {
    return point.parameter.states[String(point.value)] === "ON";
  }

  function heard(point) {
    return point && typeof point.value === "string" ? point.value : "";
  }

  function named(point, name) {
    return heard(point).includes(name);
  }

  /* When chamber pressure was last seen, ms; -Infinity if it never was. */
  function lastFired(point, now) {
    const series = point?.series;
    if (!series) return -Infinity;
    for (let i = series.count - 1; i >= 0 && now - series.time(i) < 2 * GLOW_MS; i -= 1) {
      // it burned until the sample after
      if (series.value(i) > BURNING_MPA) return i + 1 < series.count ? series.time(i + 1) : series.time(i);
    }
    return -Infinity;
  }

  Object.assign(stationwatch, { FiringLights });
})();
