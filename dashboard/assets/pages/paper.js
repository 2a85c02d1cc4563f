/* Pages that are read and printed: what they show comes from the server. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  function paperPage(root) {
    const print = (event) => event.target.closest(".print") && window.print();
    root.addEventListener("click", print);
    return { paint() {}, close: () => root.removeEventListener("click", print) };
  }

  stationwatch.addPage("handover", paperPage);
  stationwatch.addPage("scorecard", paperPage);
})();
