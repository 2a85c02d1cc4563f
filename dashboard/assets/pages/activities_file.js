/* Proposing from a plan file: what is in it is shown, with every mistake, before any of it is asked. */
(function () {
  "use strict";
  const stationwatch = (window.stationwatch = window.stationwatch || {});
  const { element, write } = stationwatch;
  const MOST_BYTES = 1048576; // as telemetry/plan_file.py

  class PlanFile {
    /* onDone(id): the first of them was proposed; onLeave(). */
    constructor(root, { onDone, onLeave }) {
      Object.assign(this, { onDone, onLeave });
      this.node = element("section", "plan-file");
      this.heading = element("h2");
      this.problems = element("ul", "problems");
      this.problems.setAttribute("role", "alert");
      this.list = element("ul", "found");
      const line = element("div", "form-end");
      this.propose = element("button", "act begin", "Propose");
      this.propose.type = "button";
      this.propose.addEventListener("click", () => this.ask());
      const leave = element("button", "act", "Close");
      leave.type = "button";
      leave.addEventListener("click", () => this.onLeave());
      line.append(this.propose, leave);
      this.node.append(this.heading, this.problems, this.list, line);
      root.append(this.node);
    }

    async open(file) {
      this.activities = [];
      write(this.heading, `Plan file ${file.name}`);
      const found = file.size > MOST_BYTES ? { problems: [`${file.name} is larger than 1 MiB`] } : await this.read(file);
      this.activities = found.activities || [];
      this.problems.replaceChildren(...(found.problems || []).map((line) => element("li", "wrong", line)));
      this.lines = this.activities.map((one) => {
        const line = { one, node: element("li"), answer: element("span", "answer") };
        line.node.append(element("b", "", one.title), element("span", "dim", `${one.spacecraft}/${one.id}, ${one.kind.replaceAll("-", " ")}`), element("span", "window", `${one.start} to ${one.end} UTC`), line.answer);
        return line;
      });
      this.list.replaceChildren(...this.lines.map((line) => line.node));
      this.propose.hidden = this.activities.length === 0;
      write(this.propose, this.activities.length > 1 ? `Propose all ${this.activities.length}` : "Propose");
    }

    async read(file) {
      const found = await stationwatch.plans.post("file", await file.text(), { name: file.name });
      return found.problem ? { problems: [found.problem] } : found;
    }

    /* One after the other, each with its answer. */
    async ask() {
      this.propose.disabled = true;
      let first = null;
      for (const { one, answer } of this.lines) {
        write(answer, "… asked for");
        const said = await stationwatch.plans.ask("propose", { spacecraft: one.spacecraft, plan: one.id, version: 0 }, { activity: one });
        answer.className = `answer ${said.refused ? "refused" : "done"}`;
        write(answer, said.refused ? `✖ NOT DONE: ${said.refused}` : "✓ PROPOSED");
        if (!said.refused) first = first || `${one.spacecraft}/${one.id}`;
      }
      this.propose.disabled = false;
      if (first && this.lines.every(({ answer }) => answer.className === "answer done")) this.onDone(first);
    }
  }

  stationwatch.activities = { ...stationwatch.activities, PlanFile };
})();
