/* The tab's title and icon: how many alarms nobody has acknowledged, and how bad the worst is.
 *
 * Written when a message comes, not when the page is painted: a hidden page is never painted.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const SIZE = 32;

  class Badge {
    constructor() {
      this.said = "";
      this.icon = document.createElement("link");
      this.icon.rel = "icon";
      document.head.append(this.icon);
    }

    show(model, lost) {
      let open = 0, worst = 0;
      for (const row of model.alarms.rows.values()) {
        if (!row.unacknowledged || row.late || row.last || !row.occurrence) continue;
        open += 1;
        worst = Math.max(worst, row.severity);
      }
      this.write(open);
      const said = `${open} ${worst} ${lost} ${document.documentElement.dataset.theme}`;
      if (said === this.said) return;
      this.said = said;
      this.draw(open, worst ? model.looks.severity[worst] : null, lost);
    }

    /* As the frame writes it, which a hidden page does not. */
    write(open) {
      const rest = document.title.replace(/^\(\d+\) /, "");
      const title = open ? `(${open}) ${rest}` : rest;
      if (document.title !== title) document.title = title;
    }

    draw(open, look, lost) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIZE;
      const context = canvas.getContext("2d");
      const ground = lost ? "stale" : look ? look.name : "raised";
      context.fillStyle = stationwatch.colour(ground);
      context.beginPath();
      context.roundRect(0, 0, SIZE, SIZE, 7);
      context.fill();
      context.fillStyle = stationwatch.colour(look || lost ? "ink" : "text");
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.font = `bold ${open > 9 ? 17 : 21}px sans-serif`;
      context.fillText(lost ? "?" : open > 99 ? "99" : open ? String(open) : "○", SIZE / 2, SIZE / 2 + 1);
      this.icon.href = canvas.toDataURL("image/png");
    }
  }

  Object.assign(stationwatch, { Badge });
})();
