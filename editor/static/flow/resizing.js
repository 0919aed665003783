// The width of the inspector: its left edge is dragged, or moved with the arrow keys, and remembered.
import { _ } from "../words.js";

const [LEAST, MOST, STEP] = [256, 640, 24]; // px
const KEPT = "headrace.inspector";

export function start(pane) {
  const panes = pane.closest(".panes");
  const grip = document.createElement("div");
  grip.className = "grip";
  grip.tabIndex = 0;
  const told = { role: "separator", "aria-orientation": "vertical", "aria-label": _("Width of the form"),
    "aria-valuemin": LEAST, "aria-valuemax": MOST, "aria-controls": pane.id };
  for (const [name, value] of Object.entries(told)) grip.setAttribute(name, value);
  pane.before(grip);

  function set(width, keep = true) {
    const fits = Math.round(Math.min(MOST, Math.max(LEAST, width)));
    panes.style.setProperty("--inspector", `${fits}px`);
    grip.setAttribute("aria-valuenow", fits);
    if (keep) localStorage.setItem(KEPT, fits);
  }
  set(Number(localStorage.getItem(KEPT)) || pane.offsetWidth || LEAST, false);

  grip.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    const [from, width] = [event.clientX, pane.offsetWidth];
    const move = (moved) => set(width + from - moved.clientX);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
  });
  grip.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(pane.offsetWidth + by);
  });
}
