// What a field may say, below the field: all of it at a click or an arrow, less while one types. Anything else
// may be typed too. A browser's own list shows only what resembles the value that stands there already.
import { _ } from "../words.js";

const MARGIN = 8; // px to the edge of the window

export function start(pane) {
  const list = document.createElement("ul");
  let field = null; // whose list is open
  let rows = [];
  let active = -1; // none: Enter writes what is typed

  list.id = "suggested";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", _("Choices"));
  pane.after(list);

  function optionsOf(input) {
    const options = document.getElementById(input.dataset.suggest)?.options ?? [];
    return [...options].map(({ value, text }) => ({ value, title: text || value }));
  }

  function mark(at) {
    active = at;
    for (const [n, row] of rows.entries()) row.setAttribute("aria-selected", String(n === active));
    if (active < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", rows[active].id);
      const { offsetTop: top, offsetHeight: height } = rows[active];
      list.scrollTop = Math.min(top - 4, Math.max(list.scrollTop, top + height + 4 - list.clientHeight));
    }
  }

  function place() {
    const box = field.getBoundingClientRect();
    const below = innerHeight - box.bottom - MARGIN;
    const above = box.top - MARGIN;
    const up = below < Math.min(list.scrollHeight, 160) && above > below;
    list.style.width = `${box.width}px`;
    list.style.left = `${box.left}px`;
    list.style.maxHeight = `${Math.min(288, up ? above : below)}px`;
    list.style.top = up ? "auto" : `${box.bottom + 2}px`;
    list.style.bottom = up ? `${innerHeight - box.top + 2}px` : "auto";
  }

  function show(words = "") {
    const wanted = words.trim().toLowerCase();
    const found = optionsOf(field).filter(
      ({ value, title }) => value.toLowerCase().includes(wanted) || title.toLowerCase().includes(wanted),
    );
    if (!found.length || (wanted && found.some(({ value }) => value === words))) {
      shut();
      return;
    }
    rows = found.map(({ value, title }, n) => {
      const row = document.createElement("li");
      row.id = `suggested-${n}`;
      row.setAttribute("role", "option");
      row.dataset.value = value;
      row.append(title);
      if (title !== value) {
        const small = document.createElement("small");
        small.textContent = value;
        row.append(" ", small);
      }
      return row;
    });
    list.replaceChildren(...rows);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    place();
    mark(words ? -1 : rows.findIndex((row) => row.dataset.value === field.value));
  }

  function open(input) {
    if (input.readOnly) return;
    if (field !== input) shut();
    field = input;
    show();
  }

  function shut() {
    if (field === null) return;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    list.hidden = true;
    [field, rows, active] = [null, [], -1];
  }

  function take(value) {
    const input = field;
    shut();
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const suggests = (target) => target.matches?.("input[data-suggest]");

  pane.addEventListener("click", ({ target }) => {
    if (suggests(target)) target === field ? shut() : open(target);
  });
  pane.addEventListener("input", ({ target }) => {
    if (target === field) show(target.value);
  });
  pane.addEventListener("focusout", ({ target }) => {
    if (target === field) shut();
  });
  pane.addEventListener(
    "keydown",
    (event) => {
      if (!suggests(event.target) || event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined && field === null) open(event.target);
      else if (field === null) return;
      else if (step !== undefined) mark((Math.max(active, step < 0 ? 0 : -1) + step + rows.length) % rows.length);
      else if (event.key === "Escape") shut();
      else if (event.key === "Enter" && active >= 0) take(rows[active].dataset.value);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  // The focus stays in the field.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const row = target.closest("[role=option]");
    if (row !== null) take(row.dataset.value);
  });
  const follow = ({ target }) => field !== null && target !== list && place();
  addEventListener("resize", follow);
  addEventListener("scroll", follow, { capture: true, passive: true });
}
