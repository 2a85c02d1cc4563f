/* What is asked of the training service, and its answers. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const ANSWER_MS = 10000;
  const waiting = new Map(); // command id -> {resolve, until}

  /* Resolves with {refused, session}: refused is why nothing was done, empty if it was. */
  async function ask(verb, fields) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = new Promise((resolve) => waiting.set(id, { resolve, until: performance.now() + ANSWER_MS }));
    const body = JSON.stringify({ id, by: stationwatch.operator(), ...fields });
    const sent = await fetch(`/training/ask/${verb}`, { method: "POST", body, headers: { "Content-Type": "application/json" } })
      .then((got) => got.json())
      .catch(() => ({ problem: "the console does not answer" }));
    if (sent.problem) settle(id, { refused: sent.problem, session: "" });
    return answer;
  }

  function settle(id, answer) {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  }

  stationwatch.addFrame({
    hear(message) {
      if (message.k === "traininganswer") settle(message.command, message);
    },
    paint(change) {
      if (!change.second) return;
      for (const [id, one] of waiting) {
        if (performance.now() > one.until) settle(id, { refused: "no answer: is the training service running?", session: "" });
      }
    },
  });

  Object.assign(stationwatch, { trainings: { ask } });
})();
