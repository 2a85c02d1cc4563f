/* Who was told: the routes in force, what waits for a receiver, what was sent and how it went. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, byId } = stationwatch;
  const AGAIN_MS = 5000;
  const WHY = { raised: "new", repeated: "reminder", escalated: "escalation", "follow-up": "follow-up" };
  const ms = (ns) => ns / 1e6;
  const when = (ns) => stationwatch.format.moment(ms(ns));

  class Notified {
    constructor(root, model) {
      this.model = model;
      this.node = byId("notified");
      this.readAt = -Infinity;
      this.read();
    }

    async read() {
      this.readAt = performance.now();
      const said = await stationwatch.fetchJson("/alarms/notified.json", {});
      if (!this.node.isConnected) return;
      if (said.error) {
        const text = `Not known: ${said.error}. What was sent before stands in ingest.`;
        this.node.replaceChildren(element("p", "wrong", text));
        return;
      }
      const parts = [];
      if (stationwatch.address.root()) parts.push(element("p", "dim", "People are told of live telemetry only; this is of live telemetry."));
      if (!said.routes.length) {
        parts.push(element("p", "nobody", "□ Nobody is notified: ingest has no routes file (docs/notifications.md). Alarms are heard at the consoles only."));
      } else {
        parts.push(section("Routes", this.routes(said.routes)), section(`Waiting (${said.owed})`, this.waiting(said)), section("Sent", this.sent(said.attempts)));
      }
      this.node.replaceChildren(...parts);
    }

    routes(routes) {
      const rows = routes.map((route) => [
        route.name,
        route.targets.join(", "),
        this.mark(route.severity, route.only_escalations ? " escalated" : " and above"),
        [...route.spacecraft, ...route.subsystem].join(", ") || "all",
        route.group_s ? `${route.group_s} s` : "at once",
        route.repeat_s ? `every ${stationwatch.format.ago(route.repeat_s * 1000)}` : "no",
        route.escalate_to ? `${route.escalate_to} after ${stationwatch.format.ago(route.escalate_after_s * 1000)}` : "no",
      ]);
      return table(["Route", "To", "Class", "Of", "Grouped", "Repeated", "Escalated"], rows);
    }

    waiting({ waiting, routes, given_up: givenUp }) {
      const targets = new Map(routes.map((route) => [route.name, route.targets]));
      const rows = waiting.map((one) => [
        when(one.taken_ns),
        `${one.route}: ${targets.get(one.route)?.[one.target] || "target that is gone"}`,
        one.alarm,
        this.mark(one.severity),
        WHY[one.why] || one.why,
        one.attempts ? `${one.attempts} failed, again ${stationwatch.format.time(ms(one.next_ns)) || "now"}` : "not tried yet",
      ]);
      const node = rows.length
        ? table(["Owed since (UTC)", "To", "Alarm", "Class", "Why", "Tried"], rows)
        : element("p", "dim", "○ Nothing waits: all that was owed has arrived.");
      if (!givenUp) return node;
      const both = element("div");
      both.append(node, element("p", "wrong", `${givenUp} given up since ingest started: for age, for want of room, or with their route.`));
      return both;
    }

    sent(attempts) {
      const rows = attempts.map((one) => {
        const result = element("span", one.accepted ? "arrived" : "failed", one.accepted ? "✓ taken" : `✖ try ${one.tries}: ${one.reason}`);
        const why = one.why.map((word) => WHY[word] || word).join(", ");
        return [when(one.time_ns), `${one.route}: ${one.target}`, this.mark(one.severity), one.title, String(one.alarms), why, result];
      });
      if (!rows.length) return element("p", "dim", "Nothing was sent yet.");
      return table(["At (UTC)", "To", "Class", "Message", "Alarms", "Why", "Result"], rows);
    }

    mark(severity, more = "") {
      const look = this.model.looks.severity[severity];
      return element("span", `severity-${look.name}`, `${look.symbol} ${look.word}${more}`);
    }

    paint() {
      if (performance.now() - this.readAt > AGAIN_MS) this.read();
    }
  }

  function section(title, content) {
    const node = element("section");
    node.append(element("h2", "", title), content);
    return node;
  }

  function table(heads, rows) {
    const node = element("table", "events");
    const top = element("thead"), body = element("tbody"), head = element("tr");
    for (const name of heads) head.append(element("th", "", name));
    top.append(head);
    for (const cells of rows) {
      const line = element("tr");
      for (const cell of cells) {
        const td = element("td");
        td.append(cell);
        line.append(td);
      }
      body.append(line);
    }
    node.append(top, body);
    return node;
  }

  stationwatch.addPage("notifications", (root, model) => new Notified(root, model));
})();
