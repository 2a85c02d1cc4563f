/* Activities in words: what stands, who may, which contact a window has. Pure. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const LINKS = { ku: "Ku-band", "s-band": "S-band", russian: "Russian link" };

  /* How an activity stands now: {symbol, word, name}; name is its class. */
  function look(row, now) {
    if (row.state === "CLOSED") return { symbol: "■", word: "CLOSED", name: "closed" };
    if (row.state === "ABORTED") return { symbol: "✖", word: "ABORTED", name: "aborted" };
    if (now >= row.end) return { symbol: "■", word: "WINDOW OVER", name: "late" };
    if (row.state === "PROPOSED") return { symbol: "◇", word: "PROPOSED", name: "proposed" };
    if (now < row.start) return { symbol: "◷", word: row.state, name: "approved" };
    return { symbol: "▶", word: row.state === "STARTED" ? "STARTED" : "IN FORCE", name: "in-force" };
  }

  /* "opens in 12:04", "closes in 3:10", "ended 4 s ago" */
  function clock(row, now) {
    const { age, left, time } = stationwatch.format;
    if (isOver(row)) return row.over ? `ended ${time(row.over)}` : "was never in force";
    if (now < row.start) return `opens in ${left(row.start - now)}`;
    return now < row.end ? `closes in ${left(row.end - now)}` : `ended ${age(now - row.end)} ago`;
  }

  const isOver = (row) => row.state === "CLOSED" || row.state === "ABORTED";

  /* "09:02:00 to 09:12:00", with the day where it is another than that of `now`. */
  function windowWords(row, now) {
    const [day, from] = stationwatch.format.moment(row.start).split(" ");
    const [lastDay, to] = stationwatch.format.moment(row.end).split(" ");
    const today = stationwatch.format.moment(now).split(" ")[0];
    return `${day === today ? "" : `${day} `}${from} to ${lastDay === day ? "" : `${lastDay} `}${to}`;
  }

  /* Whether two names are one person's, however they were typed; as ingest judges it. */
  function same(one, other) {
    const plain = (name) => name.trim().split(/\s+/).join(" ").toLowerCase();
    return plain(one) === plain(other);
  }

  /* Why this person cannot approve it, empty if they can. */
  function notBy(row, operator) {
    const asker = row.state === "PROPOSED" ? row.proposed_by : row.extension_by;
    if (!same(asker, operator)) return "";
    return row.state === "PROPOSED" ? "You proposed it: another person must approve it." : "You asked for more time: another person must approve it.";
  }

  /* Where a link has no contact in [start, end): [{start, end}], announced or not: null if unknown. */
  function gapsIn(schedule, link, start, end) {
    if (!schedule || !schedule.links.includes(link) || start >= schedule.to || end <= schedule.from) return null;
    const from = Math.max(start, schedule.from);
    const to = Math.min(end, schedule.to);
    const gaps = [];
    let reached = from;
    for (const one of schedule.windows) {
      if (one.link !== link || one.end <= reached || one.start >= to) continue;
      if (one.start > reached) gaps.push({ start: reached, end: one.start });
      reached = Math.max(reached, one.end);
    }
    if (reached < to) gaps.push({ start: reached, end: to });
    return gaps;
  }

  /* What is announced of a link for a window: {go, text}. */
  function contact(schedule, link, row) {
    const gaps = gapsIn(schedule, link, row.start, row.end);
    const name = LINKS[link] || link;
    const { time } = stationwatch.format;
    if (gaps === null) return { go: null, text: `${name}: nothing is announced` };
    if (gaps.length) return { go: false, text: `${name}: no contact ${gaps.slice(0, 3).map((gap) => `${time(gap.start)} to ${time(gap.end)}`).join(", ")}${gaps.length > 3 ? `, and ${gaps.length - 3} more` : ""}` };
    const part = row.start < schedule.from || row.end > schedule.to;
    return part ? { go: null, text: `${name}: announced for a part of it only` } : { go: true, text: `${name}: contact for the whole window` };
  }

  stationwatch.activities = { ...stationwatch.activities, look, clock, isOver, windowWords, same, notBy, gapsIn, contact, LINKS };
})();
