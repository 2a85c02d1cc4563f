/* The recent samples of one parameter: a ring of typed arrays, ascending in time.
 *
 * Knows times and values; nothing of telemetry. Strips draw from it, and it outlives them.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  class Series {
    /* capacity: samples. step: a value holds until the next, and as long as it is said to. */
    constructor(capacity, step) {
      this.capacity = capacity;
      this.step = Boolean(step);
      this.times = new Float64Array(capacity);
      this.values = new Float64Array(capacity);
      this.version = 0; // one more with each change of the samples
      this.clear();
    }

    clear() {
      this.start = 0;
      this.count = 0;
      this.heldTo = -Infinity;
      this.version += 1;
    }

    index(i) {
      return (this.start + i) % this.capacity;
    }

    time(i) {
      return this.times[this.index(i)];
    }

    value(i) {
      return this.values[this.index(i)];
    }

    /* Add a sample; NaN is one that could not be measured. A late one goes where it belongs. */
    push(time, value) {
      let at = this.count;
      while (at > 0 && this.time(at - 1) > time) at -= 1;
      if (at > 0 && this.time(at - 1) === time) {
        this.values[this.index(at - 1)] = value;
      } else if (this.count === this.capacity) {
        if (at === 0) return; // older than all that is kept
        this.start = (this.start + 1) % this.capacity;
        this.count -= 1;
        this.insert(at - 1, time, value);
      } else {
        this.insert(at, time, value);
      }
      this.version += 1;
    }

    insert(at, time, value) {
      for (let i = this.count; i > at; i -= 1) {
        const to = this.index(i), from = this.index(i - 1);
        this.times[to] = this.times[from];
        this.values[to] = this.values[from];
      }
      this.times[this.index(at)] = time;
      this.values[this.index(at)] = value;
      this.count += 1;
    }

    /* The last value is known to hold until then; only for what is sent on change. */
    hold(time) {
      if (this.step && time > this.heldTo) this.heldTo = time;
    }
  }

  Object.assign(stationwatch, { Series });
})();
