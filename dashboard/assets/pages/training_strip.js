/* On every page of a training: that it is one, how far it is, how many alarms wait; and its end. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write, classify, byId } = stationwatch;
  let node = null;

  function build(row) {
    node = element("div", "training-strip");
    node.words = element("span");
    const link = element("a", "act", "Debrief");
    link.href = stationwatch.address.link("/training", { session: row.id });
    const back = element("a", "act", "Back to live");
    back.href = "/";
    node.append(node.words, link, back);
  }

  function paint(change, model) {
    const training = (model.root || "").startsWith("train-");
    document.body.classList.toggle("in-training", training);
    if (!training || !(change.second || change.all || change.trainings)) return;
    const row = [...model.trainings.values()].find((one) => one.root === model.root);
    if (!row) return;
    if (node === null) build(row);
    if (!node.isConnected) byId("transport").append(node);
    const over = row.state === "ENDED";
    const waiting = row.figures.waiting;
    const { format } = stationwatch;
    const words = over
      ? `⊘ THIS TRAINING HAS ENDED, ${format.time(row.ended)} UTC: ${row.reason}`
      : [`◈ TRAINING · ${row.title}`, `by ${row.by}`, `${row.speed}×`, waiting ? `${waiting} ${waiting === 1 ? "alarm waits" : "alarms wait"}` : "no alarm waits"].join(" · ");
    write(node.words, words);
    classify(node, `training-strip${over ? " over" : ""}`);
  }

  stationwatch.addFrame({ paint });
})();
