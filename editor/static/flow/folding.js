// Other declarations of the file are folded away: the page is about one flow, its text about the whole file.
import { codeFolding, foldEffect, foldGutter, foldKeymap, foldService, keymap } from "../built/parts.js";
import { _ } from "../words.js";

const begins = (line) => /^[^\s#]/.test(line.text);

// What stands below the first line of a declaration, null where nothing does.
function below(state, line) {
  if (!begins(line)) return null;
  let last = line;
  for (let n = line.number + 1; n <= state.doc.lines; n += 1) {
    const next = state.doc.line(n);
    if (/^\S/.test(next.text)) break; // also a note: it belongs to what follows
    if (next.text.trim()) last = next;
  }
  return last === line ? null : { from: line.to, to: last.to };
}

export const folding = () => [
  foldService.of((state, from) => below(state, state.doc.lineAt(from))),
  codeFolding({
    placeholderDOM: (_view, unfold) => {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "cm-more";
      more.textContent = "…";
      more.setAttribute("aria-label", _("Show these lines"));
      more.onclick = unfold;
      return more;
    },
  }),
  foldGutter(),
  keymap.of(foldKeymap),
];

// Folds everything but the declaration that begins in this line.
export function foldOthers(view, own) {
  const effects = [];
  for (let n = 1; n <= view.state.doc.lines; n += 1) {
    const range = n === own ? null : below(view.state, view.state.doc.line(n));
    if (range !== null) effects.push(foldEffect.of(range));
  }
  if (effects.length) view.dispatch({ effects });
}
