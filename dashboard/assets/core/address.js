/* The address carries the view: what is shown can be sent to a colleague, and opened again.
 *
 * Links within the console do not load the document anew, except to another root: what is known
 * of live telemetry must never stand on a page of a replay.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const query = () => new URLSearchParams(location.search);

  const address = {
    /* As dashboard/address.py reads it: an address that names two roots names none. */
    root() {
      const roots = query().getAll("root");
      return roots.length > 1 ? "-" : roots[0] || "";
    },
    get: (name) => query().get(name),
    /* {name: value}; null or "" takes it out. The page is not drawn anew. */
    set(changes) {
      const now = query();
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === "") now.delete(name);
        else now.set(name, value);
      }
      const text = now.toString();
      history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : ""));
    },
    /* An address within the console, of the same root. */
    link(path, given) {
      const made = new URLSearchParams();
      if (address.root()) made.set("root", address.root());
      for (const [name, value] of Object.entries(given || {})) made.set(name, value);
      const text = made.toString();
      return path + (text ? `?${text}` : "");
    },
  };

  function go(href) {
    const to = new URL(href, location.href);
    if (to.href === location.href) return;
    if (to.origin !== location.origin || (to.searchParams.get("root") || "") !== address.root()) {
      location.assign(to);
      return;
    }
    history.pushState({}, "", to.pathname + to.search + to.hash);
    // what Dash's own links say; its Location listens for it
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || link.dataset.file !== undefined) return; // a file of the server, not a page
    event.preventDefault();
    go(link.href);
  });

  Object.assign(stationwatch, { address, go });
})();
