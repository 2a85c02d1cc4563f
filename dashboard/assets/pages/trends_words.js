/* Words of the trends page, and what this browser remembers: views by name, sets shown lately. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element } = stationwatch;
  const MOST = 8;
  const KEPT = "stationwatch.trends.views";
  const RECENT = "stationwatch.trends.recent";
  const MOST_KEPT = 40;
  const MOST_RECENT = 8;

  function stored(name) {
    try {
      const found = JSON.parse(localStorage.getItem(name) || "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  const kept = () => stored(KEPT).filter((one) => typeof one?.name === "string" && typeof one?.query === "string");

  function keep(name, query) {
    const others = kept().filter((one) => one.name !== name);
    localStorage.setItem(KEPT, JSON.stringify([{ name, query }, ...others].slice(0, MOST_KEPT)));
  }

  function forget(name) {
    localStorage.setItem(KEPT, JSON.stringify(kept().filter((one) => one.name !== name)));
  }

  const recent = () => stored(RECENT).filter((one) => Array.isArray(one) && one.length);

  function remember(keys) {
    if (!keys.length) return;
    const same = (one) => one.join() === keys.join();
    localStorage.setItem(RECENT, JSON.stringify([keys, ...recent().filter((one) => !same(one))].slice(0, MOST_RECENT)));
  }

  const names = (model, keys) => keys.map((key) => model.point(key)?.parameter.name || key).join(", ");

  /* As exact as what is shown is wide. */
  function clock(ms, wide) {
    const text = new Date(ms).toISOString();
    const time = text.slice(11, wide < 120000 ? 23 : 19);
    return wide > 86400000 ? `${stationwatch.format.day(text.slice(0, 10))} ${time}` : time;
  }

  /* 2021-10-15 09:12:18, by day of year if that is how dates are shown. */
  function moment(ms) {
    const text = new Date(ms).toISOString();
    return `${stationwatch.format.day(text.slice(0, 10))} ${text.slice(11, ms % 1000 ? 23 : 19)}`;
  }

  function lasted(ms) {
    if (ms < 60000) return `${Number((ms / 1000).toPrecision(3))} s`;
    return stationwatch.format.ago(ms) === `${Math.floor(ms / 60000)} min` ? `${Math.floor(ms / 60000)} min ${String(Math.floor(ms / 1000) % 60).padStart(2, "0")} s` : stationwatch.format.ago(ms);
  }

  const width = (ms) => (ms < 1000 ? `${ms} ms` : ms < 60000 ? `${ms / 1000} s` : ms < 3600000 ? `${ms / 60000} min` : `${ms / 3600000} h`);

  /* What stands on the page when nothing is chosen: what one might want to see. */
  function nothing(view) {
    const made = element("div", "nothing-chosen");
    made.append(element("p", "", "Choose parameters: press / and type an id, a name, a unit or a subsystem."));
    const { model } = view;
    const alarmed = [...model.alarms.rows.values()]
      .filter((row) => row.violated && model.point(`${row.spacecraft}/${row.subject}`))
      .sort((a, b) => b.severity - a.severity || a.since - b.since)
      .map((row) => `${row.spacecraft}/${row.subject}`);
    const worst = [...new Set(alarmed)].slice(0, MOST);
    if (worst.length) made.append(set("In alarm now", worst, view));
    for (const { name, query } of kept()) made.append(way(name, query, () => view.open(query)));
    for (const keys of recent()) made.append(set("Shown lately", keys, view));
    return made;
  }

  function set(title, keys, view) {
    return way(title, names(view.model, keys), () => view.choose(keys));
  }

  function way(title, words, act) {
    const made = element("button", "act way");
    made.type = "button";
    made.title = words;
    made.append(element("b", "", title), element("span", "", words));
    made.addEventListener("click", act);
    return made;
  }

  stationwatch.trends = { MOST, kept, keep, forget, recent, remember, names, clock, moment, lasted, width, nothing };
})();
