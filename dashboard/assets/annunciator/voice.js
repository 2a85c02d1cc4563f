/* One voice: of the pages of one browser that show the same, one alone sounds.
 *
 * Each that can sound says so now and then; the one that was there first leads. Where nothing is
 * heard of it any more, the next one leads: for a moment two may sound, but never none. Silencing
 * and muting are for all of them, wherever it is asked.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const BEAT_MS = 1000;
  const GONE_MS = 5000; // hidden pages are woken once a second, and by every message

  class Voice {
    /* root: of what the page shows. act(name): another page was asked for it. */
    constructor(root, act) {
      this.id = `${String(Date.now()).padStart(15, "0")} ${Math.random()}`;
      this.others = new Map(); // id -> when it last said that it can sound, ms that never go back
      this.ready = false;
      this.saidAt = -Infinity;
      this.channel = window.BroadcastChannel ? new BroadcastChannel(`stationwatch.sound.${root}`) : null;
      if (!this.channel) return; // then each page sounds
      this.channel.onmessage = ({ data }) => {
        if (data.act) act(data.act);
        else if (data.gone) this.others.delete(data.id);
        else this.others.set(data.id, performance.now());
        if (data.asks && this.ready) this.say({});
      };
      addEventListener("pagehide", () => this.turn(false, performance.now()));
    }

    say(more) {
      this.channel?.postMessage({ id: this.id, ...more });
    }

    /* Now and then: whether this page can sound. */
    turn(ready, now) {
      if (ready === this.ready && (!ready || now - this.saidAt < BEAT_MS)) return;
      this.say(ready ? { asks: !this.ready } : { gone: true });
      this.ready = ready;
      this.saidAt = now;
    }

    /* Whether it is this page that sounds. */
    leads(now) {
      for (const [id, at] of this.others) if (now - at > GONE_MS) this.others.delete(id);
      return ![...this.others.keys()].some((id) => id < this.id);
    }
  }

  Object.assign(stationwatch, { Voice });
})();
