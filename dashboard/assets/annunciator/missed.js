/* No alarm disappears unseen: what was annunciated while nobody could see this page is listed when
 * somebody can again, until it is dismissed.
 *
 * Away is: hidden, without its link (or its console without the broker), or frozen. While it only
 * was hidden, the events were heard here; after a lost link they come from the journal, and what
 * stands now and did not stand before is listed even where the journal cannot be read.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const MAX_RECENT = 500; // of those before, the journal is asked
  const MAX_ITEMS = 500; // what is more is counted, and is in the journal
  const FROZEN_MS = 5000; // hidden pages are woken once a second or less, but those are away already
  const THAW_MS = 1500;
  const MARGIN_MS = 3000; // a silent link is noticed after two seconds
  const JOURNAL_LAG_MS = 2000; // an event is in the journal a moment after it is told
  const SAVE_MS = 1000;

  const annunciation = (row) => `${row.id} ${row.occurrence} ${row.annunciated}`;

  class Missed {
    /* changed(): something is to be listed, or to be listed no more. */
    constructor(model, changed) {
      this.model = model;
      this.changed = changed;
      this.recent = []; // {event, at}: annunciations as they were heard
      this.reasons = new Set(); // why nobody can see the page now
      this.why = new Set(); // ... since it was last seen
      this.items = new Map(); // annunciation -> event
      this.more = 0; // annunciations there is no room for in the list
      this.forgotten = -Infinity; // when the newest was heard that is no longer in `recent`
      this.from = NaN; // wall, ms
      this.to = NaN;
      this.words = new Set();
      this.unknown = ""; // why the list may lack something
      this.beat = performance.now();
      this.savedAt = -Infinity;
      this.key = `stationwatch.missed.${stationwatch.address.root()}`;
      document.addEventListener("visibilitychange", () => this.turn("hidden", document.hidden));
      if (document.hidden) this.begin("hidden");
    }

    /* After the first snapshot: what an earlier load of this page left, and what came since. */
    start() {
      let saved = null;
      try {
        saved = JSON.parse(sessionStorage.getItem(this.key));
      } catch (error) {
        saved = null;
      }
      if (!saved || !(saved.heard > 0)) return;
      for (const event of saved.items || []) this.items.set(annunciation(event.row), event);
      if (this.items.size) Object.assign(this, { more: saved.more || 0, from: saved.from, to: saved.to, words: new Set(saved.words) });
      this.ask(saved.heard, this.model.wall(), "page closed", null);
      this.changed();
    }

    /* Every message that came. */
    hear(message) {
      if (message.k !== "event" || !message.annunciate) return;
      this.recent.push({ event: message, at: performance.now() });
      if (this.recent.length > MAX_RECENT) this.forgotten = this.recent.shift().at;
    }

    /* Now and then: whether the page can be seen and hears. online: its link and the broker live. */
    watch(online) {
      const now = performance.now();
      const gap = now - this.beat;
      if (gap > FROZEN_MS && !this.reasons.size) {
        this.begin("frozen", this.beat);
        this.thawed = now;
      }
      // what came meanwhile waits in the browser, and is only heard now
      if (this.reasons.has("frozen") && now - this.thawed > THAW_MS) this.end("frozen");
      this.beat = now;
      this.turn("lost", !online);
      if (now - this.savedAt > SAVE_MS && online) this.save();
    }

    turn(reason, away) {
      if (away === this.reasons.has(reason)) return;
      if (away) this.begin(reason);
      else this.end(reason);
    }

    begin(reason, at = performance.now()) {
      if (!this.reasons.size) {
        this.leftAt = at;
        this.leftWall = this.model.wall() - (performance.now() - at);
        this.why = new Set();
      }
      if (reason === "lost") this.before = new Set([...this.model.alarms.rows.values()].map(annunciation));
      this.reasons.add(reason);
      this.why.add(reason);
    }

    end(reason) {
      this.reasons.delete(reason);
      if (this.reasons.size) return;
      const now = this.model.wall();
      const words = [...this.why].map((why) => ({ hidden: "page hidden", lost: "no connection", frozen: "page frozen" })[why]).join(", ");
      const heard = this.recent.filter(({ at }) => at >= this.leftAt).map(({ event }) => event);
      this.add(heard, this.leftWall, now, words);
      if (this.why.has("lost")) this.ask(this.leftWall - MARGIN_MS, now, words, this.before);
      else if (this.forgotten >= this.leftAt) this.ask(this.leftWall, now, words, null);
    }

    /* What the journal has of a time, and what stands now of which nobody here knew. */
    async ask(from, to, words, before) {
      if (before) {
        const rows = [...this.model.alarms.rows.values()].filter((row) => row.annunciated > 0 && row.unacknowledged && !row.last);
        const fresh = rows.filter((row) => !before.has(annunciation(row)));
        this.add(fresh.map((row) => ({ id: annunciation(row), kind: "VIOLATED", t: row.annunciated, annunciate: true, row })), from, to, words);
      }
      const query = { from, to: to + JOURNAL_LAG_MS, root: stationwatch.address.root() };
      const said = await stationwatch.fetchJson("/alarms/missed.json", query);
      this.unknown = said.error || "";
      this.more += said.more || 0;
      this.add(said.rows || [], from, to, words);
      if (this.unknown && before) this.note(from, to, words);
    }

    add(events, from, to, words) {
      const fresh = events.filter((event) => !this.items.has(annunciation(event.row)));
      if (!fresh.length) return;
      for (const event of fresh) this.items.set(annunciation(event.row), event);
      while (this.items.size > MAX_ITEMS) {
        this.items.delete(this.items.keys().next().value);
        this.more += 1;
      }
      this.note(from, to, words);
    }

    note(from, to, words) {
      this.from = Number.isNaN(this.from) ? from : Math.min(this.from, from);
      this.to = Number.isNaN(this.to) ? to : Math.max(this.to, to);
      this.words.add(words);
      this.save();
      this.changed();
    }

    dismiss() {
      this.items.clear();
      this.words.clear();
      this.unknown = "";
      this.more = 0;
      this.from = this.to = NaN;
      this.save();
      this.changed();
    }

    /* For this page's next load; a browser may also give up a hidden page and load it anew. */
    save() {
      this.savedAt = performance.now();
      const { from, to, more } = this;
      const saved = { heard: this.model.wall(), items: [...this.items.values()], more, from, to, words: [...this.words] };
      try {
        sessionStorage.setItem(this.key, JSON.stringify(saved));
      } catch (error) {
        // full or forbidden: then only this load knows
      }
    }
  }

  /* What became of an alarm that was missed. */
  function fate(event, rows) {
    const row = rows.get(event.row.id);
    if (!row || row.occurrence !== event.row.occurrence) return { name: "gone", text: "over" };
    if (row.unacknowledged) return row.violated ? { name: "open", text: "stands, not acknowledged" } : { name: "returned", text: "back in limits, not acknowledged" };
    return { name: "acknowledged", text: `acknowledged${row.by ? ` by ${row.by}` : ""}` };
  }

  Object.assign(stationwatch, { Missed, fateOf: fate });
})();
