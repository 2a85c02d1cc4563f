/* The ground track tile: from the station's state vector to a map and a line of words. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { write, classify } = stationwatch;
  const POSITION = ["iss/USLAB000032", "iss/USLAB000033", "iss/USLAB000034"];
  const VELOCITY = ["iss/USLAB000035", "iss/USLAB000036", "iss/USLAB000037"];
  const TOGETHER_MS = 4000; // apart by more, six values are no one state: 30 km
  const ANEW_MS = 60000;
  const AWAY_KM = 30; // from where the path says it should be: it was pushed

  /* {position km, velocity km/s, t, point} as last heard, or null. */
  function stateVector(model) {
    const points = [...POSITION, ...VELOCITY].map((key) => model.point(key));
    if (!points.every((point) => point && typeof point.value === "number")) return null;
    const times = points.map((point) => point.t);
    if (Math.max(...times) - Math.min(...times) > TOGETHER_MS) return null;
    const values = points.map((point) => point.value);
    if (Math.hypot(...values.slice(0, 3)) < 6400) return null; // within the Earth
    return { position: values.slice(0, 3), velocity: values.slice(3).map((one) => one / 1000), t: times[0], point: points[0] };
  }

  class Track {
    constructor(root, model) {
      this.model = model;
      this.canvas = root.querySelector(".track-map");
      this.words = root.querySelector(".track-words");
      this.map = new stationwatch.GroundTrack(this.canvas);
      this.path = [];
      this.from = null; // the state it was worked out from
      this.due = true;
      this.sizes = new ResizeObserver(([{ contentRect }]) => {
        if (!contentRect.width || !contentRect.height) return;
        this.map.resize(contentRect.width, contentRect.height, devicePixelRatio);
        this.due = true;
        stationwatch.wake();
      });
      this.sizes.observe(this.canvas);
    }

    close() {
      this.sizes.disconnect();
    }

    paint(change) {
      if (change.all) this.map.restyle();
      if (!change.all && !change.second && !this.due) return;
      this.due = false;
      const now = this.model.now("iss");
      const state = stateVector(this.model);
      const old = state !== null && this.model.old(state.point.system);
      if (state) this.foresee(state);
      else this.path = [];
      const here = state && stationwatch.orbit.over(state.position, state.t);
      this.map.paint({ now, path: this.path, mark: here && { t: state.t, ...here, old, label: label(state, old, now) } });
      this.say(state, here, old, now);
    }

    foresee(state) {
      const told = this.from && nearest(this.path, state.t);
      const same = told && state.t >= this.from.t && state.t - this.from.t < ANEW_MS;
      const here = stationwatch.orbit.over(state.position, state.t);
      if (same && apart(told, here) < AWAY_KM + 8 * (Math.abs(told.t - state.t) / 1000)) return;
      this.from = state;
      const around = stationwatch.orbit.period(state);
      this.path = Number.isFinite(around) ? stationwatch.orbit.path(state, state.t, around, around + 2 * ANEW_MS) : [];
    }

    say(state, here, old, now) {
      if (!state) {
        const heard = POSITION.some((key) => this.model.point(key)?.value !== undefined);
        write(this.words, heard ? "□ The state vector cannot be used: values are missing, invalid or apart in time" : "□ NO DATA: the state vector was never heard");
        classify(this.words, "track-words no-data");
        return;
      }
      const said = [degrees(here.latitude, "N", "S"), degrees(here.longitude, "E", "W"), `${here.altitude.toFixed(0)} km`];
      if (old) said.push(`${state.point.system.freshness}: last known ${stationwatch.format.age(now - state.t)} ago`);
      else said.push(light(state, this.path, now));
      write(this.words, said.join("   "));
      classify(this.words, `track-words${old ? " stale" : ""}`);
    }
  }

  function label(state, old, now) {
    return old ? `ISS ${state.point.system.freshness} ${stationwatch.format.age(now - state.t)}` : "ISS";
  }

  /* Whether the Sun is seen from there, and when that changes. */
  function light(state, path, now) {
    const dark = stationwatch.orbit.shadowed(state.position, state.t);
    const next = path.find((one) => one.t > now && one.dark !== dark);
    const when = next ? `${dark ? "sunrise" : "sunset"} in ${Math.max(1, Math.round((next.t - now) / 60000))} min` : `no ${dark ? "sunrise" : "sunset"} within an orbit`;
    return `${dark ? "● in shadow" : "○ in sunlight"}, ${when}`;
  }

  function nearest(path, t) {
    return path.reduce((best, one) => (best && Math.abs(best.t - t) <= Math.abs(one.t - t) ? best : one), null);
  }

  /* Of two places over the Earth, km. */
  function apart(a, b) {
    const rad = Math.PI / 180, half = Math.cos(((a.latitude + b.latitude) / 2) * rad);
    const east = (((a.longitude - b.longitude + 540) % 360) - 180) * half;
    return Math.hypot(a.latitude - b.latitude, east) * 111.2;
  }

  const degrees = (value, plus, minus) => `${Math.abs(value).toFixed(1)}° ${value < 0 ? minus : plus}`;

  Object.assign(stationwatch, { WatchTrack: Track, stateVector });
})();
