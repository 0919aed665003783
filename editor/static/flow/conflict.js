// Both versions of what two people changed, side by side; saving waits until somebody chooses.
import { _ } from "../words.js";

const made = (name, text, data = {}) => {
  const element = document.createElement(name);
  if (text !== null) element.textContent = text;
  Object.assign(element.dataset, data);
  return element;
};

export function start(page) {
  const section = document.getElementById("conflict");
  let there = [];

  function side(name, title, text) {
    const part = made("div", null);
    part.append(made("h3", title), made("pre", text.replace(/^\s*\n|\n$/g, ""), { side: name, none: _("taken out") }));
    return part;
  }

  function shown(conflict, n) {
    const group = made("div", null, { conflict: n });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", _("Line {line}", { line: conflict.line }));
    const choices = made("div", null);
    choices.className = "choices";
    for (const [which, words] of [
      ["mine", _("Keep mine")],
      ["theirs", _("Take the other")],
      ["both", _("Keep both")],
    ]) {
      const button = made("button", words, { choose: which });
      button.type = "button";
      button.addEventListener("click", () => choose(conflict, n, which));
      choices.append(button);
    }
    group.append(
      side("mine", _("Yours"), conflict.mine),
      side("theirs", _("In the file"), conflict.theirs),
      choices,
    );
    return group;
  }

  // Where a conflict stands now, which somebody saw as the nth; -1 where its lines are others by now.
  function place(seen, n) {
    const same = (one) => one !== undefined && ["base", "mine", "theirs"].every((key) => one[key] === seen[key]);
    return same(there[n]) ? n : there.findIndex(same);
  }

  async function choose(conflict, n, side) {
    for (const button of section.querySelectorAll("button")) button.disabled = true;
    const answer = await page.request("/choose", () => {
      const now = place(conflict, n);
      return now < 0 ? null : { n: now, side };
    });
    for (const button of section.querySelectorAll("button")) button.disabled = false;
    if (answer.outcome === "stale" && there.length)
      page.say(_("These lines have changed since you chose. Choose again."));
  }

  page.on("answer", ({ conflicts, notice }) => {
    if (notice !== undefined) {
      const told = document.getElementById("document-notice");
      told.textContent = notice;
      told.hidden = !notice;
    }
    if (!conflicts) return;
    there = conflicts;
    const had = !section.hidden;
    section.hidden = !conflicts.length;
    if (!conflicts.length) {
      section.replaceChildren();
      return;
    }
    const words = _("Somebody else has changed the same lines. Choose what shall stand; saving waits for it.");
    section.replaceChildren(made("h2", words), ...conflicts.map(shown));
    if (!had) page.say(_("Two versions of the same")); // the choice stands below, under this name
  });
}
