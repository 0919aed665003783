// Finds steps by their words, those of the drawing and those of the text.
import { _ } from "../words.js";

export function start(page) {
  const drawing = document.getElementById("drawing");
  const bar = document.createElement("div");
  bar.id = "find";
  bar.hidden = true;
  bar.setAttribute("role", "search");
  bar.setAttribute("aria-label", _("Find a step"));
  const input = document.createElement("input");
  input.type = "search";
  input.setAttribute("aria-label", _("Find a step"));
  input.placeholder = _("Find a step");
  const count = document.createElement("output");
  const tool = (name, sign, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tool";
    button.setAttribute("aria-label", name);
    button.title = name;
    button.textContent = sign;
    button.addEventListener("click", act);
    return button;
  };
  bar.append(
    input, count, tool(_("The one before"), "↑", () => go(-1)), tool(_("The next one"), "↓", () => go(1)),
    tool(_("Close"), "×", () => shut()),
  );
  page.over.append(bar);
  let found = [];
  let at = -1;
  let back = null;

  // What each step says: its name, its note, and its own lines in the text.
  function said(id, lines) {
    const step = page.step(id);
    const line = page.structure.line.get(id);
    const own = page.structure.isFlow(id) ? "" : (lines[line - 1] ?? "");
    return `${step.title}\n${step.textContent}\n${own}\n${id}`.toLowerCase();
  }

  function look() {
    const wanted = input.value.trim().toLowerCase();
    const lines = page.view ? page.view.state.doc.toString().split("\n") : [];
    found = wanted ? page.structure.order.filter((id) => said(id, lines).includes(wanted)) : [];
    for (const id of page.structure.order) page.step(id).toggleAttribute("data-found", found.includes(id));
    at = found.length ? Math.max(0, found.indexOf(page.selected[0])) : -1;
    tell();
    if (at >= 0) show();
  }

  function tell() {
    if (!input.value.trim()) count.textContent = "";
    else if (!found.length) count.textContent = _("Nothing found");
    else count.textContent = _("{n} of {count}", { n: at + 1, count: found.length });
  }

  function show() {
    page.select([found[at]], { scroll: true, from: "find" });
  }

  function go(by) {
    if (!found.length) return;
    at = (at + by + found.length) % found.length;
    tell();
    show();
  }

  function shut() {
    bar.hidden = true;
    for (const one of drawing.querySelectorAll("[data-found]")) one.removeAttribute("data-found");
    const step = page.selected.length ? page.step(page.selected.at(-1)) : back;
    if (step?.isConnected) step.focus({ preventScroll: true });
    found = [];
  }

  page.find = () => {
    if (bar.hidden) back = document.activeElement;
    bar.hidden = false;
    input.focus({ preventScroll: true });
    input.select();
    look();
  };
  input.addEventListener("input", look);
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shut();
    else if (event.key === "Enter" && event.target === input) go(event.shiftKey ? -1 : 1);
    else if (event.key === "ArrowDown") go(1);
    else if (event.key === "ArrowUp") go(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  page.on("answer", (answer) => {
    if (!bar.hidden && answer.drawing) {
      const here = found[at];
      const kept = found.filter((id) => page.structure.has(id));
      [found, at] = [kept, kept.indexOf(here)];
    }
  });
  for (const button of document.querySelectorAll("button[data-do=find]"))
    button.addEventListener("click", () => page.find());
}
