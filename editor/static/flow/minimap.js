// A long drawing in small, in the corner of its pane: where one is, and the way elsewhere.
import { _ } from "../words.js";

const STEPS = 40; // from how many steps on
const [WIDTH, HEIGHT] = [150, 190]; // px at most
const MARGIN = 12; // px to the corner

export function start(page) {
  const drawing = document.getElementById("drawing");
  const board = drawing.querySelector(".board");
  const map = document.createElement("div");
  const picture = document.createElement("canvas");
  const view = document.createElement("div");
  map.id = "minimap";
  map.hidden = true;
  // For the eye alone: the keys and the lists of the drawing say the same.
  map.setAttribute("aria-hidden", "true");
  map.title = _("Drag to look elsewhere");
  map.dataset.hands = "";
  view.className = "view";
  map.append(picture, view);
  page.over.append(map);
  let scale = 1;
  let waiting = 0;

  function draw() {
    waiting = 0;
    map.hidden = page.structure.order.length <= STEPS || !page.size;
    if (map.hidden) return;
    const [width, height] = page.size;
    scale = Math.min(WIDTH / width, HEIGHT / height);
    const dense = devicePixelRatio || 1;
    const [w, h] = [Math.ceil(width * scale), Math.ceil(height * scale)];
    map.style.width = picture.style.width = `${w}px`;
    map.style.height = picture.style.height = `${h}px`;
    [picture.width, picture.height] = [w * dense, h * dense];
    const pen = picture.getContext("2d");
    pen.scale(dense * scale, dense * scale);
    const style = getComputedStyle(drawing);
    const colours = new Map();
    const colour = (name) => {
      if (!colours.has(name)) colours.set(name, style.getPropertyValue(name).trim());
      return colours.get(name);
    };
    for (const step of board.querySelectorAll("button[data-step]")) {
      const place = page.drawing.places.get(step.dataset.step);
      if (!place) continue;
      const family = step.classList[1];
      pen.fillStyle = step.dataset.problem !== undefined ? colour("--bad") : colour(`--${family}-b`);
      pen.fillRect(...place);
    }
    frame();
  }

  function frame() {
    if (map.hidden) return;
    const zoom = Number(drawing.dataset.zoom) || 1;
    const [pane, box] = [drawing.getBoundingClientRect(), board.getBoundingClientRect()];
    const at = (from, start) => ((from - start) / zoom) * scale;
    const most = [map.clientWidth, map.clientHeight];
    const left = Math.max(0, at(pane.left, box.left));
    const top = Math.max(0, at(pane.top, box.top));
    view.style.left = `${left}px`;
    view.style.top = `${top}px`;
    view.style.width = `${Math.min(most[0] - left, (drawing.clientWidth / zoom) * scale)}px`;
    view.style.height = `${Math.min(most[1] - top, (drawing.clientHeight / zoom) * scale)}px`;
    map.style.left = `${drawing.clientWidth - map.offsetWidth - MARGIN}px`;
    map.style.top = `${drawing.clientHeight - map.offsetHeight - MARGIN}px`;
  }

  const soon = () => {
    waiting ||= requestAnimationFrame(draw);
  };
  let framing = 0;
  const frameSoon = () => {
    framing ||= requestAnimationFrame(() => {
      framing = 0;
      frame();
    });
  };

  function look(event) {
    const box = map.getBoundingClientRect();
    const zoom = Number(drawing.dataset.zoom) || 1;
    const to = (at, start, room) => ((at - start) / scale) * zoom - room / 2;
    drawing.scrollTo({
      left: to(event.clientX, box.left, drawing.clientWidth),
      top: to(event.clientY, box.top, drawing.clientHeight),
      behavior: "instant",
    });
  }
  map.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    map.setPointerCapture(event.pointerId);
    look(event);
  });
  map.addEventListener("pointermove", (event) => map.hasPointerCapture(event.pointerId) && look(event));

  drawing.addEventListener("scroll", frameSoon, { passive: true });
  new ResizeObserver(frameSoon).observe(drawing);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  for (const event of ["answer", "size", "problems"]) page.on(event, soon);
  page.on("zoom", frameSoon);
  soon();
}
