/* Being told, on every page: sound, the tab's badge, notices, and the list of what was missed.
 *
 * Driven by messages and a timer, never by painting: a hidden page is not painted, and it is the
 * hidden page that must be heard.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const STEP_MS = 250;

  class Annunciator {
    constructor(model) {
      this.model = model;
      this.sound = new stationwatch.Sound();
      this.sounding = new stationwatch.Sounding(stationwatch.soundPatterns);
      this.voice = new stationwatch.Voice(stationwatch.address.root(), (act) => this.act(act));
      this.notices = new stationwatch.Notices();
      this.badge = new stationwatch.Badge();
      this.missed = new stationwatch.Missed(model, () => stationwatch.wake());
      this.list = new stationwatch.MissedList(this.missed, model);
      this.panel = new stationwatch.SoundPanel(this);
      this.missed.start();
      setInterval(() => this.step(), STEP_MS);
    }

    get online() {
      return stationwatch.document?.link.state === "live" && this.model.broker.connected;
    }

    hear(message) {
      this.missed.hear(message);
      if (message.k === "event" && message.annunciate && this.model.hello.live) this.notices.tell(message, this.model.looks);
      if (message.k === "event" && message.annunciate && message.row.late) this.once("chime");
      if (["alarm", "gone", "hello"].includes(message.k)) this.notices.clear(this.model.alarms.rows);
      this.step();
    }

    step() {
      const { model, sounding } = this;
      this.missed.watch(this.online);
      this.badge.show(model, !this.online);
      this.voice.turn(this.sound.state === "ready", performance.now());
      if (this.sound.state !== "ready") return; // nothing sounds, so nothing has its turn
      const name = sounding.step(model.alarms.rows.values(), performance.now(), model.hello.live);
      if (name) this.once(name);
      else if (!sounding.level) this.sound.silence();
    }

    once(name) {
      const now = performance.now();
      const may = this.model.hello.live || this.sounding.settings.elsewhere;
      if (may && !this.sounding.muted(now) && this.voice.leads(now)) this.sound.play(name, this.sounding.settings.volume);
    }

    silence() {
      this.ask("silence");
    }

    /* For two minutes; once more ends it. */
    mute() {
      this.ask(this.sounding.muted(performance.now()) ? "unmute" : "mute");
    }

    /* Of this page, and of the others of this browser. */
    ask(act) {
      this.voice.say({ act });
      this.act(act);
    }

    act(act) {
      if (act === "silence") this.sounding.silence(this.model.alarms.rows.values());
      else if (act === "mute") this.sounding.mute(performance.now());
      else if (act === "unmute") this.sounding.unmute();
      this.sound.silence();
      stationwatch.wake();
    }

    paint(change) {
      if (change.second || change.alarms || change.all || this.painted !== this.sounding.level) this.panel.paint();
      this.painted = this.sounding.level;
      this.list.paint();
    }

    key(event) {
      if (event.key !== "s" || !this.sounding.level) return false;
      this.silence();
      return true;
    }
  }

  /* It begins with the first snapshot: before it nothing is known that could be told. */
  const part = {
    hear(message, model) {
      if (model.hello === null) return;
      if (!stationwatch.annunciator) stationwatch.annunciator = new Annunciator(model);
      stationwatch.annunciator.hear(message);
    },
    paint: (change) => stationwatch.annunciator?.paint(change),
    key: (event) => Boolean(stationwatch.annunciator?.key(event)),
  };
  stationwatch.addFrame(part);
})();
