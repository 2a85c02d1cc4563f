/* The handover page: a page that is no longer drawn anew says so itself. */
(function () {
  "use strict";
  const OLD_MS = 7000; // it is drawn every 2 s

  function begin() {
    if (location.pathname.replace(/\/$/, "") !== "/handover") return;
    const body = document.getElementById("handover-body");
    const state = document.getElementById("paper-state");
    if (!body || !state) {
      setTimeout(begin, 100);
      return;
    }
    let drawn = performance.now();
    new MutationObserver(() => (drawn = performance.now())).observe(body, { childList: true, subtree: true, characterData: true });
    setInterval(() => {
      const old = performance.now() - drawn > OLD_MS;
      const time = body.querySelector("time");
      state.textContent = old ? `PAGE NOT UPDATING since ${time ? time.textContent : "it was opened"}` : "";
    }, 500);
  }

  begin();
})();
