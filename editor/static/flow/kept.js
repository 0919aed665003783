// What a page keeps over a reload: the history of its text, and what the server has not been told yet.
// In this tab alone (sessionStorage): two tabs of one person have two histories of the one draft.
import { ChangeSet } from "../built/parts.js";
import { textOf } from "./rebase.js";

const name = (page) => `headrace text ${page.file}`;

export function keep(page, value) {
  try {
    sessionStorage.setItem(name(page), JSON.stringify(value));
  } catch {
    try {
      // The history does not fit: what was typed counts for more.
      const { history: _, ...editor } = value.editor;
      sessionStorage.setItem(name(page), JSON.stringify({ ...value, editor }));
    } catch {
      sessionStorage.removeItem(name(page));
    }
  }
}

// What was kept, null for nothing that fits together.
export function kept(page) {
  try {
    const found = JSON.parse(sessionStorage.getItem(name(page)));
    if (found === null) return null;
    const base = textOf(found.base);
    const flying = found.flying === null ? null : ChangeSet.fromJSON(found.flying);
    const pending = ChangeSet.fromJSON(found.pending);
    const sent = flying === null ? base : flying.apply(base);
    if (pending.apply(sent).toString() !== found.editor.doc) return null;
    return { ...found, base, flying, pending };
  } catch {
    return null;
  }
}
