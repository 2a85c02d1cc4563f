/* How near a value is to its limits: a bar whose parts are the classes that the limits part.
 *
 * It is no axis: the part without an alarm takes half of it, the others share the rest, so that
 * limits far apart and close together are both seen. What is past either end stands at a stop.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, classify } = stationwatch;

  class LimitBar {
    /* looks: of severities, by number, as the model has them. */
    constructor(container, bands, looks) {
      this.zones = zonesOf(bands);
      this.node = element("div", "limit-bar");
      for (const zone of this.zones) {
        const part = element("span", `limit-zone severity-${looks[zone.severity].name}`);
        part.style.flex = `${zone.share} 0 0`;
        this.node.append(part);
      }
      this.carrier = element("span", "limit-carrier");
      this.node.append(this.carrier);
      this.node.title = `Limits: ${bands.map((band) => `${looks[band.severity].word} ${words(band)}`).join(", ")}`;
      container.replaceChildren(this.node);
    }

    /* value: a number, or none where nothing is known. state: "live" | "old". */
    paint(value, state) {
      if (typeof value !== "number") return classify(this.node, "limit-bar is-none");
      const { place, stop } = placeOf(this.zones, value);
      this.carrier.style.transform = `translateX(${(place * 100).toFixed(2)}%)`;
      return classify(this.node, `limit-bar is-${state}${stop ? ` stop-${stop}` : ""}`);
    }
  }

  /* A bar in a node with `data-limit="craft/parameter"`; none where the parameter has no limits. */
  class PointLimit {
    constructor(node, model) {
      this.model = model;
      this.point = model.point(node.dataset.limit);
      this.bar = this.point?.parameter.bands.length ? new LimitBar(node, this.point.parameter.bands, model.looks.severity) : null;
    }

    paint(change) {
      const { point, model } = this;
      if (!this.bar || !(change.all || change.turned.has(point.system) || change.points.has(point))) return;
      this.bar.paint(point.value, model.old(point.system) ? "old" : "live");
    }
  }

  function words({ low, high }) {
    if (low === null || low === undefined) return `above ${high}`;
    return high === null || high === undefined ? `below ${low}` : `outside ${low} to ${high}`;
  }

  const given = (one) => one !== null && one !== undefined;

  function severityAt(bands, value) {
    const broken = bands.filter((band) => (given(band.low) && value < band.low) || (given(band.high) && value > band.high));
    return Math.max(0, ...broken.map((band) => band.severity));
  }

  /* [{low, high, severity, share}] ascending: what lies between limits, and as much beyond them. */
  function zonesOf(bands) {
    const limits = [...new Set(bands.flatMap((band) => [band.low, band.high]).filter(given))].sort((a, b) => a - b);
    if (!limits.length) return [];
    const first = limits[0], last = limits.at(-1);
    const width = last - first || Math.abs(first) || 1;
    // with limits on one side only, the other end is zero if that is not far, else some widths off
    const open = (end, way) => (Math.abs(end) <= 20 * width && Math.sign(end) === -way ? 0 : end + way * 2 * width);
    const below = severityAt(bands, first - width) ? first - (limits[1] - first || width) : open(first, -1);
    const above = severityAt(bands, last + width) ? last + (last - limits.at(-2) || width) : open(last, 1);
    const edges = [below, ...limits, above];
    const zones = edges.slice(1).map((high, i) => ({ low: edges[i], high, severity: severityAt(bands, (edges[i] + high) / 2) }));
    const others = zones.filter((zone) => zone.severity > 0).length;
    const wells = zones.length - others;
    for (const zone of zones) zone.share = zone.severity > 0 ? 0.5 / others : (others ? 0.5 : 1) / wells;
    const all = zones.reduce((sum, zone) => sum + zone.share, 0);
    for (const zone of zones) zone.share /= all;
    return zones;
  }

  /* {place: 0 to 1, stop: "" | "low" | "high"} */
  function placeOf(zones, value) {
    if (!zones.length) return { place: 0.5, stop: "" };
    if (value < zones[0].low) return { place: 0, stop: "low" };
    let place = 0;
    for (const zone of zones) {
      if (value <= zone.high) return { place: place + (zone.share * (value - zone.low)) / (zone.high - zone.low), stop: "" };
      place += zone.share;
    }
    return { place: 1, stop: "high" };
  }

  Object.assign(stationwatch, { LimitBar, PointLimit, limitZones: zonesOf, limitPlace: placeOf });
})();
