/* Keys that work on every page: digits go to pages, `?` lists them all. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  function toPage(event) {
    const links = [...document.querySelectorAll("#nav a")];
    const link = /^[1-9]$/.test(event.key) ? links[Number(event.key) - 1] : null;
    if (link) link.click();
    return Boolean(link);
  }

  function help(event) {
    if (event.key !== "?") return false;
    const dialog = stationwatch.byId("keys-help");
    if (dialog.open) dialog.close();
    else dialog.showModal();
    return true;
  }

  stationwatch.addFrame({ key: (event) => toPage(event) || help(event) });
})();
