/* Where the station is over the Earth, where it goes, and where the Sun stands. Pure.
 *
 * Times are UTC milliseconds, taken for UT1 and TT (0.9 s: 0.4 km in longitude). Positions are km,
 * velocities km/s, J2000; angles degrees. Frames: precession (IAU 1976, Lieske) and mean sidereal
 * time (IAU 1982, Meeus, Astronomical Algorithms 12.4); nutation is left out: 0.6 km. Motion: the
 * Earth's mass and its oblateness J2, no drag, by Runge and Kutta's fourth order: some km an orbit.
 * Nothing of it knows of burns that are yet to come.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const RADIUS_KM = 6378.137; // WGS 84
  const FLATTENING = 1 / 298.257223563;
  const MU_KM3_S2 = 398600.4418;
  const J2 = 1.08262668e-3; // EGM 96
  const RAD = Math.PI / 180;
  const STEP_MS = 60000;

  const days = (ms) => ms / 86400000 - 10957.5; // since 1 January 2000 12:00
  const turn = (angle) => ((((angle + 180) % 360) + 360) % 360) - 180;

  /* Greenwich mean sidereal time. */
  function sidereal(ms) {
    const d = days(ms), t = d / 36525;
    return 280.46061837 + 360.98564736629 * d + (0.000387933 - t / 38710000) * t * t;
  }

  /* From the axes of 2000 to those of a date. */
  function ofDate([x, y, z], ms) {
    const t = days(ms) / 36525, second = RAD / 3600;
    const zeta = (2306.2181 + 0.30188 * t) * t * second;
    const theta = (2004.3109 - 0.42665 * t) * t * second;
    const last = (2306.2181 + 1.09468 * t) * t * second;
    const a = x * Math.cos(zeta) - y * Math.sin(zeta), b = x * Math.sin(zeta) + y * Math.cos(zeta);
    const c = a * Math.cos(theta) - z * Math.sin(theta), d = a * Math.sin(theta) + z * Math.cos(theta);
    return [c * Math.cos(last) - b * Math.sin(last), c * Math.sin(last) + b * Math.cos(last), d];
  }

  /* {latitude, longitude, altitude}: geodetic by Bowring's formula, WGS 84; east, -180 to 180. */
  function over(position, ms) {
    const [x, y, z] = ofDate(position, ms);
    const across = Math.hypot(x, y), polar = RADIUS_KM * (1 - FLATTENING), e2 = FLATTENING * (2 - FLATTENING);
    const reduced = Math.atan2(z, across * (1 - FLATTENING));
    const latitude = Math.atan2(
      z + (e2 / (1 - e2)) * polar * Math.sin(reduced) ** 3,
      across - e2 * RADIUS_KM * Math.cos(reduced) ** 3,
    );
    const s = Math.sin(latitude);
    const altitude = across * Math.cos(latitude) + z * s - RADIUS_KM * Math.sqrt(1 - e2 * s * s);
    return { latitude: latitude / RAD, longitude: turn(Math.atan2(y, x) / RAD - sidereal(ms)), altitude };
  }

  /* Right ascension and declination of date: Astronomical Almanac, low precision, 0.01 degrees. */
  function sun(ms) {
    const d = days(ms);
    const g = (357.528 + 0.9856003 * d) * RAD, tilt = (23.439 - 0.0000004 * d) * RAD;
    const longitude = (280.46 + 0.9856474 * d + 1.915 * Math.sin(g) + 0.02 * Math.sin(2 * g)) * RAD;
    const [x, y] = [Math.cos(longitude), Math.sin(longitude)];
    return { ascension: Math.atan2(y * Math.cos(tilt), x) / RAD, declination: Math.asin(y * Math.sin(tilt)) / RAD };
  }

  /* The point the Sun stands above. */
  function subsolar(ms) {
    const { ascension, declination } = sun(ms);
    return { latitude: declination, longitude: turn(ascension - sidereal(ms)) };
  }

  /* Latitude of the line between day and night at a longitude: where the Sun's middle sets. */
  function terminator(longitude, { latitude, longitude: noon }) {
    const declination = Math.abs(latitude) < 1e-6 ? 1e-6 : latitude; // equinox: along meridians
    return Math.atan(-Math.cos((longitude - noon) * RAD) / Math.tan(declination * RAD)) / RAD;
  }

  /* Whether the Earth hides the Sun from there: a shadow as wide as the Earth, without edges. */
  function shadowed(position, ms) {
    const { ascension, declination } = sun(ms);
    const [x, y, z] = ofDate(position, ms);
    const c = Math.cos(declination * RAD);
    const s = [c * Math.cos(ascension * RAD), c * Math.sin(ascension * RAD), Math.sin(declination * RAD)];
    const along = x * s[0] + y * s[1] + z * s[2];
    return along < 0 && Math.hypot(x - along * s[0], y - along * s[1], z - along * s[2]) < RADIUS_KM;
  }

  function pull([x, y, z]) {
    const r2 = x * x + y * y + z * z, r = Math.sqrt(r2), k = -MU_KM3_S2 / (r2 * r);
    const bulge = 1.5 * J2 * (RADIUS_KM * RADIUS_KM / r2), high = (5 * z * z) / r2;
    return [k * x * (1 + bulge * (1 - high)), k * y * (1 + bulge * (1 - high)), k * z * (1 + bulge * (3 - high))];
  }

  const plus = (a, b, k) => a.map((one, i) => one + k * b[i]);

  /* {position, velocity} after h seconds; before, where h is negative. */
  function step({ position: r, velocity: v }, h) {
    const a1 = pull(r);
    const v2 = plus(v, a1, h / 2), a2 = pull(plus(r, v, h / 2));
    const v3 = plus(v, a2, h / 2), a3 = pull(plus(r, v2, h / 2));
    const v4 = plus(v, a3, h), a4 = pull(plus(r, v3, h));
    const mean = (one, two, three, four) => one.map((x, i) => (x + 2 * two[i] + 2 * three[i] + four[i]) / 6);
    return { position: plus(r, mean(v, v2, v3, v4), h), velocity: plus(v, mean(a1, a2, a3, a4), h) };
  }

  /* Time of a turn about the Earth, ms; NaN where the path is none. */
  function period({ position, velocity }) {
    const energy = (velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2) / 2 - MU_KM3_S2 / Math.hypot(...position);
    return energy < 0 ? 2000 * Math.PI * Math.sqrt((-MU_KM3_S2 / (2 * energy)) ** 3 / MU_KM3_S2) : NaN;
  }

  /* The path over the Earth from `before` ms ago until `after` ms ahead of the state at time t:
   * [{t, latitude, longitude, altitude, dark}], in order, a minute apart. */
  function path(state, t, before, after) {
    const run = (h, length) => {
      const points = [];
      for (let now = state, at = h; Math.abs(at) <= length; at += h) {
        now = step(now, h / 1000);
        points.push(place(now.position, t + at));
      }
      return points;
    };
    return [...run(-STEP_MS, before).reverse(), place(state.position, t), ...run(STEP_MS, after)];
  }

  const place = (position, t) => ({ t, ...over(position, t), dark: shadowed(position, t) });

  /* Degrees a second that LVLH turns against the stars. */
  function rate({ position: [x, y, z], velocity: [u, v, w] }) {
    const h = Math.hypot(y * w - z * v, z * u - x * w, x * v - y * u);
    return h / (x * x + y * y + z * z) / RAD;
  }

  stationwatch.orbit = { over, subsolar, terminator, shadowed, path, period, rate };
})();
