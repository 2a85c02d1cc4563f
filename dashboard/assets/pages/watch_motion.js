/* How the station stands and turns against LVLH, from what is sent: quaternion, rates, orbit. Pure.
 *
 * LVLH: +X forward, +Y against the orbit's normal, +Z down. The quaternion turns LVLH to body, its
 * scalar first; angles are taken yaw, then pitch, then roll.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const DEG = 180 / Math.PI;

  /* [roll, pitch, yaw] in degrees. */
  function angles([a, b, c, d]) {
    return [
      Math.atan2(2 * (a * b + c * d), 1 - 2 * (b * b + c * c)) * DEG,
      Math.asin(Math.max(-1, Math.min(1, 2 * (a * c - d * b)))) * DEG,
      Math.atan2(2 * (a * d + b * c), 1 - 2 * (c * c + d * d)) * DEG,
    ];
  }

  /* Rates against LVLH about the body's axes, from those against the stars; all in the unit of
   * `orbit`, at which LVLH itself turns about its -Y. */
  function lvlhRates(rates, [a, b, c, d], orbit) {
    // the second column of the matrix that turns LVLH to body: where LVLH's Y is in the body
    const y = [2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)];
    return rates.map((rate, i) => rate + orbit * y[i]);
  }

  /* {word, detail, lost} of who controls attitude. Arguments are words of states, "" if unknown:
   * loss: of the station-wide warning; gnc: mode of the US computer; master: whether Zvezda is it;
   * dynamic: mode of Zvezda's motion control. */
  function control({ loss, gnc, master, dynamic }) {
    if (loss === "TRUE" && master === "YES") return { word: "LOST", detail: `Loss of attitude control; RS ${dynamic || "is master"} recovering`, lost: true };
    if (loss === "TRUE") return { word: "LOST", detail: "Loss of attitude control: neither segment controls", lost: true };
    if (master === "YES") return { word: `RS ${dynamic || "CONTROL"}`, detail: "Master: Russian segment, Zvezda", lost: false };
    if (!gnc) return { word: "NOT KNOWN", detail: "The mode of the US GNC computer is not known", lost: false };
    const rest = master === "NO" ? "" : "; the Russian segment is not heard";
    if (gnc === "CMG ATTITUDE CONTROL") return { word: "US CMGs", detail: `Master: US segment, CMGs alone${rest}`, lost: false };
    if (gnc.startsWith("CMG/THRUSTER")) return { word: "US CMGs", detail: `Master: US segment, thrusters assist${rest}`, lost: false };
    if (gnc === "FREE DRIFT") return { word: "FREE DRIFT", detail: `Master: nobody${rest}`, lost: true };
    return { word: "NO CONTROL", detail: `US GNC ${gnc}${rest}`, lost: true };
  }

  stationwatch.motion = { angles, lvlhRates, control };
})();
