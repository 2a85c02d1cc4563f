/* Tones, made by the browser itself (WebAudio). Knows patterns and loudness; nothing of alarms.
 *
 * In the spirit of the caution and warning tones of crewed spacecraft, and our own: steady for a
 * caution, two pitches in turn for a warning, a siren for an emergency. They differ by rhythm as
 * well as by pitch, for those who do not hear high tones. Frequencies stay within 400-1500 Hz, where
 * small loudspeakers and old ears are at their best [A].
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const FADE_S = 0.012; // a tone that begins at once clicks
  const KEPT = 20;

  const tones = (count, makeTone) => Array.from({ length: count }, (_, i) => makeTone(i));

  /* every: s from one beginning to the next. tones: [begins, lasts, from Hz, to Hz]. */
  const PATTERNS = {
    chime: { name: "Chime", every: 20, tones: [[0, 0.18, 880, 880], [0.22, 0.35, 660, 660]] },
    steady: { name: "Steady", every: 6, tones: [[0, 0.5, 512, 512], [0.65, 0.5, 512, 512]] },
    pulses: { name: "Pulses", every: 5, tones: tones(5, (i) => [i * 0.22, 0.11, 740, 740]) },
    twotone: { name: "Two-tone", every: 4, tones: tones(10, (i) => [i * 0.2, 0.2, i % 2 ? 1024 : 420, i % 2 ? 1024 : 420]) },
    siren: { name: "Siren", every: 3.2, tones: [[0, 1.4, 620, 1460], [1.4, 1.4, 1460, 620]] },
  };

  class Sound {
    constructor() {
      const Context = window.AudioContext || window.webkitAudioContext;
      this.context = Context ? new Context() : null;
      this.playing = new Set(); // oscillators that still sound
      this.log = []; // the newest patterns that were played, for whoever wants to know
      if (!this.context) return;
      // browsers let nothing sound before the page was touched; any touch will do
      for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.unblock(), true);
    }

    /* "ready", "blocked" by the browser until somebody touches the page, or "none". */
    get state() {
      if (!this.context) return "none";
      return this.context.state === "running" ? "ready" : "blocked";
    }

    unblock() {
      if (this.context && this.context.state !== "running") this.context.resume().catch(() => {});
    }

    /* Play a pattern once. volume: 0 to 1. Whether it sounds. */
    play(name, volume) {
      const pattern = PATTERNS[name];
      if (this.state !== "ready" || !pattern) return false;
      const at = this.context.currentTime + 0.02;
      for (const tone of pattern.tones) this.tone(at, tone, volume);
      this.log.push({ pattern: name, volume, at, tones: pattern.tones.length });
      if (this.log.length > KEPT) this.log.shift();
      return true;
    }

    tone(at, [begins, lasts, from, to], volume) {
      const { context } = this;
      const oscillator = context.createOscillator(), gain = context.createGain();
      const start = at + begins, end = start + lasts;
      oscillator.type = "triangle"; // carries further than a pure tone, and grates less than a square
      oscillator.frequency.setValueAtTime(from, start);
      if (to !== from) oscillator.frequency.linearRampToValueAtTime(to, end);
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(volume, start + FADE_S);
      gain.gain.setValueAtTime(volume, end - FADE_S);
      gain.gain.linearRampToValueAtTime(0, end);
      oscillator.connect(gain).connect(context.destination);
      oscillator.onended = () => {
        this.playing.delete(oscillator);
        gain.disconnect();
      };
      this.playing.add(oscillator);
      oscillator.start(start);
      oscillator.stop(end);
    }

    /* Stop what sounds and what was to sound. */
    silence() {
      for (const oscillator of this.playing) oscillator.stop();
      this.playing.clear();
    }
  }

  Object.assign(stationwatch, { Sound, soundPatterns: PATTERNS });
})();
