/* What is asked of the plan, and its answers: done, refused and why, or nobody answered.
 *
 * Ingest answers under the command's id, to every browser; whoever asked waits for it here.
 */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const ANSWER_MS = 4000;
  const NO_ANSWER = "no answer from ingest within 4 s: is it running? It may still do it: look before you ask again";
  const waiting = new Map(); // command id -> {resolve, until}

  /* Resolves with {refused, unanswered, check}: refused is why nothing was done, empty if it was;
   * check is the go or no-go that was made for it. row: {spacecraft, plan, version}.
   * fields: comment, override, until (UTC as text), activity (a form, to propose). */
  async function ask(verb, row, fields) {
    if (stationwatch.ask.onlyShown(verb)) return { refused: "this has happened, and is only shown" };
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = new Promise((resolve) => waiting.set(id, { resolve, until: performance.now() + ANSWER_MS }));
    const { spacecraft, plan, version } = row;
    const body = JSON.stringify({ id, by: stationwatch.operator(), spacecraft, plan, version, ...fields });
    const sent = await post(`ask/${verb}`, body);
    if (sent.problem) settle(id, { refused: sent.problem });
    return answer;
  }

  /* The answer of the console itself, of the root that this page shows. */
  function post(path, body, fields) {
    const headers = { "Content-Type": "application/json" };
    return fetch(stationwatch.address.link(`/plan/${path}`, fields), { method: "POST", body, headers })
      .then((got) => got.json())
      .catch(() => ({ problem: "the console does not answer" }));
  }

  function settle(id, answer) {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  }

  /* As `ask`, where there is no place for the answer: the operator is told if it was not done. */
  async function askTelling(verb, row, fields) {
    const { refused, unanswered } = await ask(verb, row, fields);
    const why = unanswered ? `No answer from ingest for ${row.title}.` : `${row.title}: ${refused}`;
    // each its own: one that is shown under an id is not replaced
    if (refused) stationwatch.notify(`plan-${performance.now()}`, `Not done: ${verb}`, why);
  }

  stationwatch.addFrame({
    hear(message) {
      if (message.k === "planevent") settle(message.command, message);
    },
    paint() {
      for (const [id, one] of waiting) {
        if (performance.now() > one.until) settle(id, { refused: NO_ANSWER, unanswered: true });
      }
    },
  });

  stationwatch.plans = { ...stationwatch.plans, ask, askTelling, post };
})();
