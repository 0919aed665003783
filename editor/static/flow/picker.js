// What can be inserted, at the "+" under the hand: typed or chosen, written at once.
import { _ } from "../words.js";
import { best } from "./matching.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 8; // px to the edge of the window

function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export function start(page) {
  const drawing = document.getElementById("drawing");
  const picker = document.getElementById("picker");
  const choices = page.data.choices ?? [];
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const none = document.createElement("p");
  let plus = null; // where the step is to stand
  let back = null; // who had the focus before
  let shown = [];
  let active = 0;

  picker.setAttribute("role", "dialog");
  picker.dataset.hands = "";
  for (const [name, value] of Object.entries({
    role: "combobox", type: "text", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
    "aria-expanded": "true", "aria-controls": "choices", placeholder: _("Search for a step"),
    "aria-label": _("Search for a step"),
  }))
    input.setAttribute(name, value);
  list.id = "choices";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", _("Steps"));
  none.className = "empty";
  none.setAttribute("role", "status");
  picker.replaceChildren(input, list, none);

  const rows = new Map(
    choices.map((choice) => {
      const row = document.createElement("li");
      row.id = `choice-${choice.kind}`;
      row.setAttribute("role", "option");
      row.dataset.choice = choice.kind;
      row.className = choice.family;
      const [title, about] = [document.createElement("b"), document.createElement("small")];
      [title.textContent, about.textContent] = [choice.title, choice.about];
      const words = document.createElement("span");
      words.append(title, " ", about);
      row.append(icon(choice.icon), words);
      return [choice, row];
    }),
  );

  function mark(at) {
    active = Math.max(0, Math.min(at, shown.length - 1));
    for (const [n, choice] of shown.entries())
      rows.get(choice).setAttribute("aria-selected", String(n === active));
    const row = rows.get(shown[active]);
    if (row) {
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function look() {
    shown = best(input.value, choices);
    list.replaceChildren(...shown.map((choice) => rows.get(choice)));
    none.textContent = shown.length ? "" : _("No step is called that.");
    list.hidden = !shown.length;
    mark(0);
  }

  // Beside the "+" where there is room, and never out of the window.
  function place() {
    const box = plus.getBoundingClientRect();
    const [width, height] = [picker.offsetWidth, picker.offsetHeight];
    const right = box.right + MARGIN + width <= innerWidth - MARGIN;
    const left = right ? box.right + MARGIN : box.left - MARGIN - width;
    const fit = (value, most) => Math.max(MARGIN, Math.min(value, most - MARGIN));
    picker.style.left = `${fit(left, innerWidth - width)}px`;
    picker.style.top = `${fit(box.top - 24, innerHeight - height)}px`;
  }

  function open(at) {
    if (page.readOnly) {
      page.do("insert");
      return;
    }
    if (plus !== null) shut();
    back = document.activeElement;
    plus = at;
    plus.setAttribute("aria-expanded", "true");
    picker.setAttribute("aria-label", plus.getAttribute("aria-label"));
    input.value = "";
    picker.hidden = false;
    look();
    list.scrollTop = 0;
    place();
    input.focus({ preventScroll: true });
  }

  function shut(focus = false) {
    if (plus === null) return;
    plus.removeAttribute("aria-expanded");
    const home = back?.isConnected && drawing.contains(back) ? back : plus;
    [plus, back] = [null, null];
    if (focus) home.focus({ preventScroll: true });
    picker.hidden = true;
  }

  async function take(choice) {
    const at = plus.dataset.insert;
    shut(true);
    const answer = await page.ask({ op: "insert", at, text: choice.text }, _("Inserted {step}", { step: choice.title }));
    // Chosen it is by the answer, unless somebody has gone on meanwhile.
    if (answer?.outcome === "done" && page.selected[0] === answer.select) page.edit(answer.select);
  }

  drawing.addEventListener("click", (event) => {
    const at = event.target.closest("button[data-insert]");
    if (at === null) return;
    if (at === plus) shut(true);
    else open(at);
  });
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const page_ = 6;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page_, PageUp: -page_ };
    if (event.key in moves) {
      const next = active + moves[event.key];
      const ring = Math.abs(moves[event.key]) === 1 && shown.length;
      mark(ring ? (next + shown.length) % shown.length : next);
    } else if (event.key === "Enter") {
      if (shown[active]) take(shown[active]);
    } else if (event.key === "Escape") shut(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-choice]");
    if (row) take(choices.find((one) => one.kind === row.dataset.choice));
  });
  list.addEventListener("pointermove", (event) => {
    const row = event.target.closest("[data-choice]");
    const at = row ? shown.findIndex((one) => one.kind === row.dataset.choice) : -1;
    if (at >= 0 && at !== active) mark(at);
  });
  picker.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !picker.contains(event.relatedTarget)) shut();
  });
  document.addEventListener("pointerdown", (event) => {
    if (plus !== null && !picker.contains(event.target) && !plus.contains(event.target)) shut();
  }, true);
  addEventListener("resize", () => plus !== null && place());
  page.on("answer", () => {
    if (plus !== null && !plus.isConnected) shut();
  });
  page.pick = open;
}
