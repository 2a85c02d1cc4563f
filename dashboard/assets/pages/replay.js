/* The replay page: what can be replayed, and the sessions there are. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const MINUTE = 60000;
  const SPANS = { "15 min": 15 * MINUTE, "1 h": 60 * MINUTE, "6 h": 360 * MINUTE, "24 h": 1440 * MINUTE, "7 d": 10080 * MINUTE };
  const AGAIN_MS = 15000; // an overview that ends now moves on so often
  const CLICKED_MS = 15 * MINUTE; // of a moment that was pointed at
  const BEFORE_MS = MINUTE;

  class ReplayView {
    constructor(root, model) {
      this.model = model;
      this.root = root;
      this.span = SPANS[stationwatch.address.get("span")] ? stationwatch.address.get("span") : "1 h";
      this.until = NaN; // end of the overview; NaN: it follows the stream
      this.loaded = 0;
      const body = (name) => root.querySelector(`.${name} .replay-body`);
      this.sessions = new stationwatch.ReplaySessions(body("replay-sessions"), model);
      this.form = new stationwatch.ReplayForm(body("replay-form"), (from, to) => this.strip.mark(from, to));
      this.buildRange(body("replay-range"));
      this.named = { incidents: body("replay-incidents"), names: body("replay-named") };
      this.ask();
    }

    close() {
      this.strip.close();
    }

    buildRange(body) {
      const bar = element("div", "range-bar");
      this.spans = {};
      const button = (text, title, act) => {
        const made = element("button", "act", text);
        made.type = "button";
        made.title = title;
        made.addEventListener("click", act);
        bar.append(made);
        return made;
      };
      for (const name of Object.keys(SPANS)) this.spans[name] = button(name, `Show ${name}`, () => this.show(name, this.until));
      button("◂ Earlier", "Half a window back", () => this.show(this.span, this.end() - SPANS[this.span] / 2));
      button("Later ▸", "Half a window on", () => this.show(this.span, this.end() + SPANS[this.span] / 2));
      this.nowButton = button("To now", "Up to what comes now, and on with it", () => this.show(this.span, NaN));
      this.when = element("span", "range-when");
      const parameter = element("select");
      parameter.setAttribute("aria-label", "Parameter in the overview");
      parameter.title = "Parameter whose least and most are drawn";
      for (const craft of this.model.crafts) parameter.append(group(craft));
      const chosen = localStorage.getItem("stationwatch.overview") || "iss/USLAB000010";
      if ([...parameter.options].some((one) => one.value === chosen)) parameter.value = chosen;
      parameter.addEventListener("change", () => {
        localStorage.setItem("stationwatch.overview", parameter.value);
        this.load();
      });
      this.parameter = parameter;
      bar.append(this.when, parameter);
      this.strip = new stationwatch.Overview(this.model, "page", {
        onSelect: (from, to) => this.select(from, to), label: "Overview: drag to choose what to replay",
      });
      const hint = element("p", "dim hint", "Drag over the overview to choose what to replay; a click chooses 15 minutes from a minute before.");
      body.append(bar, this.strip.node, hint);
      this.show(this.span, NaN);
    }

    /* The generation time that the streams have reached. */
    now() {
      const session = [...this.model.replays.values()].find((row) => row.root === this.model.root);
      if (session) return session.stop;
      const known = this.model.crafts.filter((craft) => craft.id !== this.model.hello.ingest && this.model.clocks[craft.id]);
      return known.length ? Math.max(...known.map((craft) => this.model.now(craft.id))) : this.model.wall();
    }

    end() {
      return Number.isNaN(this.until) ? this.now() : this.until;
    }

    show(span, until) {
      this.span = span;
      this.until = until < this.now() ? until : NaN;
      stationwatch.address.set({ span: span === "1 h" ? null : span });
      for (const [name, button] of Object.entries(this.spans)) button.setAttribute("aria-pressed", String(name === span));
      this.nowButton.setAttribute("aria-pressed", String(Number.isNaN(this.until)));
      this.load();
    }

    load() {
      this.loaded = performance.now();
      const stop = Math.ceil(this.end() / 1000) * 1000;
      const start = Math.max(0, stop - SPANS[this.span]);
      write(this.when, `${stationwatch.format.moment(start)} to ${stationwatch.format.moment(stop)} UTC`);
      this.strip.load(start, stop, this.parameter.value);
    }

    select(from, to) {
      if (to === null) this.form.choose(from - BEFORE_MS, Math.min(from + CLICKED_MS, this.now()));
      else this.form.choose(from, to);
    }

    paint(change) {
      this.sessions.paint(change);
      this.strip.paint(change.all);
      if (change.incidents) this.ask();
      if (change.second && Number.isNaN(this.until) && performance.now() - this.loaded > AGAIN_MS) this.load();
    }

    /* What can be replayed by name. */
    async ask() {
      const answer = await fetch("/replay/sources").then((got) => got.json()).catch(() => null);
      const given = answer || { incidents: [], recordings: [], bundles: [], notes: ["the console does not answer"] };
      const rows = given.incidents.map((one) => this.incident(one));
      this.named.incidents.replaceChildren(...(rows.length ? rows : [element("p", "dim", "None is known.")]));
      const names = [
        ...given.recordings.map((one) => this.recording(one)),
        ...given.bundles.map((name) => this.bundle(name)),
      ];
      const notes = given.notes.map((note) => element("p", "wrong", note));
      const none = names.length ? [] : [element("p", "dim", "None. `stationwatch recording create` names a range; a bundle is one file with all of an incident.")];
      this.named.names.replaceChildren(...names, ...none, ...notes);
    }

    incident(one) {
      const look = this.model.looks.severity[one.severity];
      const row = line();
      const lasted = one.end === null ? "open" : `over after ${stationwatch.format.ago(Math.max(0, one.end - one.first))}`;
      row.append(
        element("span", `severity-${look.name}`, `${look.symbol} ${look.word}`),
        named(one.title, `${one.title}, ${lasted}`, `${stationwatch.format.moment(one.first)} UTC, ${lasted}`),
        go("↻ From 1 min before", `Replay ${one.title} from one minute before its first-out`, () =>
          stationwatch.replayFrom(one.first - BEFORE_MS, { title: `${one.title}, a minute before`, until: one.end === null ? undefined : Math.min(one.end + 5 * MINUTE, one.first + 120 * MINUTE) })),
      );
      return row;
    }

    recording(one) {
      const row = line();
      row.append(
        element("span", "dim", "recording"),
        named(one.name, [one.name, one.notes, `by ${one.by}`].filter(Boolean).join("\n"), `${stationwatch.format.moment(one.start)} to ${stationwatch.format.time(one.stop)} UTC`),
        go("↻ Replay", `Replay recording ${one.name}`, () => this.form.start({ recording: one.name }, `recording ${one.name}`)),
      );
      return row;
    }

    bundle(name) {
      const row = line();
      row.append(
        element("span", "dim", "bundle"), named(name, name, "all of an incident, in one file"),
        go("↻ Replay", `Replay bundle ${name}`, () => this.form.start({ bundle: name }, `bundle ${name}`)),
      );
      return row;
    }
  }

  function group(craft) {
    const made = document.createElement("optgroup");
    made.label = craft.name;
    for (const subsystem of craft.subsystems) {
      for (const one of subsystem.parameters) {
        if (["float", "integer"].includes(one.type)) made.append(new Option(`${one.name} (${one.id})`, `${craft.id}/${one.id}`));
      }
    }
    return made;
  }

  const line = () => element("div", "named");

  function named(text, title, more) {
    const made = element("div", "what");
    made.append(element("b", "", text), element("time", "", more));
    made.title = title;
    return made;
  }

  function go(text, title, act) {
    const made = element("button", "act", text);
    made.type = "button";
    made.title = title;
    made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    return made;
  }

  stationwatch.addPage("replay", (root, model) => new ReplayView(root, model));
})();
