// Lights the way that was taken on the drawing: steps, lines, and beside a step why it was skipped.
const STATES = ["passed", "waiting", "held", "skipped", "failed", "here"];

export class Lighting {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("drawing");
  }

  // `scenes` are those up to where one looks, the last of them is `here`.
  show(scenes) {
    this.clear();
    const states = new Map();
    const whys = new Map();
    const edges = new Set();
    for (const one of scenes) {
      for (const edge of one.led) edges.add(edge);
      if (!one.step) continue;
      const skipped = one.outcome === "skipped" || one.outcome === "failed";
      states.set(one.step, STATES.includes(one.outcome) ? one.outcome : "passed");
      if (skipped || one.outcome === "held") whys.set(one.step, one.says);
      else whys.delete(one.step);
      if (one.seen.length) whys.set(one.step, one.seen.map(([words, value]) => `${words}: ${value}`).join(", "));
    }
    const here = scenes.findLast((one) => one.step)?.step;
    for (const [id, state] of states) {
      const step = this.page.step(id);
      if (step === null) continue;
      step.dataset.tried = state;
      if (id === here) step.dataset.triedHere = "";
      const why = whys.get(id);
      if (why) this.beside(step, why, state);
    }
    for (const line of this.root.querySelectorAll("#edges [data-edge]"))
      line.toggleAttribute("data-tried", edges.has(line.dataset.edge));
    if (scenes.length) this.root.dataset.tried = "";
    return here;
  }

  // Where nobody edits, a note stands below the step; a screen reader hears it with the step.
  beside(step, why, state) {
    const note = document.createElement("span");
    note.className = "tried-why";
    note.dataset.outcome = state;
    note.setAttribute("aria-hidden", "true");
    note.textContent = why;
    note.title = why;
    const { left = 0, top = 0, width = 0, height = 0 } = step.at ?? {};
    note.style.left = `${left + 8}px`;
    note.style.top = `${top + height - 3}px`;
    note.style.maxWidth = `${width - 16}px`;
    step.after(note);
    step.setAttribute("aria-description", why);
  }

  clear() {
    for (const note of this.root.querySelectorAll(".tried-why")) note.remove();
    for (const step of this.root.querySelectorAll("[data-tried][data-step]")) {
      delete step.dataset.tried;
      delete step.dataset.triedHere;
      if (!step.dataset.problem) step.removeAttribute("aria-description");
    }
    for (const line of this.root.querySelectorAll("#edges [data-tried]")) line.removeAttribute("data-tried");
    delete this.root.dataset.tried;
  }
}
