// The menu of a step: all that can be done with what is chosen, under the hand or by the keyboard.
import { _ } from "../words.js";

const ITEMS = [
  ["edit", "insert"],
  ["cut", "copy", "paste", "duplicate", "delete"],
  ["wrap", "flip", "end", "up", "down"],
  ["off", "on"],
];
const MARGIN = 8; // px to the edge of the window

export function start(page) {
  const drawing = document.getElementById("drawing");
  const menu = document.createElement("div");
  menu.id = "menu";
  menu.hidden = true;
  menu.dataset.hands = "";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", _("What can be done with the chosen steps"));
  document.getElementById("flow").append(menu);
  let back = null;

  function item(name) {
    const command = page.commands[name];
    const why = command.why();
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.command = name;
    button.setAttribute("role", "menuitem");
    const words = document.createElement("span");
    words.textContent = command.title;
    button.append(words);
    if (command.keys) {
      const keys = document.createElement("kbd");
      keys.textContent = command.keys;
      keys.setAttribute("aria-hidden", "true");
      button.append(keys);
    }
    if (why) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-description", why);
      button.title = why;
    }
    return button;
  }

  function open(x, y) {
    back = document.activeElement;
    const parts = ITEMS.map((names) => {
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.append(...names.filter((name) => page.commands[name]?.fits?.() ?? name in page.commands).map(item));
      return group;
    });
    menu.replaceChildren(...parts);
    menu.querySelector("button").tabIndex = 0;
    menu.hidden = false;
    const fit = (value, most) => Math.max(MARGIN, Math.min(value, most - MARGIN));
    menu.style.left = `${fit(x, innerWidth - menu.offsetWidth)}px`;
    menu.style.top = `${fit(y, innerHeight - menu.offsetHeight)}px`;
    menu.querySelector("button").focus({ preventScroll: true });
  }
  page.menu = open;

  function shut(focus) {
    if (menu.hidden) return;
    menu.hidden = true;
    if (focus && back?.isConnected) back.focus({ preventScroll: true });
    back = null;
  }

  // At a step that is not chosen yet, it is then.
  function at(step, x, y) {
    if (!page.selected.includes(step.dataset.step)) page.select([step.dataset.step], { focus: true, from: "menu", scroll: false });
    else step.focus({ preventScroll: true });
    open(x, y);
  }

  drawing.addEventListener("contextmenu", (event) => {
    const step = event.target.closest("button[data-step]");
    if (step === null) return;
    event.preventDefault();
    if (page.dragging?.()) return;
    const box = step.getBoundingClientRect();
    const byKey = event.button !== 2 && event.clientX === 0 && event.clientY === 0;
    if (byKey) at(step, box.left + 24, box.bottom - 8);
    else at(step, event.clientX, event.clientY);
  });
  drawing.addEventListener("keydown", (event) => {
    if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
    const step = event.target.closest("button[data-step]");
    if (step === null) return;
    event.preventDefault();
    const box = step.getBoundingClientRect();
    at(step, box.left + 24, box.bottom - 8);
  });

  menu.addEventListener("keydown", (event) => {
    const all = [...menu.querySelectorAll("button")];
    const here = all.indexOf(document.activeElement);
    const to = {
      ArrowDown: (here + 1) % all.length,
      ArrowUp: (here - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (to !== undefined) all[to].focus();
    else if (event.key === "Escape" || event.key === "Tab") shut(true);
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
      const begins = (one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase());
      [...all.slice(here + 1), ...all.slice(0, here + 1)].find(begins)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-command]");
    if (button === null) return;
    shut(true);
    page.do(button.dataset.command);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) shut(false);
  }, true);
  addEventListener("blur", () => shut(false));
}
