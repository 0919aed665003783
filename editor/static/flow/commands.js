// What can be done with the chosen steps: one table for keys, tools and menu. Why not is a sentence.
import { _ } from "../words.js";

const BRANCHES = new Set(["if", "switch", "experiment", "wait"]);

export function start(page) {
  // In a sentence: three or more are counted.
  const names = (ids) =>
    ids.length > 2 ? _("{count} steps", { count: ids.length }) : ids.map(page.name).join(", ");
  page.names = names;
  const behind = () => {
    const id = page.selected.at(-1);
    if (id === undefined) return null;
    return page.plusesOf(id).find((one) => /^(first$|after:)/.test(one.dataset.insert)) ?? null;
  };
  page.behind = behind;

  const locked = () => (page.readOnly ? page.readOnlyReason?.() || _("This flow can be looked at, not changed.") : "");
  const some = () => {
    if (!page.selected.length) return _("Choose a step first.");
    if (page.selected.some((id) => page.structure.isFlow(id)))
      return _("The beginning and the end of a flow stay where they are. Choose a step.");
    return "";
  };
  const one = () => some() || (page.selected.length > 1 ? _("Choose one step alone.") : "");
  const changes = (more) => () => locked() || more();
  const waysOf = (id) => page.step(id)?.parentElement.querySelectorAll(":scope > ol").length ?? 0;

  // Asks the server, and says what became of it: "Deleted Wait 1 hour".
  async function act(what, said) {
    const answer = await page.act(what);
    if (answer?.outcome === "done") page.say(said);
    else if (answer?.reason) page.say(answer.reason);
    return answer;
  }
  page.ask = act;

  const many = (op, said) => () => {
    const steps = page.selected;
    const told = names(steps);
    return act({ op, steps }, said(told));
  };
  const single = (op, said) => () => {
    const [step] = page.selected;
    const told = page.name(step);
    return act({ op, step }, said(told));
  };

  const table = {
    insert: {
      title: _("Insert behind"),
      keys: "+",
      why: changes(() => {
        if (!page.selected.length) return _("Choose a step first.");
        return behind() ? "" : _("Nobody comes behind this step.");
      }),
      run: () => behind().click(),
    },
    edit: { title: _("Edit"), keys: "Enter", why: () => (page.selected.length ? "" : _("Choose a step first.")), run: () => page.edit(page.selected[0]) },
    cut: { title: _("Cut"), keys: "Ctrl+X", why: changes(some), run: () => page.clipboard.cut() },
    copy: { title: _("Copy"), keys: "Ctrl+C", why: some, run: () => page.clipboard.copy() },
    paste: {
      title: _("Paste behind"),
      keys: "Ctrl+V",
      why: changes(() => {
        if (!page.selected.length) return _("Choose the step to paste behind.");
        return behind() ? "" : _("Nobody comes behind this step.");
      }),
      run: () => page.clipboard.paste(),
    },
    duplicate: {
      title: _("Duplicate"), keys: "Ctrl+D", why: changes(one),
      run: single("duplicate", (step) => _("Duplicated {step}", { step })),
    },
    delete: {
      title: _("Delete"), keys: "Delete", why: changes(some),
      run: many("delete", (steps) => _("Deleted {steps}", { steps })),
    },
    wrap: {
      title: _("Wrap in a branch"), why: changes(some),
      run: many("wrap", (steps) => _("Wrapped {steps} in a branch", { steps })),
    },
    flip: {
      title: _("Swap the ways"),
      why: changes(() => {
        const why = one();
        if (why) return why;
        const [id] = page.selected;
        const fits = BRANCHES.has(page.step(id)?.dataset.kind) && waysOf(id) > 1;
        return fits ? "" : _("Only a branch with two ways can swap them.");
      }),
      run: single("flip", (step) => _("Swapped the ways of {step}", { step })),
    },
    up: {
      title: _("One place up"), keys: "Alt+↑", why: changes(some),
      run: many("up", (steps) => _("Moved {steps} up", { steps })),
    },
    down: {
      title: _("One place down"), keys: "Alt+↓", why: changes(some),
      run: many("down", (steps) => _("Moved {steps} down", { steps })),
    },
    off: {
      title: _("Switch off"), why: changes(some),
      run: many("off", (steps) => _("Switched off {steps}; its lines are a note now", { steps })),
    },
    on: {
      title: _("Switch on what the note says"),
      why: changes(() => {
        const why = one();
        if (why) return why;
        const noted = page.step(page.selected[0]).querySelector(".note");
        return noted ? "" : _("This step has no note.");
      }),
      run: many("on", () => _("Switched on what the note said")),
    },
  };
  page.commands = table;

  // Does it, or says why not.
  page.do = (name) => {
    const command = table[name];
    const why = command.why();
    if (why) page.say(why);
    else return command.run();
    return undefined;
  };

  // The tools above the drawing say why they do nothing, rather than be gone.
  const tools = [...document.querySelectorAll("button[data-do]")].filter((tool) => tool.dataset.do in table);
  const titles = new Map(tools.map((tool) => [tool, tool.title]));
  function refresh() {
    for (const tool of tools) {
      const why = table[tool.dataset.do].why();
      tool.disabled = false;
      tool.setAttribute("aria-disabled", String(Boolean(why)));
      tool.title = why ? `${titles.get(tool)}: ${why}` : titles.get(tool);
    }
  }
  for (const tool of tools) {
    tool.dataset.hands = "";
    // The focus stays with the steps.
    tool.addEventListener("mousedown", (event) => event.preventDefault());
    tool.addEventListener("click", () => page.do(tool.dataset.do));
  }
  page.on("select", refresh);
  page.on("answer", refresh);
  refresh();
}
