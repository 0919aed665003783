// The lines in which the draft differs from its file: always there, never in the way.
import { _ } from "../words.js";

export function start(page) {
  const section = document.getElementById("changes");
  const title = document.createElement("h2");
  const rows = document.createElement("div");
  section.replaceChildren(title, rows);
  page.on("answer", ({ changes }) => {
    if (!changes) return;
    section.hidden = !changes.length;
    const count = (kind) => changes.filter((one) => one.change === kind).length;
    title.textContent = _("Not saved yet: +{added} −{removed}", {
      added: count("added"),
      removed: count("removed"),
    });
    rows.replaceChildren(
      ...changes.map((one) => {
        const row = document.createElement("div");
        row.dataset.change = one.change;
        row.dataset.line = one.line;
        row.textContent = one.text;
        return row;
      }),
    );
  });
}
