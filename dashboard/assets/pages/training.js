/* The training page: the trainings there are and were, a new one, or one of them. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify } = stationwatch;
  const NEW = "new";
  const SHOWN_OVER = 20;

  class TrainingView {
    constructor(root, model) {
      this.model = model;
      this.view = root.querySelector(".training-view");
      this.list = root.querySelector(".training-sessions");
      this.offer = null;
      this.inner = null;
      this.chosen = stationwatch.address.get("session") || "";
      this.buildList();
      this.ask();
    }

    buildList() {
      this.service = element("p", "service");
      this.service.setAttribute("role", "status");
      this.add = element("button", "act new", "+ New training");
      this.add.type = "button";
      this.add.addEventListener("click", () => this.choose(NEW));
      this.running = group("Running");
      this.over = group("Debriefs");
      this.list.replaceChildren(this.service, this.add, this.running.node, this.over.node);
    }

    /* What the service offers; asked again when it comes or goes. */
    async ask() {
      this.offer = await fetch("/training/offer").then((got) => got.json()).catch(() => null);
      this.offer = this.offer || { online: false, scenarios: [], actions: [], jets: {}, most: 0 };
      this.build();
      stationwatch.wake();
    }

    take(message) {
      if (message.k === "trainingservice" && this.offer && message.online !== this.offer.online) this.ask();
    }

    choose(session) {
      this.chosen = session;
      stationwatch.address.set({ session: session === this.first() ? null : session });
      this.build();
    }

    /* What is shown unless something is chosen: the training whose page this is, else one that runs. */
    first() {
      const rows = [...this.model.trainings.values()].filter((row) => row.state !== "ENDED");
      const own = [...this.model.trainings.values()].find((row) => row.root === this.model.root);
      return (own || rows[0] || { id: NEW }).id;
    }

    build() {
      if (!this.offer) return;
      this.inner?.close();
      this.inner = null;
      this.built = this.chosen || this.first();
      if (this.built !== NEW) {
        this.inner = new stationwatch.TrainingSession(this.view, this.model, this.offer, this.built);
        this.inner.paint({ all: true });
      } else if (this.offer.scenarios.length) {
        classify(this.view, "training-view choosing");
        this.inner = new stationwatch.TrainingNew(this.view, this.model, this.offer, (session) => this.choose(session));
      } else {
        classify(this.view, "training-view");
        const words = "No trainings can be started: the training service is not running. Start it with `stationwatch training`; `stationwatch demo` has one.";
        this.view.replaceChildren(element("h2", "", "Training"), element("p", "", words));
      }
      this.paintList();
    }

    paint(change) {
      if (!this.offer) return;
      if (this.built === NEW && !this.chosen && this.first() !== NEW) this.build();
      if (change.trainings || change.all || change.second) this.paintList();
      this.inner?.paint?.(change);
    }

    close() {
      this.inner?.close();
    }

    paintList() {
      write(this.service, this.offer.online ? "" : "◌ The training service is not running");
      this.service.hidden = this.offer.online;
      const rows = [...this.model.trainings.values()].sort((a, b) => b.created - a.created);
      const open = rows.filter((row) => row.state !== "ENDED");
      const full = this.offer.most > 0 && open.length >= this.offer.most;
      this.add.title = full ? `${this.offer.most} trainings run, as many as may: end one first` : "";
      this.add.setAttribute("aria-pressed", String(this.built === NEW));
      this.running.fill(open, (row) => this.row(row));
      this.over.fill(rows.filter((row) => row.state === "ENDED").slice(0, SHOWN_OVER), (row) => this.row(row));
      for (const button of this.list.querySelectorAll("[data-session]")) {
        button.setAttribute("aria-pressed", String(button.dataset.session === this.built));
      }
    }

    row(row) {
      const made = element("button", "session-row");
      made.type = "button";
      made.dataset.session = row.id;
      const title = element("b");
      const second = element("span", "dim");
      const third = element("span", "how");
      made.append(title, second, third);
      made.addEventListener("click", () => this.choose(row.id));
      return {
        node: made,
        paint: (now) => {
          const over = now.state === "ENDED";
          const figures = now.figures;
          write(title, now.title);
          made.title = `${now.title}\n${now.reason}`;
          const at = now.clock && !over ? stationwatch.format.time(stationwatch.streamTime(now.clock, this.model.wall())) : "";
          write(second, over ? `${stationwatch.format.moment(now.ended).slice(0, 16)} · ${now.by}` : [`◈ ${now.state}`, at, now.by].filter(Boolean).join(" · "));
          const open = over ? figures.missed : figures.waiting;
          write(third, `${figures.annunciated} heard, ${open} ${over ? "missed" : "waiting"}, median ${stationwatch.trainingSeconds(figures.median_s)}`);
        },
      };
    }
  }

  /* Rows under a heading, kept while their training is there. */
  function group(title) {
    const node = element("div", "group");
    const body = element("div");
    const rows = new Map();
    node.append(element("h3", "", title), body);
    return {
      node,
      fill(shown, make) {
        node.hidden = shown.length === 0;
        for (const row of shown) {
          if (!rows.has(row.id)) rows.set(row.id, make(row));
          rows.get(row.id).paint(row);
        }
        for (const id of [...rows.keys()]) if (!shown.some((row) => row.id === id)) rows.delete(id);
        const nodes = shown.map((row) => rows.get(row.id).node);
        if (nodes.length !== body.children.length || nodes.some((each, i) => each !== body.children[i])) body.replaceChildren(...nodes);
      },
    };
  }

  stationwatch.addPage("training", (root, model) => new TrainingView(root, model));
})();
