/* The document: one link, one model, one frame; pages come and go in it.
 *
 * Dash puts a page there as an element with `data-page`; the view that was added under that name
 * draws into it until it goes. Everything is painted once an animation frame.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  class Document {
    constructor() {
      this.model = stationwatch.model = new stationwatch.Model();
      this.view = null;
      this.node = null;
      this.secondPainted = -1;
      this.waiting = false;
      this.themed = false;
      const url = new URL("/ws/live", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      url.search = location.search;
      this.link = new stationwatch.Link(url, (message) => this.take(message), () => this.wake());
      this.frame = new stationwatch.Frame(this.model, this.link);
      setInterval(() => this.wake(), 200);
      addEventListener("keydown", (event) => this.key(event));
      addEventListener("stationwatch-theme", () => {
        this.themed = true;
        this.wake();
      });
    }

    take(message) {
      this.model.take(message);
      stationwatch.ask.take(message);
      for (const part of stationwatch.parts) part.hear?.(message, this.model);
      if (this.view && this.view.take) this.view.take(message);
      this.wake();
    }

    wake() {
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.paint();
      });
    }

    paint() {
      if (this.model.hello === null) {
        this.frame.paintConnection(this.link.state);
        return;
      }
      const fresh = this.mount();
      const second = Math.floor(this.model.wall() / 1000);
      const change = { ...this.model.takeChanges(), second: second !== this.secondPainted };
      this.secondPainted = second;
      change.all = change.all || this.themed;
      this.themed = false;
      this.frame.paint(change);
      for (const part of stationwatch.parts) part.paint?.(change, this.model);
      if (this.view) {
        const shown = { ...change, all: change.all || fresh, second: change.second || fresh };
        this.readouts.paint(shown);
        this.view.paint(shown);
      }
      if (change.second) stationwatch.ask.watch();
    }

    /* Whether a page has just come. */
    mount() {
      const node = document.querySelector("#page [data-page]");
      const name = node && node.dataset.page;
      if (node === this.node && name === this.shown) return false;
      if (this.view) {
        this.view.close?.();
        this.readouts.close();
      }
      this.node = node;
      this.shown = name;
      this.view = null;
      if (node === null) return false;
      this.readouts = new stationwatch.Readouts(node, this.model);
      const make = stationwatch.makerOf(node.dataset.page);
      this.view = make ? make(node, this.model) : { paint() {} };
      return true;
    }

    key(event) {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (this.view && this.view.keys?.(event)) event.preventDefault();
      else if (stationwatch.parts.some((part) => part.key?.(event))) event.preventDefault();
    }
  }

  /* Dash renders the frame some time after the scripts have run. */
  function begin() {
    const ready = ["page", "alarm-counts", "spacecraft-states", "page-badge", "operator"].every(stationwatch.byId);
    if (window.dash_clientside && ready) stationwatch.document = new Document();
    else setTimeout(begin, 50);
  }

  addEventListener("load", begin);
})();
