// Ending an experiment: a dialog asks which arm stays; its steps then take the experiment's place. A link with
// `?end=NAME` opens it, and nothing happens before somebody chooses.
import { _ } from "../words.js";
import { element } from "./making.js";

export function start(page) {
  const isExperiment = (id) => page.step(id)?.dataset.kind === "experiment";
  const dialog = element("dialog", { id: "ending" });
  dialog.setAttribute("aria-label", _("End the experiment"));
  page.element.append(dialog);

  const armsOf = (id) => [...page.step(id).parentElement.querySelectorAll(":scope > ol[data-way]")];

  function ask(id) {
    const keep = (one) => {
      const button = element("button", { type: "button", textContent: _("Keep {arm}", { arm: one.ariaLabel }) });
      button.addEventListener("click", () => {
        dialog.close();
        page.ask({ op: "end", step: id, at: `way:${one.dataset.way}` }, _("The experiment is over: {arm} stays", { arm: one.ariaLabel }));
      });
      return button;
    };
    const never = element("button", { type: "button", textContent: _("Cancel") });
    never.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(
      element("h2", { textContent: _("Which arm stays?") }),
      element("p", {
        textContent: _("Its steps take the place of the experiment in this draft. Whoever is inside another arm when you publish finishes it, if you choose so there; else they go on behind the experiment. Tests that expect another arm will say so."),
      }),
      element("div", { className: "choices" }, [...armsOf(id).map(keep), never]),
    );
    dialog.showModal();
  }

  page.commands.end = {
    title: _("End the experiment …"),
    fits: () => page.selected.length === 1 && isExperiment(page.selected[0]),
    why: () => {
      if (page.readOnly) return page.readOnlyReason?.() || _("This flow can be looked at, not changed.");
      return page.selected.length === 1 && isExperiment(page.selected[0]) ? "" : _("Choose an experiment.");
    },
    run: () => ask(page.selected[0]),
  };

  page.on("ready", () => {
    const asked = new URLSearchParams(location.search).get("end");
    if (asked === null) return;
    history.replaceState(history.state, "", location.pathname);
    if (!isExperiment(asked)) return page.say(_("The draft has no experiment {name} any more.", { name: asked }));
    page.select([asked], { focus: true });
    const why = page.commands.end.why();
    if (why) page.say(why);
    else ask(asked);
    return undefined;
  });
}
