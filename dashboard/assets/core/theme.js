/* Dark or light, as this browser was told last; dates as calendar day or day of year. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const THEME = "stationwatch.theme";
  const DAYS = "stationwatch.days";
  let days = localStorage.getItem(DAYS) || "date";

  const theme = () => (localStorage.getItem(THEME) === "light" ? "light" : "dark");

  function show() {
    document.documentElement.dataset.theme = theme();
    const toggle = stationwatch.byId("theme-toggle");
    if (!toggle || !window.dash_clientside) return setTimeout(show, 50);
    toggle.textContent = theme() === "dark" ? "☾ Dark" : "☀ Light";
    dash_clientside.set_props("mantine", { forceColorScheme: theme() });
    dash_clientside.set_props("theme", { data: theme() });
    dispatchEvent(new Event("stationwatch-theme"));
    return undefined;
  }

  /* "2021-10-15" as it is, or as "2021-288". */
  function day(text) {
    if (days === "date" || !text) return text || "";
    const year = Number(text.slice(0, 4));
    const number = (Date.parse(`${text}T00:00:00Z`) - Date.UTC(year, 0, 1)) / 86400000 + 1;
    return `${year}-${String(number).padStart(3, "0")}`;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#theme-toggle")) {
      localStorage.setItem(THEME, theme() === "dark" ? "light" : "dark");
      show();
    } else if (event.target.closest?.("#wall-clock")) {
      days = days === "date" ? "day of year" : "date";
      localStorage.setItem(DAYS, days);
      dispatchEvent(new Event("stationwatch-theme"));
    }
  });

  document.documentElement.dataset.theme = theme();
  stationwatch.format.day = day;
  addEventListener("load", show);
})();
