/* Time as the page sees it: the server's clock, each stream's clock, what age means, how it reads.
 *
 * The browser's own clock may be hours off, so it is only used to measure how much time passes.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  const KEPT = 100; // messages that the server's clock is known by
  const SET_MS = 5000; // off by more than this, the clock was set; a browser as slow is cut
  const WITNESSES = 5; // ... when so many messages in a row say so

  /* The server's wall time. The message that was under way the least is nearest to the truth.
   *
   * A clock set back looks like messages under way for long: several in a row are believed. One
   * set forward is believed at once, since no message comes before it was sent.
   */
  class ServerClock {
    constructor(passed) {
      this.passed = passed || (() => performance.now());
      this.offsets = [];
      this.offset = NaN; // of the wall to the time that passes here, ms
    }

    hear(wall) {
      this.offsets.push(wall - this.passed());
      if (this.offsets.length > KEPT) this.offsets.shift();
      const latest = this.offsets.slice(-WITNESSES);
      if (latest.length === WITNESSES && Math.max(...latest) < this.offset - SET_MS) this.offsets = latest;
      this.offset = Math.max(...this.offsets);
    }

    now() {
      return this.passed() + this.offset;
    }

    /* What a time of the wall, said with this offset, would be by the clock as it is now set. */
    since(wall, offset) {
      const set = this.offset - offset;
      return Math.abs(set) > SET_MS ? wall + set : wall;
    }
  }

  const UNANNOUNCED = { kind: "live", epoch: 0, wall: 0, rate: 1, heartbeat: true };

  /* The generation time a stream has reached. */
  function streamTime(clock, wall) {
    const stream = clock || UNANNOUNCED;
    return stream.epoch + (wall - stream.wall) * stream.rate;
  }

  /* What to say of a subsystem's data.
   * last: {t, rx} of its newest frame, or null; link: {online} of its publisher, or null.
   * announced: its silence now is what the contact schedule says.
   */
  function freshness(subsystem, last, clock, link, normal, wall, announced) {
    const stream = clock || UNANNOUNCED;
    if (link && !link.online) return "LOS";
    if (!last) return announced ? "LOS" : "NO DATA";
    if (!stream.heartbeat) return normal;
    const silent = streamTime(stream, wall) - streamTime(stream, last.rx);
    if (silent > subsystem.stale_ms) return announced ? "LOS" : "STALE";
    return streamTime(stream, wall) - last.t > subsystem.stale_ms ? "LATE" : normal;
  }

  const two = (number) => String(number).padStart(2, "0");

  const format = {
    /* 09:13:00 */
    time(ms) {
      return Number.isFinite(ms) && ms > 0 ? new Date(ms).toISOString().slice(11, 19) : "";
    },
    /* 2021-10-15 09:13:00 */
    moment(ms) {
      return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 19).replace("T", " ") : "";
    },
    /* How long ago: 4 s, 3:07 min, 2:03 h, 3 d */
    age(ms) {
      if (!Number.isFinite(ms)) return "";
      const seconds = Math.max(0, Math.floor(ms / 1000));
      if (seconds < 60) return `${seconds} s`;
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
      const hours = Math.floor(minutes / 60);
      return hours < 48 ? `${hours}h${two(minutes % 60)}` : `${Math.floor(hours / 24)} d`;
    },
    /* In words, for a sentence: 42 s, 6 min, 2 h 05 min, 3 d */
    ago(ms) {
      const minutes = Math.floor(ms / 60000);
      if (minutes < 1) return format.age(ms);
      if (minutes < 60) return `${minutes} min`;
      return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min` : `${Math.floor(minutes / 1440)} d`;
    },
    /* How long until: as an age, but a count-down ends on the second. */
    left(ms) {
      return format.age(Math.ceil(Math.max(0, ms) / 1000) * 1000);
    },
    /* Five figures, of a steady width, so that the eye sees a change and not a dance of digits. */
    number(value) {
      const size = Math.abs(value);
      if (value === 0) return "0.0000";
      if (size < 0.001 || size >= 1e10) return value.toExponential(3);
      const before = Math.max(1, Math.floor(Math.log10(size)) + 1);
      return value.toFixed(Math.max(0, 5 - before));
    },
    /* A sample's value as an operator reads it, without its unit. */
    value(parameter, value) {
      if (value === null || value === undefined) return "INVALID";
      if (parameter.type === "enumeration") {
        return parameter.states[String(value)] || `UNKNOWN STATE ${value}`;
      }
      if (parameter.type === "boolean") return value ? "TRUE" : "FALSE";
      return parameter.type === "float" ? format.number(value) : String(value);
    },
    /* "SOYUZ thruster test"; a title that names its spacecraft already does not say it twice. */
    titled(craft, title) {
      return title.toLowerCase().includes(craft.toLowerCase()) ? title : `${craft.toUpperCase()} ${title}`;
    },
    /* "1.72 deg, above 1.5 deg": the value and the limit it broke. */
    breach(row) {
      return [row.value, row.limit].filter(Boolean).join(", ");
    },
  };

  Object.assign(stationwatch, { ServerClock, streamTime, freshness, format });
})();
