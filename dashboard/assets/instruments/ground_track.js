/* The station over a map of the world: day and night, its path behind and ahead. Knows no telemetry.
 *
 * Equirectangular, north up; as many degrees of latitude as the canvas is high, the poles first to
 * go: no path of the station leads beyond 52 degrees. Colours are variables of the canvas's style.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const RAD = Math.PI / 180;
  const LEAST = 57; // degrees north and south that are always seen
  const TICK_MS = 600000;
  const COLOURS = ["sea", "land", "coast", "night", "graticule", "dim", "text", "strong", "trace", "stale"];

  class GroundTrack {
    constructor(canvas) {
      this.canvas = canvas;
      this.map = document.createElement("canvas"); // land and graticule, drawn once
      this.ratio = 1;
      this.restyle();
    }

    /* Sizes in CSS pixels. */
    resize(width, height, ratio) {
      this.ratio = ratio || 1;
      for (const one of [this.canvas, this.map]) {
        one.width = Math.max(1, Math.round(width * this.ratio));
        one.height = Math.max(1, Math.round(height * this.ratio));
      }
      this.scale = Math.min(this.canvas.width / 360, this.canvas.height / 2 / LEAST);
      this.most = Math.min(90, this.canvas.height / 2 / this.scale);
      this.middle = [this.canvas.width / 2, this.canvas.height / 2];
      this.mapped = false;
    }

    /* The theme has changed. */
    restyle() {
      const style = getComputedStyle(this.canvas);
      this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      this.mapped = false;
    }

    x(longitude) {
      return this.middle[0] + longitude * this.scale;
    }

    y(latitude) {
      return this.middle[1] - latitude * this.scale;
    }

    /* now: stream time. path: [{t, latitude, longitude, ...}]. mark: where the station was last
     * known to be, {t, latitude, longitude, altitude, old, label}, or null. */
    paint({ now, path, mark }) {
      if (!this.scale) return;
      if (!this.mapped) this.drawMap();
      const context = this.canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      context.drawImage(this.map, 0, 0);
      context.save();
      context.beginPath();
      context.rect(this.x(-180), this.y(this.most), 360 * this.scale, 2 * this.most * this.scale);
      context.clip();
      context.lineJoin = "round";
      const sun = stationwatch.orbit.subsolar(now);
      this.drawNight(context, sun);
      this.drawSun(context, sun);
      this.drawPath(context, path.filter((one) => one.t <= now), { colour: "dim", width: 1.2, dashes: [] });
      this.drawPath(context, path.filter((one) => one.t >= now), { colour: "trace", width: 1.8, dashes: mark && mark.old ? [5, 4] : [] });
      this.drawTicks(context, path, now);
      if (mark) this.drawMark(context, mark);
      context.restore();
    }

    drawMap() {
      const context = this.map.getContext("2d");
      context.clearRect(0, 0, this.map.width, this.map.height);
      context.save();
      context.beginPath();
      context.rect(this.x(-180), this.y(this.most), 360 * this.scale, 2 * this.most * this.scale);
      context.clip();
      context.fillStyle = this.colours.sea;
      context.fillRect(0, 0, this.map.width, this.map.height);
      context.fillStyle = this.colours.land;
      context.strokeStyle = this.colours.coast;
      context.lineWidth = 0.7 * this.ratio;
      for (const ring of stationwatch.coastline || []) {
        const { points, shifts } = this.unfolded(ring);
        for (const shift of shifts) {
          context.beginPath();
          points.forEach(([longitude, latitude], i) => {
            if (i) context.lineTo(this.x(longitude + shift), this.y(latitude));
            else context.moveTo(this.x(longitude + shift), this.y(latitude));
          });
          context.fill();
          context.stroke();
        }
      }
      this.drawGraticule(context);
      context.restore();
      this.mapped = true;
    }

    /* Points in degrees, and by how much they are moved to be seen: those over the date line twice. */
    unfolded(ring) {
      const points = [];
      for (let i = 0, longitude = 0, latitude = 0; i < ring.length; i += 2) {
        longitude += ring[i] / 10;
        latitude += ring[i + 1] / 10;
        points.push([longitude, latitude]);
      }
      const all = points.map(([longitude]) => longitude);
      const shifts = [0];
      if (Math.min(...all) < -180) shifts.push(360);
      if (Math.max(...all) > 180) shifts.push(-360);
      return { points, shifts };
    }

    drawGraticule(context) {
      context.strokeStyle = this.colours.graticule;
      context.lineWidth = 0.6 * this.ratio;
      context.beginPath();
      for (let longitude = -150; longitude < 180; longitude += 30) {
        context.moveTo(this.x(longitude), this.y(90));
        context.lineTo(this.x(longitude), this.y(-90));
      }
      for (let latitude = -60; latitude < 90; latitude += 30) {
        context.moveTo(this.x(-180), this.y(latitude));
        context.lineTo(this.x(180), this.y(latitude));
      }
      context.stroke();
      context.fillStyle = this.colours.dim;
      this.font(context, 9);
      context.textBaseline = "bottom";
      for (const latitude of [-30, 0, 30]) this.words(context, side(latitude, "N", "S"), this.x(-180) + 3 * this.ratio, this.y(latitude) - 1);
      for (const longitude of [-120, -60, 0, 60, 120]) {
        this.words(context, side(longitude, "E", "W"), this.x(longitude) + 3 * this.ratio, this.y(-this.most) - 2 * this.ratio);
      }
    }

    drawNight(context, sun) {
      context.beginPath();
      for (let longitude = -180; longitude <= 180; longitude += 2) {
        const at = [this.x(longitude), this.y(stationwatch.orbit.terminator(longitude, sun))];
        if (longitude === -180) context.moveTo(...at);
        else context.lineTo(...at);
      }
      const dark = sun.latitude >= 0 ? -90 : 90; // the pole that the Sun does not reach
      context.lineTo(this.x(180), this.y(dark));
      context.lineTo(this.x(-180), this.y(dark));
      context.fillStyle = this.colours.night;
      context.fill();
    }

    drawSun(context, { latitude, longitude }) {
      const [x, y, size] = [this.x(longitude), this.y(latitude), 4 * this.ratio];
      context.strokeStyle = this.colours.text;
      context.lineWidth = 1.2 * this.ratio;
      context.beginPath();
      context.arc(x, y, size, 0, 2 * Math.PI);
      for (let k = 0; k < 8; k += 1) {
        const [c, s] = [Math.cos((k * Math.PI) / 4), Math.sin((k * Math.PI) / 4)];
        context.moveTo(x + 1.5 * size * c, y + 1.5 * size * s);
        context.lineTo(x + 2.1 * size * c, y + 2.1 * size * s);
      }
      context.stroke();
    }

    drawPath(context, path, { colour, width, dashes }) {
      context.strokeStyle = this.colours[colour];
      context.lineWidth = width * this.ratio;
      context.setLineDash(dashes.map((one) => one * this.ratio));
      context.beginPath();
      for (const piece of pieces(path)) {
        piece.forEach(([longitude, latitude], i) => {
          if (i) context.lineTo(this.x(longitude), this.y(latitude));
          else context.moveTo(this.x(longitude), this.y(latitude));
        });
      }
      context.stroke();
      context.setLineDash([]);
    }

    /* Where it will be each ten minutes, every third said. */
    drawTicks(context, path, now) {
      const ahead = path.filter((one) => one.t > now);
      this.font(context, 10);
      context.textBaseline = "middle";
      for (let k = 1; k * TICK_MS < 5600000; k += 1) {
        const at = ahead.find((one) => one.t >= now + k * TICK_MS);
        if (!at) return;
        const [x, y] = [this.x(at.longitude), this.y(at.latitude)];
        context.fillStyle = this.colours.trace;
        context.beginPath();
        context.arc(x, y, 2 * this.ratio, 0, 2 * Math.PI);
        context.fill();
        if (k % 3 !== 0) continue;
        const inside = x + 30 * this.ratio < this.x(180) ? 5 : -26;
        this.words(context, `+${k * 10}`, x + inside * this.ratio, y - 7 * this.ratio);
      }
    }

    /* A filled square where it is; a hollow one, with its age, where it was last heard to be. */
    drawMark(context, mark) {
      const [x, y, size] = [this.x(mark.longitude), this.y(mark.latitude), 5 * this.ratio];
      if (!mark.old) this.drawHorizon(context, mark);
      context.lineWidth = 2 * this.ratio;
      context.strokeStyle = context.fillStyle = mark.old ? this.colours.stale : this.colours.strong;
      context.setLineDash(mark.old ? [3 * this.ratio, 2 * this.ratio] : []);
      if (mark.old) context.strokeRect(x - size, y - size, 2 * size, 2 * size);
      else context.fillRect(x - size, y - size, 2 * size, 2 * size);
      context.setLineDash([]);
      this.font(context, 12, "700 ");
      context.textBaseline = "middle";
      const width = context.measureText(mark.label).width;
      const left = x + 10 * this.ratio + width > this.x(180) ? x - 10 * this.ratio - width : x + 10 * this.ratio;
      const line = y > this.y(-this.most) - 14 * this.ratio ? y - 12 * this.ratio : y + 12 * this.ratio;
      this.words(context, mark.label, left, line);
    }

    /* All places that have the station above their horizon. */
    drawHorizon(context, { latitude, longitude, altitude }) {
      const size = Math.acos(6371 / (6371 + altitude));
      const [s, c] = [Math.sin(latitude * RAD), Math.cos(latitude * RAD)];
      const ring = [];
      for (let k = 0; k <= 72; k += 1) {
        const way = (k * 5) * RAD;
        const at = Math.asin(s * Math.cos(size) + c * Math.sin(size) * Math.cos(way));
        const east = Math.atan2(Math.sin(way) * Math.sin(size) * c, Math.cos(size) - s * Math.sin(at));
        ring.push({ latitude: at / RAD, longitude: turned(longitude + east / RAD) });
      }
      this.drawPath(context, ring, { colour: "text", width: 0.8, dashes: [2, 3] });
    }

    /* Words that can be read on sea, land and night alike. */
    words(context, text, x, y) {
      const ink = context.fillStyle;
      context.strokeStyle = this.colours.sea;
      context.lineWidth = 3 * this.ratio;
      context.strokeText(text, x, y);
      context.fillStyle = ink;
      context.fillText(text, x, y);
    }

    font(context, size, weight = "") {
      context.font = `${weight}${size * this.ratio}px ${getComputedStyle(this.canvas).fontFamily}`;
    }
  }

  const side = (angle, plus, minus) => (angle ? `${Math.abs(angle)} ${angle > 0 ? plus : minus}` : "0");
  const turned = (angle) => ((((angle + 180) % 360) + 360) % 360) - 180;

  /* A path in pieces that do not cross the date line, each up to it: [[[longitude, latitude]]]. */
  function pieces(path) {
    const made = [];
    let piece = [];
    path.forEach(({ longitude, latitude }, i) => {
      const last = path[i - 1];
      if (last && Math.abs(longitude - last.longitude) > 180) {
        const edge = last.longitude > 0 ? 180 : -180;
        const there = longitude + 2 * edge; // as if the map went on
        const part = (edge - last.longitude) / (there - last.longitude);
        const crossing = last.latitude + part * (latitude - last.latitude);
        piece.push([edge, crossing]);
        made.push(piece);
        piece = [[-edge, crossing]];
      }
      piece.push([longitude, latitude]);
    });
    if (piece.length) made.push(piece);
    return made;
  }

  Object.assign(stationwatch, { GroundTrack, trackPieces: pieces });
})();
