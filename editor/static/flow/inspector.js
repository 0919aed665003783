// The form of the chosen step. A field is written on leaving it, or a moment after the last key; what the
// server refuses is told beside it. What others change comes into the form around the field one is at.
import { start as conditions } from "./conditions.js";
import { merge } from "./merging.js";
import { start as resizing } from "./resizing.js";
import { start as suggesting } from "./suggesting.js";
import { AwayError, SignedOutError, markup } from "./wire.js";
import { _, tell as telling } from "../words.js";

const TYPING = 600; // ms after the last key
const QUIET = 150; // ms after an answer, so that a burst of typing asks once
const HEADER = "entry";

export function start(page) {
  const pane = document.getElementById("inspector");
  const waiting = new Map(); // fields by name, with the timer of each
  const wrong = new Map(); // what was refused, by field
  let step = null; // whose form is shown
  let wanted = HEADER;
  let asked = 0;
  let problems = [];
  let shown = page.state; // of which draft the form is
  let soon = 0;
  let keyed = false; // whether the form is worked on by keys

  const form = () => pane.querySelector("form[data-step]");
  const fieldOf = (name) =>
    pane.querySelector(`[name="${CSS.escape(name)}"]`) ?? null;
  const told = (name) => pane.querySelector(`[data-problem-for="${CSS.escape(name)}"]`);

  function valueOf(control) {
    const order = control.closest("[data-order]");
    if (order !== null)
      return [...order.querySelectorAll("select")]
        .map((one) => one.value)
        .filter(Boolean)
        .join(" else ");
    return control.type === "checkbox" ? (control.checked ? "yes" : "") : control.value;
  }
  const writtenOf = (control) => (control.closest("[data-order]") ?? control).dataset.written;
  const nameOf = (control) => control.dataset.part ?? control.name;

  // ---- writing

  function later(control) {
    const name = nameOf(control);
    clearTimeout(waiting.get(name)?.timer);
    page.element.dataset.settled = "false";
    waiting.set(name, { control, timer: setTimeout(() => write(name), TYPING) });
  }

  async function write(name) {
    const found = waiting.get(name);
    if (found === undefined) return;
    clearTimeout(found.timer);
    waiting.delete(name);
    const { control } = found;
    const value = valueOf(control);
    if (value === writtenOf(control)) {
      tell(name, "");
      settle();
      return;
    }
    await set({ [name]: value }, name, () => {
      (control.closest("[data-order]") ?? control).dataset.written = value;
    });
  }

  async function set(fields, name, done = () => {}) {
    if (step === null || page.readOnly) return;
    const answer = await page.act({ op: "set", step, fields });
    if (!answer) return;
    if (answer.outcome === "refused") {
      tell(answer.field && fieldOf(answer.field) ? answer.field : name, answer.reason);
      page.say(answer.reason);
    } else {
      done();
      tell(name, "");
      load();
    }
  }

  // Nothing is waiting any more: what was typed and taken back needs no request.
  function settle() {
    if (waiting.size === 0) page.refresh?.();
  }

  const flush = () => Promise.all([...waiting.keys()].map(write));
  page.flushForm = flush;

  function tell(name, sentence) {
    if (sentence) wrong.set(name, sentence);
    else wrong.delete(name);
    mark();
  }

  // ---- what is wrong, beside its field

  function mark() {
    const found = new Map(wrong);
    for (const one of problems) {
      if ((one.step ?? HEADER) !== step) continue;
      const name = placeOf(one) ?? "";
      if (!found.has(name)) found.set(name, `${one.message} ${one.hint ?? ""}`.trim());
    }
    for (const place of pane.querySelectorAll("[data-problem-for]")) {
      const sentence = found.get(place.dataset.problemFor) ?? "";
      if (place.textContent !== sentence.replaceAll("`", "")) telling(place, sentence);
      place.hidden = sentence === "";
      const control = place.dataset.problemFor ? fieldOf(place.dataset.problemFor) : null;
      if (control !== null) {
        if (sentence) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
    }
  }

  // The field that a problem of the checks speaks of: the one whose value it names.
  function placeOf(problem) {
    const named = [...problem.message.matchAll(/`([^`]+)`/g)].map((one) => one[1]);
    const controls = [...(form()?.querySelectorAll("[name]") ?? [])];
    for (const word of named) {
      const exact = controls.find((one) => one.value === word);
      const within = exact ?? controls.find((one) => one.matches(".code") && one.value.includes(word));
      if (within) return within.name;
    }
    return null;
  }

  // ---- showing

  const busy = (control) => control === document.activeElement || waiting.has(nameOf(control));

  async function load(again = false) {
    const mine = ++asked;
    clearTimeout(soon);
    const [id, state] = [wanted, page.state];
    const address = `/flows/${encodeURIComponent(page.flow)}/inspector?step=${encodeURIComponent(id)}`;
    let html;
    try {
      html = await markup(address);
    } catch (error) {
      // To ask for the draft says what is in the way, and waits until it is over.
      const passes = error instanceof AwayError || error instanceof SignedOutError;
      if (passes && !again) page.refresh?.().then(() => mine === asked && load(true));
      return;
    }
    if (mine !== asked) return;
    shown = state;
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    if (step === wanted && form() !== null) {
      for (const { name } of pane.attributes) fresh.setAttribute(name, pane.getAttribute(name));
      merge(pane, fresh, busy);
    } else {
      wrong.clear();
      pane.replaceChildren(...fresh.childNodes);
      pane.scrollTop = 0;
    }
    step = wanted;
    for (const one of pane.querySelectorAll("textarea")) grow(one);
    mark();
  }

  function grow(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  page.on("select", ({ id, from }) => {
    const next = id === null || !id ? HEADER : id;
    if (from === "renamed" || (from === "answer" && next === step)) {
      if (form() !== null && step === wanted) form().dataset.step = next;
      [step, wanted] = [next, next];
      load();
      return;
    }
    if (next === wanted && form() !== null) return;
    flush();
    wanted = next;
    load();
  });
  page.on("answer", (answer) => {
    const id = answer.renamed?.[wanted];
    if (id !== undefined) {
      if (form() !== null) form().dataset.step = id;
      [step, wanted] = [id, id];
    }
    if (form() === null || answer.state === shown) return;
    clearTimeout(soon);
    soon = setTimeout(load, QUIET);
  });
  page.on("problems", (found) => {
    problems = found;
    mark();
  });

  pane.addEventListener("input", (event) => {
    const control = event.target;
    if (control.matches("textarea")) grow(control);
    if (control.matches("input:not([type=checkbox]), textarea")) later(control);
  });
  pane.addEventListener("change", (event) => {
    const control = event.target;
    if (!nameOf(control)) return;
    later(control);
    // Arrows and letters pass by choices on the way to the one that is meant.
    if (!control.matches("select") || !keyed) write(nameOf(control));
  });
  pane.addEventListener("keydown", () => (keyed = true), true);
  pane.addEventListener("pointerdown", () => (keyed = false), true);
  pane.addEventListener("focusout", ({ target }) => {
    if (target.matches("select") && waiting.has(nameOf(target))) write(nameOf(target));
  });
  pane.addEventListener("submit", (event) => event.preventDefault());
  pane.addEventListener("click", (event) => {
    const to = event.target.closest("[data-to-step]");
    if (to !== null) page.select([to.dataset.toStep], { focus: true, from: "inspector" });
    if (event.target.closest("[data-put-away]") !== null) {
      const at = page.step(step);
      page.select([], { from: "inspector" });
      at?.focus({ preventScroll: true });
    }
    const act = event.target.closest("[data-act]");
    if (act !== null) flush().then(() => set({ [act.dataset.act]: "yes" }, act.dataset.act));
  });
  // Enter leaves a field of one line; in a condition, which is one line too, it writes.
  pane.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (!event.target.matches("input:not([type=checkbox]), textarea.code") || event.shiftKey) return;
    if (event.target.matches("textarea") && event.target.value.includes("\n")) return;
    event.preventDefault();
    later(event.target);
    write(nameOf(event.target));
  });

  pane.setAttribute("aria-label", _("Chosen step"));
  conditions(page, pane);
  suggesting(pane);
  resizing(pane);
  load();
}
