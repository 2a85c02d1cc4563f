/* The place in the top bar where sound is heard of, silenced and set. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify, byId } = stationwatch;

  class SoundPanel {
    /* annunciator: {sound, sounding, notices, model, silence(), mute()}. */
    constructor(annunciator) {
      this.annunciator = annunciator;
      this.silence = button("Silence", "act silence", () => annunciator.silence());
      this.silence.title = "Be silent about what sounds now (key s). Nothing is acknowledged by it.";
      this.status = button("", "quiet sound-status", () => annunciator.sound.unblock());
      this.status.id = "sound-status";
      this.panel = this.build();
      this.status.popoverTargetElement = this.panel;
      this.status.setAttribute("aria-haspopup", "dialog");
      byId("annunciator").replaceChildren(this.silence, this.status, this.panel);
      this.panel.addEventListener("toggle", () => this.paint());
    }

    build() {
      const { sound, sounding, notices, model } = this.annunciator;
      const panel = element("div", "sound-panel");
      panel.id = "sound-panel";
      panel.popover = "auto";
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-label", "Sound and notices");
      const grid = element("div", "sound-classes");
      for (const level of [4, 3, 2, 1]) {
        const look = model.looks.severity[level];
        const choice = this.choice(level, look);
        const test = button("Test", "act", () => {
          sound.unblock();
          if (choice.value) sound.play(choice.value, sounding.settings.volume);
        });
        test.setAttribute("aria-label", `Test the sound of ${look.word}`);
        grid.append(element("span", `severity-${look.name}`, `${look.symbol} ${look.word}`), choice, test);
      }
      const volume = element("input");
      Object.assign(volume, { type: "range", min: "0.1", max: "1", step: "0.05", value: String(sounding.settings.volume) });
      volume.addEventListener("input", () => sounding.keep({ volume: Number(volume.value) }));
      this.mute = button("", "act", () => this.annunciator.mute());
      this.notices = button("", "act", () => notices.ask().then(() => this.paint()));
      this.noticesSaid = element("span", "dim");
      const elsewhere = element("input");
      elsewhere.type = "checkbox";
      elsewhere.checked = sounding.settings.elsewhere;
      elsewhere.addEventListener("change", () => sounding.keep({ elsewhere: elsewhere.checked }));
      this.last = element("p", "dim");
      panel.append(
        element("h2", "", "Sound"),
        grid,
        labelled("Loudness", volume),
        labelled("Sound in replays and trainings too", elsewhere, true),
        line(this.mute, element("span", "dim", "for two minutes at most, then it sounds again")),
        this.last,
        element("h2", "", "Notices of the browser"),
        line(this.notices, this.noticesSaid),
      );
      return panel;
    }

    choice(level, look) {
      const { sounding } = this.annunciator;
      const node = element("select");
      node.setAttribute("aria-label", `Sound of ${look.word}`);
      // what must be heard cannot be without a sound
      const patterns = Object.entries(stationwatch.soundPatterns).map(([id, { name }]) => [id, name]);
      for (const [value, words] of level === 1 ? [["", "none"], ...patterns] : patterns) {
        const option = element("option", "", words);
        option.value = value;
        node.append(option);
      }
      node.value = sounding.settings.classes[level];
      node.addEventListener("change", () => sounding.keep({ classes: { ...sounding.settings.classes, [level]: node.value } }));
      return node;
    }

    paint() {
      const { sound, sounding, model } = this.annunciator;
      const [words, name] = this.words();
      write(this.status, words);
      classify(this.status, `quiet sound-status ${name}`);
      this.silence.hidden = !sounding.level || sound.state !== "ready";
      if (!this.panel.matches(":popover-open")) return;
      const muted = sounding.muted(performance.now());
      write(this.mute, muted ? `Unmute (${stationwatch.format.left(muted)} left)` : "Mute for 2 min");
      const last = sound.log[sound.log.length - 1];
      write(this.last, last ? `Last sounded: ${stationwatch.soundPatterns[last.pattern].name}` : "Nothing has sounded yet.");
      this.paintNotices(model);
    }

    words() {
      const { sound, sounding, model } = this.annunciator;
      const asking = sounding.asking(model.alarms.rows.values()).length > 0;
      const muted = sounding.muted(performance.now());
      if (!model.hello.live && !sounding.settings.elsewhere) return ["♪ No sound: not live", "elsewhere"];
      if (sound.state === "none") return ["♪ This browser has no sound", asking ? "blocked asking" : "blocked"];
      if (sound.state === "blocked") return ["♪ Sound is blocked: click here", asking ? "blocked asking" : "blocked"];
      if (muted) return [`♪ Muted ${stationwatch.format.left(muted)}`, "muted"];
      if (sounding.level) return [`♪ ${model.looks.severity[sounding.level].word}`, `sounds severity-${model.looks.severity[sounding.level].name}`];
      return ["♪ Sound on", "on"];
    }

    paintNotices(model) {
      const { notices } = this.annunciator;
      const [act, said] = {
        on: ["Notices are on", "for unacknowledged CAUTION and above, while this page is not looked at"],
        off: ["Ask the browser for notices", "it will ask you whether it may"],
        refused: ["Notices are refused", "in this browser's settings for this page"],
        none: ["No notices", "this browser gives them to pages by HTTPS only"],
      }[notices.state];
      write(this.notices, act);
      this.notices.disabled = notices.state !== "off";
      write(this.noticesSaid, model.hello.live ? said : "none in replays and trainings");
    }
  }

  function button(text, className, act) {
    const node = element("button", className, text);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  }

  function labelled(words, input, before) {
    const node = element("label", "sound-line");
    node.append(...(before ? [input, element("span", "", words)] : [element("span", "", words), input]));
    return node;
  }

  function line(...nodes) {
    const node = element("div", "sound-line");
    node.append(...nodes);
    return node;
  }

  Object.assign(stationwatch, { SoundPanel });
})();
