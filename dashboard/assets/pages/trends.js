/* The trends page: the address carries the view; the width of the chart goes with each question. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { byId } = stationwatch;

  class Trends {
    constructor(root) {
      this.root = root;
      this.sizes = new ResizeObserver(() => this.measure());
      this.sizes.observe(root.querySelector(".trends-graph"));
      this.clicked = (event) => this.click(event);
      root.addEventListener("click", this.clicked);
      this.measure();
    }

    close() {
      this.sizes.disconnect();
    }

    measure() {
      const width = Math.round(this.root.querySelector(".trends-graph").clientWidth);
      if (width && width !== this.width) dash_clientside.set_props("trends-width", { data: (this.width = width) });
    }

    /* What is drawn, as a picture; made here, nothing is sent. */
    click(event) {
      if (event.target.id !== "trends-png") return;
      const plot = this.root.querySelector(".js-plotly-plot");
      if (plot) window.Plotly.downloadImage(plot, { format: "png", filename: "trend", scale: 2 });
    }

    paint() {}
  }

  stationwatch.addPage("trends", (root) => new Trends(root));

  /* For a clientside callback: the view, once it has been shown. */
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.trends = {
    carry(view) {
      if (view && byId("trends-graph")) stationwatch.address.set({ p: view.p || null, range: view.range || null, from: view.from || null, to: view.to || null });
      return window.dash_clientside.no_update;
    },
  };
})();
