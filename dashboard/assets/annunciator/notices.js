/* Notices of the browser itself, for alarms that come while nobody looks at this page.
 *
 * The browser is asked for them only when somebody presses the button. One notice an alarm; many at
 * once are one notice. They go when the alarm is acknowledged.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const LEAST = 2; // CAUTION
  const TOGETHER_MS = 700; // what comes so soon after another is told with it
  const MANY = 3;
  const MAX_SHOWN = 20;

  class Notices {
    constructor() {
      this.waiting = [];
      this.shown = new Map(); // tag -> {notice, ids}
      this.timer = 0;
      this.log = []; // titles of the newest
    }

    /* "on", "off" (not asked yet), "refused" by this browser's user, or "none" where it cannot. */
    get state() {
      if (!window.Notification || !window.isSecureContext) return "none";
      return { granted: "on", denied: "refused", default: "off" }[Notification.permission];
    }

    async ask() {
      if (this.state === "off") await Notification.requestPermission();
      return this.state;
    }

    /* An annunciation, of the live stream. */
    tell(event, looks) {
      const looking = !document.hidden && document.hasFocus();
      if (this.state !== "on" || looking || event.row.severity < LEAST || event.row.last) return;
      this.waiting.push(event);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.show(looks), TOGETHER_MS);
    }

    show(looks) {
      const events = this.waiting.splice(0);
      if (events.length > MANY) {
        const worst = events.reduce((most, event) => (event.row.severity > most.row.severity ? event : most));
        const title = `${events.length} alarms, worst ${looks.severity[worst.row.severity].word}: ${worst.row.name}`;
        const names = events.slice(0, 4).map((event) => event.row.name);
        this.put("stationwatch-many", title, names.join("\n"), events, worst.row.severity);
      } else {
        for (const event of events) {
          const { row } = event;
          const title = `${row.class} ${row.spacecraft.toUpperCase()} ${row.name}`;
          this.put(`stationwatch-${row.id}`, title, stationwatch.format.breach(row), [event], row.severity);
        }
      }
    }

    put(tag, title, body, events, severity) {
      const notice = new Notification(title, { tag, body, requireInteraction: severity > LEAST, renotify: true, silent: true });
      notice.onclick = () => {
        window.focus();
        stationwatch.go(stationwatch.address.link("/alarms"));
        notice.close();
      };
      this.shown.set(tag, { notice, ids: events.map((event) => event.row.id) });
      this.log.push(title);
      if (this.log.length > MAX_SHOWN) this.log.shift();
      if (this.shown.size > MAX_SHOWN) this.shown.delete(this.shown.keys().next().value);
    }

    /* Take back what nobody needs to see any more. */
    clear(rows) {
      for (const [tag, { notice, ids }] of this.shown) {
        if (ids.some((id) => rows.get(id)?.unacknowledged)) continue;
        notice.close();
        this.shown.delete(tag);
      }
    }
  }

  Object.assign(stationwatch, { Notices });
})();
