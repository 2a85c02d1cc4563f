/* What must sound now: a function of the alarms, what the operator chose, and the time.
 *
 * The most severe class that has something new sounds alone, again and again, until it is
 * acknowledged or silenced. Silencing is for what sounds now; what comes after it sounds again.
 * Muting is for two minutes, and nobody can turn a caution, a warning or an emergency off for good.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const MUTE_MS = 120000;
  const KEY = "stationwatch.sound";
  const MAX_SILENCED = 2000;
  const FIRST = { 1: "", 2: "steady", 3: "twotone", 4: "siren" };
  const LEAST_VOLUME = 0.1;

  /* What the operator of this browser chose; anything that cannot be is as at first. */
  function readSettings(text, patterns) {
    let given = {};
    try {
      given = JSON.parse(text) || {};
    } catch (error) {
      given = {};
    }
    const settings = { classes: {}, volume: 0.5, elsewhere: given.elsewhere === true };
    for (const [level, first] of Object.entries(FIRST)) {
      const chosen = given.classes?.[level];
      const may = chosen in patterns || (chosen === "" && first === ""); // an advisory alone may be silent
      settings.classes[level] = may ? chosen : first;
    }
    if (given.volume >= LEAST_VOLUME && given.volume <= 1) settings.volume = given.volume;
    return settings;
  }

  /* One annunciation of one alarm; the next of the same is another. */
  const identity = (row) => `${row.id} ${row.occurrence} ${row.annunciated} ${row.severity}`;

  /* Whether a row asks to be heard until somebody acknowledges it. */
  function asks(row) {
    return row.unacknowledged && row.annunciated > 0 && !row.silenced && !row.last && !row.late;
  }

  class Sounding {
    constructor(patterns) {
      this.patterns = patterns;
      this.settings = readSettings(localStorage.getItem(KEY), patterns);
      this.silenced = new Set();
      this.mutedUntil = 0;
      this.nextAt = 0;
      this.level = 0; // of what sounds
    }

    keep(changes) {
      Object.assign(this.settings, changes);
      localStorage.setItem(KEY, JSON.stringify(this.settings));
    }

    muted(now) {
      return Math.max(0, this.mutedUntil - now);
    }

    mute(now) {
      this.mutedUntil = now + MUTE_MS;
      this.level = 0;
    }

    unmute() {
      this.mutedUntil = 0;
    }

    /* Be silent about what asks now. */
    silence(rows) {
      for (const row of rows) if (asks(row)) this.silenced.add(identity(row));
      while (this.silenced.size > MAX_SILENCED) this.silenced.delete(this.silenced.values().next().value);
      this.level = 0;
    }

    /* What asks to be heard and has a sound: rows. */
    asking(rows) {
      return [...rows].filter((row) => asks(row) && this.settings.classes[row.severity] && !this.silenced.has(identity(row)));
    }

    /* The pattern to play now, or null. now: ms that never go back. live: not a replay or training. */
    step(rows, now, live) {
      const worst = this.asking(rows).reduce((most, row) => Math.max(most, row.severity), 0);
      const may = worst && !this.muted(now) && (live || this.settings.elsewhere);
      if (!may) {
        this.level = 0;
        return null;
      }
      // what is worse than what sounds does not wait for its turn
      if (worst <= this.level && now < this.nextAt) return null;
      const name = this.settings.classes[worst];
      this.level = worst;
      this.nextAt = now + this.patterns[name].every * 1000;
      return name;
    }
  }

  Object.assign(stationwatch, { Sounding, readSettings });
})();
