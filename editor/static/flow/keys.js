// The keys of the drawing. They mean something only while people work on it; what types, types.
import { _ } from "../words.js";

const TYPES = "input, textarea, select, [contenteditable], .cm-editor, dialog";

export function start(page) {
  const drawing = document.getElementById("drawing");
  const typing = (element) => Boolean(element?.closest?.(TYPES));

  // Whether a key is meant for the drawing: the focus is there, or was and has gone nowhere else.
  page.working = () => {
    const { activeElement } = document;
    if (typing(activeElement)) return false;
    if (drawing.contains(activeElement)) return true;
    return page.hands && (activeElement === document.body || activeElement?.closest("[data-hands], .tools") !== null);
  };

  // The step that has the focus is the one that is meant, also where it was only tabbed to.
  page.meant = () => {
    const step = document.activeElement?.closest?.("#drawing button[data-step]")?.dataset.step;
    if (step !== undefined && !page.selected.includes(step)) page.select([step], { from: "keys", scroll: false });
  };

  const plain = {
    "+": () => {
      const plus = document.activeElement?.closest?.("button[data-insert]");
      if (plus) plus.click();
      else page.do("insert");
    },
    Delete: () => page.do("delete"),
    Backspace: () => page.do("delete"),
    "/": () => page.find(),
    "?": () => help(),
    t: () => page.tryIt(),
    "=": () => page.zoom?.larger(),
    "-": () => page.zoom?.smaller(),
    0: () => page.zoom?.fit(),
    1: () => page.zoom?.to(1),
  };
  const control = {
    d: () => page.do("duplicate"),
    z: () => page.undo(),
    y: () => page.redo(),
    a: () => page.all(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const held = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    let act = null;
    if (held && !event.altKey && key === "s") act = save;
    else if (!page.working()) return;
    else if (held && event.shiftKey && key === "z") act = () => page.redo();
    else if (held && !event.altKey && !event.shiftKey) act = control[key];
    else if (!held && event.altKey) act = { ArrowUp: () => page.do("up"), ArrowDown: () => page.do("down") }[event.key];
    else if (!held && !event.altKey) act = plain[event.key];
    if (!act) return;
    event.preventDefault();
    if (page.working()) page.meant();
    act();
  });

  // A field that is being filled in is written first.
  function save() {
    const { activeElement } = document;
    if (activeElement?.matches("#inspector input, #inspector textarea, #inspector select"))
      activeElement.dispatchEvent(new Event("change", { bubbles: true }));
    page.save();
  }

  const KEYS = [
    ["↑ ↓ ← →", _("Walk along the drawing")],
    ["Home, End", _("To the beginning, to the end")],
    ["Shift+↑, Shift+↓", _("Choose neighbours as well")],
    ["Ctrl+A", _("Choose all of this block")],
    ["Enter", _("Edit the step")],
    ["Esc", _("Back to the step")],
    ["+", _("Insert behind")],
    ["Delete", _("Delete")],
    ["Ctrl+X, Ctrl+C, Ctrl+V", _("Cut, copy, paste behind")],
    ["Ctrl+D", _("Duplicate")],
    ["Alt+↑, Alt+↓", _("One place up, one place down")],
    ["Ctrl+Z, Ctrl+Y", _("Undo, redo")],
    ["Ctrl+S", _("Save")],
    ["/", _("Find a step")],
    ["T", _("Try it")],
    ["=  -  1  0", _("Larger, smaller, full size, fit into view")],
    ["Shift+F10", _("What can be done with the step")],
    ["?", _("These keys")],
  ];

  let sheet = null;
  function help() {
    sheet ??= made();
    if (sheet.open) return;
    const back = document.activeElement;
    sheet.showModal();
    sheet.addEventListener("close", () => back?.isConnected && back.focus({ preventScroll: true }), { once: true });
  }
  page.help = help;

  function made() {
    const dialog = document.createElement("dialog");
    dialog.id = "keys";
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = _("Keys of the drawing");
    dialog.setAttribute("aria-labelledby", title.id);
    const list = document.createElement("dl");
    for (const [keys, does] of KEYS) {
      const row = document.createElement("div");
      const [term, words] = [document.createElement("dt"), document.createElement("dd")];
      term.append(
        ...keys.split(", ").flatMap((one, n) => {
          const key = document.createElement("kbd");
          key.textContent = one;
          return n ? [" ", key] : [key];
        }),
      );
      words.textContent = does;
      row.append(term, words);
      list.append(row);
    }
    const form = document.createElement("form");
    form.method = "dialog";
    const close = document.createElement("button");
    close.textContent = _("Close");
    form.append(close);
    dialog.append(title, list, form);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    return dialog;
  }

  for (const button of document.querySelectorAll("button[data-do=keys]")) button.addEventListener("click", help);
}
