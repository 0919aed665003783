// How much of the drawing one sees: it scrolls natively, and zooms around the pointer.
const LEAST = 0.2;
// A drawing opens no smaller, however wide it is: what a finger aims at is larger.
const LEGIBLE = 0.6;
const TOUCHED = 0.8;
const small = matchMedia("(max-width: 1100px)"); // a phone or a tablet
const MOST = 2;
const STEP = 1.25;
const WHEEL = 0.0045; // of the scale, for each px of a wheel
const NOTCH = 60; // px at most that one turn of a wheel counts for
const PLUS_MOST = 1.25; // how much larger a "+" may get than the drawing before it covers another

export function start(page) {
  const drawing = document.getElementById("drawing");
  const canvas = drawing.querySelector(".canvas");
  const board = drawing.querySelector(".board");
  const scale = () => Number(drawing.dataset.zoom) || 1;

  // What stays in the corner of the pane, however far that is scrolled.
  page.over = document.createElement("div");
  page.over.className = "over";
  page.over.dataset.hands = "";
  drawing.prepend(page.over);

  // To a scale; the point of the drawing at `x`, `y` of the window stays where it is.
  function to(wanted, x, y) {
    const [width, height] = page.size ?? [board.offsetWidth, board.offsetHeight];
    const next = Math.min(MOST, Math.max(LEAST, Math.round(wanted * 1000) / 1000));
    const pane = drawing.getBoundingClientRect();
    const [px, py] = [x ?? pane.left + drawing.clientWidth / 2, y ?? pane.top + drawing.clientHeight / 2];
    const old = scale();
    const from = board.getBoundingClientRect();
    const [bx, by] = [(px - from.left) / old, (py - from.top) / old];
    drawing.dataset.zoom = String(next);
    board.style.transform = next === 1 ? "" : `scale(${next})`;
    const larger = Math.min(PLUS_MOST, 1 / next);
    if (larger > 1) board.style.setProperty("--plus", String(larger));
    else board.style.removeProperty("--plus");
    canvas.style.width = `${width * next}px`;
    canvas.style.height = `${height * next}px`;
    const now = board.getBoundingClientRect();
    drawing.scrollBy({ left: now.left + bx * next - px, top: now.top + by * next - py, behavior: "instant" });
    page.emit("zoom", next);
  }

  function fit() {
    const [width, height] = page.size;
    const room = Math.min(drawing.clientWidth / width, drawing.clientHeight / height);
    to(Math.min(1, room));
    drawing.scrollTo({ left: (drawing.scrollWidth - drawing.clientWidth) / 2, top: 0, behavior: "instant" });
  }

  // A drawing that is wider than its pane would open cut at the side.
  let opened = false;
  page.on("answer", () => {
    if (opened || !page.size) return;
    opened = true;
    const room = drawing.clientWidth / page.size[0];
    if (room >= 1) return;
    to(Math.max(small.matches ? TOUCHED : LEGIBLE, room));
    drawing.scrollTo({ left: 0, top: 0, behavior: "instant" });
  });

  const larger = () => to(scale() * STEP);
  const smaller = () => to(scale() / STEP);
  page.zoom = { to, fit, larger, smaller };

  drawing.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const turn = Math.max(-NOTCH, Math.min(NOTCH, event.deltaY * unit));
      to(scale() * Math.exp(-turn * WHEEL), event.clientX, event.clientY);
    },
    { passive: false },
  );

  // Two fingers: their distance is the scale, their middle the point that stays.
  let pinch = null;
  const between = ([one, other]) => ({
    away: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
    x: (one.clientX + other.clientX) / 2,
    y: (one.clientY + other.clientY) / 2,
  });
  drawing.addEventListener(
    "touchstart",
    (event) => {
      pinch = event.touches.length === 2 ? { ...between(event.touches), scale: scale() } : null;
    },
    { passive: true },
  );
  drawing.addEventListener(
    "touchmove",
    (event) => {
      if (pinch === null || event.touches.length !== 2) return;
      event.preventDefault();
      const now = between(event.touches);
      drawing.scrollBy({ left: pinch.x - now.x, top: pinch.y - now.y, behavior: "instant" });
      [pinch.x, pinch.y] = [now.x, now.y];
      to((pinch.scale * now.away) / Math.max(1, pinch.away), now.x, now.y);
    },
    { passive: false },
  );
  for (const name of ["touchend", "touchcancel"])
    drawing.addEventListener(name, () => (pinch = null), { passive: true });

  const tools = { fit, "zoom-in": larger, "zoom-out": smaller };
  for (const [name, act] of Object.entries(tools))
    for (const button of document.querySelectorAll(`button[data-do=${name}]`)) {
      button.dataset.hands = "";
      button.addEventListener("click", act);
    }
}
