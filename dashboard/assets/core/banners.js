/* What is wrong with hearing: floods of alarms, chatter, and spacecraft out of contact. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});

  /* "ALARM FLOOD: 14 annunciations in 10 min", as ingest says it. */
  function paintFlood(node, model) {
    const keys = model.hello.flood;
    const known = model.alarmsKnown;
    const value = (key) => (model.point(key) || {}).value;
    const chattering = stationwatch.chattering(model);
    const said = [];
    if (known && value(keys.on)) said.push(`≣ ALARM FLOOD: ${value(keys.count)} annunciations in 10 min`);
    if (chattering) said.push(`≋ chattering: ${chattering}`);
    stationwatch.write(node, said.join(" | "));
    stationwatch.classify(node, `flood-banner${known && value(keys.on) ? " flood" : ""}`);
  }

  /* One line for each kind of silence: announced, with one AOS, or not announced. */
  function paintSignal(node, craft, signal, now) {
    const groups = new Map();
    for (const silence of signal ? signal.out : []) {
      const key = silence.announced ? `announced ${silence.back}` : "unannounced";
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(silence);
    }
    const standing = signal ? signal.standing : 0;
    const lines = [...groups.values()].map((group, i) => words(craft, group, now, i === 0 ? standing : 0));
    const text = lines.map((line) => line.text).join("\n");
    if (node.said === text) return;
    node.said = text;
    node.replaceChildren(...lines.map((line) => stationwatch.element("div", `signal ${line.name}`, line.text)));
  }

  function words(craft, group, now, standing) {
    const { announced, back } = group[0];
    const { time, left } = stationwatch.format;
    const heard = craft.subsystems.filter((subsystem) => !subsystem.derived);
    const which = group.length === heard.length ? "all of it" : group.map((one) => one.u).join(", ");
    const last = Math.max(...group.map((one) => one.last));
    const said = [`last known at ${time(last) || "no time"}`];
    if (announced && back) said.push(now < back ? `AOS ${time(back)} (in ${left(back - now)})` : `AOS was due ${time(back)}`);
    if (announced && !back) said.push("no AOS is announced");
    if (standing) said.push(`${standing} ${standing === 1 ? "alarm" : "alarms"} standing, state unknown`);
    const head = announced ? "⊘ LOS announced" : "◌ SIGNAL LOST, NOT ANNOUNCED";
    return { text: `${head}: ${which}: ${said.join(", ")}`, name: announced ? "announced" : "unannounced" };
  }

  /* Alarms that come and go, as ingest names them: `craft/alarm, craft/alarm and 3 more`. */
  function chattering(model) {
    return (model.alarmsKnown && (model.point(model.hello.flood.chattering) || {}).value) || "";
  }

  Object.assign(stationwatch, { paintFlood, paintSignal, chattering });
})();
