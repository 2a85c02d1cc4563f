/* Drawing an overview: activities, incidents, a parameter's least and most, alarms, a time axis.
 *
 * data: as /replay/overview gives it. lanes: {name: [top, height]} in CSS pixels; colour(name).
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
  const LABEL_PX = 86;
  const SYMBOL_PX = 10;
  const FONT = "10px Inter, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";

  function draw(context, { data, start, stop, left, width, lanes, looks, colour }) {
    const toX = (ms) => left + ((ms - start) / (stop - start)) * (width - left);
    const tools = { context, toX, left, width, start, stop, colour, looks };
    context.clearRect(0, 0, width, context.canvas.height);
    context.font = FONT;
    context.textBaseline = "middle";
    axis(tools, lanes);
    if (!data) return;
    if (data.envelope) envelope(tools, data.envelope, lanes.envelope);
    activities(tools, data.activities, lanes.activities);
    for (const one of data.incidents) incident(tools, one, lanes.incidents);
    alarms(tools, data.alarms, lanes.alarms);
  }

  /* A line at each round time, and when it is; the date where a day begins. */
  function axis({ context, toX, left, width, start, stop, colour }, lanes) {
    const [top, height] = lanes.axis;
    const most = Math.max(1, Math.floor((width - left) / LABEL_PX));
    const step = (STEPS_S.find((s) => (stop - start) / 1000 / s <= most) || STEPS_S[STEPS_S.length - 1]) * 1000;
    context.textAlign = "center";
    let edge = -Infinity;
    for (let ms = Math.ceil(start / step) * step; ms <= stop; ms += step) {
      const x = Math.round(toX(ms)) + 0.5;
      context.fillStyle = colour("line");
      context.fillRect(x - 0.5, 0, 1, top);
      const midnight = ms % 86400000 === 0;
      const [day, time] = stationwatch.format.moment(ms).split(" ");
      const text = midnight ? stationwatch.format.day(day) : step < 60000 ? time : time.slice(0, 5);
      const half = context.measureText(text).width / 2 + 3;
      const at = Math.min(Math.max(x, left + half), width - half);
      if (at - half < edge) continue;
      edge = at + half;
      context.fillStyle = colour(midnight ? "text" : "dim");
      context.fillText(text, at, top + height / 2);
    }
  }

  /* Least to most in each bucket; a value stands until the next, where nothing is nothing known. */
  function envelope({ context, toX, left, colour }, band, [top, height]) {
    const measured = (values) => values.filter((value) => Number.isFinite(value ?? NaN));
    // up to the nearest limits, so that noise does not look like news
    const limits = measured([band.inner?.low, band.inner?.high]);
    const [lows, highs] = [measured(band.low), measured(band.high)];
    if (!lows.length) return;
    const low = Math.min(...lows, ...limits);
    const high = Math.max(...highs, ...limits);
    const spread = high - low || Math.abs(high) || 1;
    const toY = (value) => top + height - 1.5 - ((value - low) / spread) * (height - 3);
    if (left > 0) {
      context.fillStyle = colour("dim");
      context.textAlign = "right";
      context.fillText(`${stationwatch.figure(high)} ${band.unit}`, left - 6, top + 5);
      context.fillText(`${stationwatch.figure(low)} ${band.unit}`, left - 6, top + height - 5);
    }
    context.fillStyle = colour("trace");
    context.globalAlpha = 0.75;
    let before = null; // where the line comes from
    for (let i = 0; i < band.t.length; i += 1) {
      if (!Number.isFinite(band.low[i] ?? NaN)) continue;
      const x = toX(band.t[i]);
      const right = toX(Math.min(band.t[i] + band.width, band.t[i + 1] ?? Infinity));
      const y = toY(band.high[i]);
      context.fillRect(x, y, Math.max(1, right - x), Math.max(1.25, toY(band.low[i]) - y));
      if (before !== null) {
        const from = Math.min(before, toY(band.low[i]));
        context.fillRect(x, Math.min(from, y), 1.25, Math.max(before, y) - Math.min(from, y));
      }
      const next = band.t[i + 1] ?? band.t[i];
      const holds = next - band.t[i] <= (band.hold ?? Infinity);
      before = holds ? toY(band.last[i]) : null;
      if (holds) context.fillRect(right, before - 0.6, toX(next) - right, 1.25);
    }
    context.globalAlpha = 1;
  }

  const LINE_PX = 15;

  /* In as many lines as there is room for; in one, the shorter lie on the longer. */
  function activities(tools, all, [top, height]) {
    const lines = Math.max(1, Math.floor(height / LINE_PX));
    const each = lines > 1 ? LINE_PX : height;
    const ends = new Array(lines).fill(-Infinity);
    const placed = [...all].sort((a, b) => over(b) - b.start - (over(a) - a.start)).map((one) => ({ one, line: 0 }));
    if (lines > 1) {
      placed.sort((a, b) => a.one.start - b.one.start);
      for (const each of placed) {
        const free = ends.findIndex((end) => end <= each.one.start);
        each.line = free < 0 ? lines - 1 : free;
        ends[each.line] = over(each.one);
      }
    }
    placed.forEach(({ one, line }, i) => {
      const later = placed.slice(i + 1).filter((other) => other.line === line).map((other) => other.one);
      activity(tools, one, later, top + line * each, each);
    });
  }

  const over = (one) => Math.max(one.end, one.over ?? 0);

  /* A bar with its title; what it ran over its planned end is hollow. later: what will lie on it. */
  function activity(tools, one, later, top, height) {
    const { context, colour } = tools;
    const [x, w] = clipped(tools, one.start, Math.min(one.end, one.over ?? one.end));
    context.fillStyle = colour("raised");
    context.fillRect(x, top, w, height - 1);
    context.fillStyle = context.strokeStyle = colour("live");
    context.fillRect(x, top, 2, height - 1);
    if (one.over > one.end) {
      const [more, late] = clipped(tools, one.end, one.over);
      context.strokeRect(more + 0.5, top + 0.5, Math.max(1, late - 1), height - 2);
    }
    // its title where nothing lies on it
    let [from, to] = [one.start, over(one)];
    for (const other of later) {
      if (over(other) <= from || other.start >= to) continue;
      if (to - over(other) > other.start - from) from = over(other);
      else to = other.start;
    }
    const [at, room] = clipped(tools, from, to);
    words(tools, one.title, at + 5, room - 8, top + height / 2, "text");
  }

  /* From its first-out until it was over; an open one has no right end. */
  function incident(tools, one, [top, height]) {
    const { context, colour, looks } = tools;
    const look = looks.severity[one.severity];
    const [x, w] = clipped(tools, one.first, one.end ?? Infinity);
    context.fillStyle = colour(look.name);
    if (height < 6) {
      context.fillRect(x, top, w, height);
      return;
    }
    context.globalAlpha = 0.2;
    context.fillRect(x, top, w, height - 1);
    context.globalAlpha = 1;
    context.fillRect(x, top, 2, height - 1);
    words(tools, `${look.symbol} ${one.title}${one.end === null ? " (open)" : ""}`, x + 5, w - 8, top + height / 2, "text");
  }

  /* A tick where one began or became worse, taller the worse; its symbol where there is room. */
  function alarms({ context, toX, left, width, colour, looks }, marks, [top, height]) {
    const bottom = top + height;
    let symbolX = -Infinity;
    context.textAlign = "center";
    for (const severity of [1, 2, 3, 4]) {
      const look = looks.severity[severity];
      context.fillStyle = colour(look.name);
      const tall = Math.round(height * [0, 0.35, 0.6, 1, 1][severity]);
      for (const mark of marks) {
        const x = toX(mark.t);
        if (mark.severity !== severity || x < left || x > width) continue;
        context.globalAlpha = mark.held ? 0.4 : 1;
        context.fillRect(Math.round(x) - 0.5, bottom - tall, severity > 2 ? 2 : 1.25, tall);
      }
    }
    context.globalAlpha = 1;
    if (height < 18) return;
    for (const mark of [...marks].filter((one) => !one.held && one.severity > 1)) {
      const x = toX(mark.t);
      if (x < left || x > width || x - symbolX < SYMBOL_PX) continue;
      symbolX = x;
      context.fillStyle = colour(looks.severity[mark.severity].name);
      context.fillText(looks.severity[mark.severity].symbol, x, top - 5);
    }
  }

  function clipped({ toX, left, width }, from, to) {
    const x = Math.max(left, toX(from));
    return [x, Math.max(2, Math.min(width, toX(to)) - x)];
  }

  /* As much of a text as there is room for. */
  function words({ context, colour }, text, x, room, y, name) {
    if (room < 14) return;
    let shown = text;
    while (shown.length > 1 && context.measureText(shown).width > room) shown = shown.slice(0, -2).trimEnd() + "…";
    if (shown.length < 3) return;
    context.textAlign = "left";
    context.fillStyle = colour(name);
    context.fillText(shown, x, y);
  }

  const figure = (value) => String(Number(value.toPrecision(4)));

  Object.assign(stationwatch, { drawOverview: draw, figure });
})();
