/* A moment of a replay in words: when it is, and what is there on the overview. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const NEAR_PX = 4;
  const MOST_TOLD = 5;
  const DAY_MS = 86400000;
  const two = (number) => String(number).padStart(2, "0");

  /* Three digits, as flight control counts days. */
  function dayOfYear(ms) {
    const began = Date.UTC(new Date(ms).getUTCFullYear(), 0, 1);
    return String(Math.floor((ms - began) / DAY_MS) + 1).padStart(3, "0");
  }

  /* "2021-10-15 09:12:18 UTC, day 288" */
  function stamp(ms) {
    return `${stationwatch.format.moment(ms)} UTC, day ${dayOfYear(ms)}`;
  }

  /* "2021-10-15 (288) 09:12:18.3 UTC"; whole: without the tenths, which nobody can read at speed. */
  function instant(ms, whole) {
    if (!Number.isFinite(ms)) return "";
    const [day, time] = stationwatch.format.moment(ms).split(" ");
    return `${day} (${dayOfYear(ms)}) ${time}${whole ? "" : `.${Math.floor((ms % 1000) / 100)}`} UTC`;
  }

  /* "3:12", "1:03:12" */
  function lasting(ms) {
    if (!Number.isFinite(ms)) return "";
    const seconds = Math.max(0, Math.round(ms / 1000));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }

  /* What an overview has at a time, as lines: incidents, alarms, activities, the parameter. */
  function toldAt(ms, { data, model, start, stop, node, lanes, alarms }) {
    if (!data) return [];
    const near = (NEAR_PX * (stop - start)) / (node.clientWidth - lanes.left || 1);
    const line = (severity, text) => {
      const look = model.looks.severity[severity];
      return element("span", `severity-${look.name}`, `${look.symbol} ${look.word} ${text}`);
    };
    const here = alarms.filter((one) => Math.abs(one.t - ms) <= near).sort((a, b) => a.held - b.held || b.severity - a.severity);
    const lines = [];
    for (const one of data.incidents) {
      if (one.first - near <= ms && ms <= (one.end ?? Infinity)) lines.push(line(one.severity, `INCIDENT ${one.title}`));
    }
    for (const one of here.slice(0, MOST_TOLD)) {
      const said = `${one.said ? `: ${one.said}` : ""}${one.held ? " (held back)" : ""}`;
      lines.push(line(one.severity, `${stationwatch.format.time(one.t)} ${one.name}${said}`));
    }
    if (here.length > MOST_TOLD) lines.push(element("span", "dim", `and ${here.length - MOST_TOLD} more alarms`));
    for (const one of data.activities) {
      if (one.start <= ms && ms <= Math.max(one.end, one.over ?? 0)) lines.push(element("span", "", `${one.title}: ${one.state.toLowerCase()}`));
    }
    const value = measured(data.envelope, ms);
    if (value) lines.push(element("span", "dim", value));
    return lines;
  }

  /* Least and most of the bucket of that time, or what has stood since. */
  function measured(envelope, ms) {
    if (!envelope) return "";
    const next = envelope.t.findIndex((t) => t > ms);
    const i = (next < 0 ? envelope.t.length : next) - 1;
    if (i < 0 || !Number.isFinite(envelope.low[i] ?? NaN)) return "";
    const since = ms - envelope.t[i];
    if (since > Math.max(envelope.width, envelope.hold ?? Infinity)) return "";
    const stands = since > envelope.width;
    const [low, high] = (stands ? [envelope.last[i], envelope.last[i]] : [envelope.low[i], envelope.high[i]]).map(stationwatch.figure);
    return `${envelope.name}: ${low === high ? low : `${low} to ${high}`} ${envelope.unit}`;
  }

  Object.assign(stationwatch, { stamp, instant, lasting, toldAt });
})();
