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
    else {
      ofPage();
      dialog.showModal();
    }
    return true;
  }

  /* The keys of the page that is shown: its view's `help`, {key: what it does}. */
  function ofPage() {
    const { element, byId } = stationwatch;
    const list = byId("keys-list");
    for (const node of list.querySelectorAll(".of-page")) node.remove();
    for (const [key, text] of Object.entries(stationwatch.document.view?.help || {})) {
      const name = element("dt", "of-page");
      name.append(element("kbd", "", key));
      list.append(name, element("dd", "of-page", text));
    }
  }

  stationwatch.addFrame({ key: (event) => toPage(event) || help(event) });
})();
