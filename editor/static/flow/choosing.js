// Which steps are chosen, and how one walks from one to the other: a tab stop, then its "+".
import { _ } from "../words.js";
import { Structure } from "./structure.js";

const NEW = "button[data-step]:not([tabindex]), button[data-insert]:not([tabindex])";
const FOCUS_WAIT = 3000; // ms that the inspector has to show the form of the chosen step

export function start(page) {
  const drawing = document.getElementById("drawing");
  const inspector = document.getElementById("inspector");
  const button = (id) => drawing.querySelector(`button[data-step="${CSS.escape(id)}"]`);
  const stepOf = (element) => element?.closest("li[data-key]")?.querySelector(":scope > button[data-step]");
  const plusesOf = (id) => {
    const item = button(id)?.parentElement;
    if (!item) return [];
    return [
      ...item.querySelectorAll(
        ":scope > ol > li[data-start] > button[data-insert], :scope > button[data-insert]",
      ),
    ];
  };
  let anchor = null; // where Shift began
  let lead = null; // the step with the tab stop
  let trail = null; // the last step that an arrow left, so that one comes back the same way
  let stops = new Set(); // what the tab key comes to
  let before = []; // the order of the steps as it was, to stay near what is gone

  page.structure = new Structure(page.steps ?? [], (id) => button(id)?.dataset.kind);
  page.step = button;
  page.plusesOf = plusesOf;
  page.name = (id) => button(id)?.title || id;

  // One step and its "+" are in the order of the tab key, all others are not.
  function rove() {
    if (!page.structure.has(lead)) {
      const at = before.indexOf(lead);
      lead = before.slice(0, Math.max(at, 0)).reverse().find((id) => page.structure.has(id));
      lead ??= page.structure.order[0] ?? null;
    }
    const now = new Set(lead === null ? [] : [button(lead), ...plusesOf(lead)].filter(Boolean));
    for (const one of stops) if (!now.has(one)) one.tabIndex = -1;
    for (const one of drawing.querySelectorAll(NEW)) one.tabIndex = -1;
    for (const one of now) if (one.tabIndex !== 0) one.tabIndex = 0;
    stops = now;
  }

  function address(id) {
    const url = new URL(location.href);
    if (id === null) url.searchParams.delete("step");
    else url.searchParams.set("step", id);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  // Scrolls the drawing alone, and no further than needed.
  function show(element) {
    const [pane, box] = [drawing.getBoundingClientRect(), element.getBoundingClientRect()];
    const room = 32;
    const over = (from, to, low, high) => {
      if (to - from > high - low) return from - low;
      return from < low ? from - low : to > high ? to - high : 0;
    };
    const x = over(box.left - room, box.right + room, pane.left, pane.left + drawing.clientWidth);
    const y = over(box.top - room, box.bottom + room, pane.top, pane.top + drawing.clientHeight);
    if (x || y) drawing.scrollBy({ left: x, top: y, behavior: "instant" });
    // On a phone the drawing is as high as it wants to be, and the page scrolls.
    if (getComputedStyle(drawing).overflowY === "clip") element.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  page.show = (id) => button(id) && show(button(id));

  function choose(ids, options = {}) {
    page.select(ids, { focus: true, scroll: true, from: "drawing", ...options });
  }

  page.on("select", ({ id, ids, focus, scroll, from }) => {
    if (from !== "drawing") [anchor, lead] = [id, ids.at(-1) ?? lead];
    if (!ids.includes(lead) && id !== null) lead = id;
    address(id);
    rove();
    const one = id === null ? null : button(lead);
    if (one) {
      if (scroll !== false) show(one);
      // What an act leads to has the focus, where the hands were on the drawing.
      const here = from === "answer" && document.activeElement?.closest("#drawing [data-step], #drawing [data-insert]");
      if (focus || here) one.focus({ preventScroll: true });
    }
    if (ids.length > 1)
      page.say(
        _("{count} steps are chosen: {steps}", { count: ids.length, steps: ids.map(page.name).join(", ") }),
      );
  });
  page.on("answer", (answer) => {
    if (!answer.drawing) return;
    const renamed = answer.renamed ?? {};
    const follow = (id) => renamed[id] ?? id;
    [anchor, lead, trail] = [follow(anchor), follow(lead), null];
    const lost = document.activeElement === document.body && page.hands;
    before = page.structure.order.map(follow);
    page.structure = new Structure(answer.drawing.steps, (id) => button(id)?.dataset.kind);
    if (page.selected.some((id) => !page.structure.has(follow(id))))
      page.select(page.selected.map(follow).filter((id) => page.structure.has(id)), { from: "gone", scroll: false });
    rove();
    if (lost && lead !== null) button(lead)?.focus({ preventScroll: true });
  });

  // Whether people work on the drawing, rather than in the text or in a form.
  page.hands = false;
  const follow = (event) => {
    page.hands = drawing.contains(event.target) || (page.hands && Boolean(event.target.closest?.("[data-hands], .tools")));
  };
  document.addEventListener("focusin", follow);
  document.addEventListener("pointerdown", follow, true);

  drawing.addEventListener("click", (event) => {
    const one = event.target.closest("button[data-step]");
    if (one === null) return;
    const { step } = one.dataset;
    lead = step;
    if (event.shiftKey && anchor !== null && page.structure.has(anchor))
      choose(page.structure.between(anchor, step));
    else {
      anchor = step;
      choose([step]);
    }
  });

  function go(id) {
    if (id === null || id === undefined) return;
    anchor = lead = id;
    choose([id]);
  }

  function extend(by) {
    if (lead === null || page.structure.isFlow(lead)) return;
    if (!page.selected.includes(anchor)) anchor = lead;
    const next = page.structure.neighbour(lead, by);
    if (next === null || page.structure.isFlow(next)) {
      page.say(_("Here this block ends."));
      return;
    }
    lead = next;
    choose(page.structure.between(anchor, lead));
  }

  function nearest(ids, id) {
    const middle = (one) => {
      const box = button(one).getBoundingClientRect();
      return box.top + box.height / 2;
    };
    const here = middle(id);
    return ids.reduce(
      (best, one) => (best === null || Math.abs(middle(one) - here) < Math.abs(middle(best) - here) ? one : best),
      null,
    );
  }

  function walk(key, id) {
    const { structure } = page;
    if (key === "Home") return go(structure.order[0]);
    if (key === "End") return go(structure.order.at(-1));
    const back = trail !== null && trail.to === id && trail.back === key ? trail.from : null;
    const next =
      back ??
      {
        ArrowDown: () => structure.down(id),
        ArrowUp: () => structure.up(id),
        ArrowLeft: () => nearest(structure.beside(id, -1), id),
        ArrowRight: () => nearest(structure.beside(id, 1), id),
      }[key]();
    if (next === null || next === undefined) return undefined;
    const opposite = { ArrowDown: "ArrowUp", ArrowUp: "ArrowDown", ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
    trail = { from: id, to: next, back: opposite[key] };
    return go(next);
  }

  function onPlus(event, plus) {
    const id = stepOf(plus).dataset.step;
    const mine = plusesOf(id);
    const at = mine.indexOf(plus);
    if (event.key === "Escape" || event.key === "ArrowUp") go(id);
    else if (event.key === "ArrowDown") walk("ArrowDown", id);
    else if (event.key === "ArrowLeft") mine[at - 1]?.focus();
    else if (event.key === "ArrowRight") mine[at + 1]?.focus();
    else return;
    event.preventDefault();
  }

  drawing.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const plus = event.target.closest("button[data-insert]");
    if (plus) return onPlus(event, plus);
    const id = event.target.closest("button[data-step]")?.dataset.step;
    if (id === undefined) {
      if (event.target === drawing && /^(Arrow|Home|End)/.test(event.key)) {
        event.preventDefault();
        go(lead);
      }
      return;
    }
    if (event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      extend(event.key === "ArrowUp" ? -1 : 1);
    } else if (/^Arrow(Up|Down|Left|Right)$|^Home$|^End$/.test(event.key) && !event.shiftKey) {
      event.preventDefault();
      walk(event.key, id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (page.selected.length !== 1 || page.selected[0] !== id) go(id);
      page.edit(id);
    } else if (event.key === "Escape" && page.selected.length) {
      event.preventDefault();
      if (page.selected.length > 1) go(id);
      else {
        anchor = null;
        page.select([], { from: "drawing" });
      }
    }
  });

  // Into the first field of the step's form, as soon as it is there.
  page.edit = (id) => {
    const there = () => {
      const form = inspector.querySelector(`form[data-step="${CSS.escape(id)}"]`);
      const field = [...(form?.elements ?? [])].find(
        (one) => one.name && !one.disabled && one.type !== "hidden" && one.checkVisibility(),
      );
      if (!field) return false;
      field.focus();
      if (field.select && field.type !== "checkbox") field.select();
      return true;
    };
    if (there()) return;
    const from = document.activeElement;
    const watch = new MutationObserver(() => {
      const elsewhere = document.activeElement !== from && document.activeElement !== document.body;
      if (elsewhere || page.selected[0] !== id || there()) watch.disconnect();
    });
    watch.observe(inspector, { childList: true, subtree: true });
    setTimeout(() => watch.disconnect(), FOCUS_WAIT);
  };

  // Esc leads back from the form to its step.
  inspector.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || lead === null) return;
    event.preventDefault();
    button(lead)?.focus({ preventScroll: true });
  });

  page.all = () => {
    if (lead === null || page.structure.isFlow(lead)) return;
    const block = page.structure.block(lead).filter((id) => !page.structure.isFlow(id));
    [anchor] = block;
    choose(block, { scroll: false });
  };

  if (page.data.select && page.structure.has(page.data.select)) anchor = lead = page.data.select;
  rove();
}
