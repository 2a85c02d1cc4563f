/* The journal: from the store in pages, newest first; what comes meanwhile is put on top. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, byId } = stationwatch;
  const MAX_LIVE = 500;

  const KINDS = [
    ["", "all events"],
    ["came", "came, got worse"],
    ["went", "went, got less"],
    ["acknowledged", "acknowledged"],
    ["silenced", "shelved, held back"],
    ["refused", "refused"],
  ];
  const OF_KIND = {
    came: ["VIOLATED", "ESCALATED", "OCCURRED"],
    went: ["RETURNED", "DEESCALATED", "RESET"],
    acknowledged: ["ACKNOWLEDGED"],
    silenced: ["SHELVED", "UNSHELVED", "OUT_OF_SERVICE", "IN_SERVICE", "INHIBITED", "UNINHIBITED"],
    refused: ["REFUSED"],
  };
  const CLASSES = ["", "advisory", "caution", "warning", "emergency"];

  class Journal {
    constructor(root, model) {
      this.model = model;
      this.root = byId("journal-lines");
      this.note = byId("journal-note");
      this.filter = new stationwatch.FilterBar(byId("journal-filter"), fields(model), () => this.read());
      this.question = 0;
      this.live = 0;
      this.seen = new Set(); // ids of the events that are shown
      this.table = stationwatch.eventTable([]);
      this.more = element("button", "act", "Older");
      this.more.type = "button";
      this.more.addEventListener("click", () => this.readOn());
      this.foot = element("div", "journal-foot");
      this.root.replaceChildren(this.table.node, this.foot);
      this.foot.append(this.more);
      this.read();
    }

    query() {
      const { class: severity, ...others } = this.filter.values();
      const query = { ...others, class: CLASSES[Number(severity)] || "" };
      return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
    }

    async read() {
      const question = (this.question += 1);
      const query = this.query();
      byId("journal-export").href = stationwatch.address.link("/alarms/journal.csv", query);
      write(this.note, "Reading the journal ...");
      const said = await stationwatch.fetchJson("/alarms/journal.json", query);
      if (question !== this.question) return;
      this.table.body.replaceChildren();
      this.seen.clear();
      this.live = 0;
      this.put(said);
    }

    async readOn() {
      const question = (this.question += 1);
      write(this.note, "Reading on ...");
      const said = await stationwatch.fetchJson("/alarms/journal.json", { ...this.query(), before: this.before });
      if (question === this.question) this.put(said);
    }

    put(said) {
      for (const event of said.rows || []) {
        if (this.seen.has(event.id)) continue;
        this.seen.add(event.id);
        this.table.body.append(stationwatch.eventLine(event, this.model.looks, false));
      }
      this.before = said.before || "";
      this.more.hidden = !this.before;
      write(this.more, this.before ? `Older than ${stationwatch.format.moment(said.back_to)}` : "");
      this.error = said.error || "";
      this.say();
    }

    /* How much is shown, and what is not known. */
    say() {
      const count = this.seen.size;
      const said = [];
      if (this.error) said.push(`The journal cannot be read: ${this.error}`);
      else if (!count) said.push(this.before ? "Nothing that fits so far back: look further with the button below." : "Nothing in the journal fits.");
      else said.push(`${count} ${count === 1 ? "event" : "events"}${this.before ? ", and older ones" : ""}`);
      if (this.live) said.push(`${this.live} came while you look`);
      if (stationwatch.address.root()) said.push("kept lines are those of live telemetry; of this stream only what comes while you look");
      write(this.note, said.join(" · "));
      this.note.classList.toggle("wrong", Boolean(this.error));
    }

    /* From the socket: on top, at once, also while the store is away. */
    take(message) {
      if (message.k !== "event" || this.seen.has(message.id) || !this.fits(message)) return;
      this.seen.add(message.id);
      this.live += 1;
      this.table.body.prepend(stationwatch.eventLine(message, this.model.looks, true));
      const fresh = this.table.body.querySelectorAll("tr.fresh");
      if (fresh.length > MAX_LIVE) fresh[fresh.length - 1].remove();
      this.say();
    }

    fits(event) {
      const { class: severity, craft, kind, heard, by, text, to } = this.filter.values();
      const { row } = event;
      if (to) return false; // of a time that is over
      if (severity && row.severity < Number(severity)) return false;
      if (craft && row.spacecraft !== craft) return false;
      if (kind && !OF_KIND[kind]?.includes(event.kind)) return false;
      if (heard && !event.annunciate) return false;
      if (by && !event.by.toLowerCase().includes(by.toLowerCase())) return false;
      const said = [row.spacecraft, row.alarm, row.name, event.comment, event.reason, event.by].join(" ").toLowerCase();
      return text.toLowerCase().split(/\s+/).every((word) => said.includes(word));
    }

    paint(change) {
      if (change.all && this.started) this.read(); // after a gap lines are missing; and days may be written anew
      this.started = true;
    }

    keys(event) {
      if (event.key !== "/") return false;
      this.filter.focus("text");
      return true;
    }
  }

  function fields(model) {
    const classes = [4, 3, 2].map((level) => {
      const { symbol, word } = model.looks.severity[level];
      return [String(level), level === 4 ? `${symbol} ${word}` : `${symbol} ${word} +`];
    });
    const crafts = model.crafts.map((craft) => [craft.id, craft.id.toUpperCase()]);
    return [
      { name: "class", label: "Class", options: [["", "any class"], ...classes] },
      { name: "craft", label: "Spacecraft", options: [["", "all spacecraft"], ...crafts] },
      { name: "kind", label: "Event", options: KINDS },
      { name: "heard", label: "Heard", options: [["", "heard or not"], ["yes", "heard"]] },
      { name: "by", label: "Person", placeholder: "person" },
      { name: "from", label: "From", placeholder: "from 2021-10-15 09:12" },
      { name: "to", label: "To", placeholder: "to 2021-288T09:20" },
      { name: "text", label: "Find", placeholder: "find: name, id, comment" },
    ];
  }

  stationwatch.addPage("journal", (root, model) => new Journal(root, model));
})();
