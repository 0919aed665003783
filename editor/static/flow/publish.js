// Publish saves the draft, and leads to the page that says what would change for whom.
import { _ } from "../words.js";

export function start(page) {
  const leave = () => location.assign(`/flows/${encodeURIComponent(page.flow)}/publish`);

  async function publish(button) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    page.say(_("Saving what you have, then on to publishing …"));
    try {
      const answer = page.readOnly || !page.save ? null : await page.save();
      // What cannot be saved is told and settled here, where it is seen.
      const unsaved = answer?.document_state ?? page.element.dataset.documentState;
      if (answer === null || unsaved === "saved") leave();
      else page.say(answer.reason || _("What you have is not saved yet, so nothing is published."));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  for (const button of page.element.querySelectorAll('button[data-do="publish"]'))
    button.addEventListener("click", () => publish(button));
}
