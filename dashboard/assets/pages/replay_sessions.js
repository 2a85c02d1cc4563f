/* The replay sessions there are: whose, of what, where they are; to be opened, steered, ended. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const LOOKS = { PLAYING: "▶", PAUSED: "‖", SEEKING: "◌", FINISHED: "■", ENDED: "⊘" };
  const HEADS = ["State", "Range", "Now at", "", "Speed", "Judged", "Asked by", ""];

  class ReplaySessions {
    constructor(root, model) {
      this.model = model;
      this.rows = new Map(); // session -> parts
      this.none = element("p", "dim", "None. Choose a range below, an incident, a recording or a bundle; at most eight at once.");
      this.table = element("table", "sessions");
      const head = element("tr");
      for (const name of HEADS) head.append(element(name ? "th" : "td", "", name));
      const top = element("thead");
      top.append(head);
      this.body = element("tbody");
      this.table.append(top, this.body);
      root.append(this.none, this.table);
    }

    paint(change) {
      if (!change.replays && !change.all) return;
      const rows = [...this.model.replays.values()].sort((a, b) => b.created - a.created);
      this.none.hidden = rows.length > 0;
      this.table.hidden = rows.length === 0;
      for (const id of this.rows.keys()) if (!this.model.replays.has(id)) this.rows.delete(id);
      for (const row of rows) {
        if (!this.rows.has(row.id)) this.rows.set(row.id, this.build(row));
        this.paintRow(this.rows.get(row.id), row);
      }
      const nodes = rows.map((row) => this.rows.get(row.id).node);
      if (nodes.some((node, i) => node !== this.body.children[i]) || nodes.length !== this.body.children.length) this.body.replaceChildren(...nodes);
    }

    build(row) {
      const node = element("tr");
      const parts = { node };
      for (const name of ["state", "range", "at", "progress", "speed", "judged", "by", "buttons"]) {
        parts[name] = element("td", name);
        node.append(parts[name]);
      }
      parts.open = element("a", "act", "Open");
      parts.open.href = `/?${new URLSearchParams({ root: row.root })}`;
      parts.open.setAttribute("aria-label", `Open replay ${row.id}`);
      parts.play = button("Play", () => stationwatch.replays.steer(parts.row, parts.row.state === "PLAYING" ? "pause" : "play"));
      parts.end = button("End", () => stationwatch.replays.steer(parts.row, "end"));
      parts.end.title = "For all who look at it";
      parts.end.setAttribute("aria-label", `End replay ${row.id}`);
      parts.buttons.append(parts.open, parts.play, parts.end);
      parts.done = element("div", "done");
      const track = element("div", "track");
      track.append(parts.done);
      parts.progress.append(track);
      return parts;
    }

    paintRow(parts, row) {
      parts.row = row;
      write(parts.state, `${LOOKS[row.state] || "–"} ${row.state}`);
      classify(parts.state, `state ${row.state.toLowerCase()}`);
      const range = `${stationwatch.format.moment(row.start)} to ${stationwatch.format.time(row.stop)}`;
      write(parts.range, row.source ? `${row.source}, ${range}` : range);
      write(parts.at, stationwatch.format.time(row.position));
      parts.done.style.width = `${(100 * Math.min(1, Math.max(0, (row.position - row.start) / (row.stop - row.start || 1)))).toFixed(1)}%`;
      write(parts.speed, row.speed ? `${row.speed}×` : "max");
      const judged = `${row.order}, ${row.limits}`;
      write(parts.judged, row.reason || judged);
      parts.judged.title = [row.reason, judged, row.gaps, row.note, `${row.frames} frames, ${row.events} alarm events`].filter(Boolean).join("\n");
      write(parts.by, row.by);
      parts.by.title = `${row.by}, ${stationwatch.format.moment(row.created)} UTC, session ${row.id}`;
      const over = row.state === "ENDED";
      parts.open.hidden = over;
      parts.end.hidden = over;
      parts.play.hidden = over || row.state === "SEEKING" || row.state === "FINISHED";
      write(parts.play, row.state === "PLAYING" ? "Pause" : "Play");
    }
  }

  function button(text, act) {
    const made = element("button", "act", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  Object.assign(stationwatch, { ReplaySessions });
})();
