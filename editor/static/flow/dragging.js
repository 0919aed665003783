// Steps are dragged onto a "+", the ground is dragged to look elsewhere.
import { _ } from "../words.js";

const START = 5; // px that a mouse moves until it drags
const PRESS = 400; // ms that a finger rests until it drags
const SLIP = 10; // px that a resting finger may move
const REACH = 120; // px on the screen around a "+" in which it is meant
const EDGE = 48; // px at the edge of the pane in which it scrolls
const SPEED = 14; // px in a frame at the very edge

export function start(page) {
  const drawing = document.getElementById("drawing");
  const board = drawing.querySelector(".board");
  let press = null; // {id, x, y, pointer, touch, timer}: a step that is held but not moved yet
  let drag = null; // {steps, targets, ghost, over, x, y, frame}
  let pan = null; // {x, y, left, top, pointer, moved}
  page.dragging = () => drag !== null;

  const zoom = () => Number(drawing.dataset.zoom) || 1;

  function begin() {
    const { id, x, y, pointer, touch, button } = press;
    const steps = page.selected.includes(id) ? [...page.selected] : [id];
    clearTimeout(press.timer);
    press = null;
    const why = page.readOnly
      ? page.commands.cut.why()
      : steps.some((one) => page.structure.isFlow(one))
        ? _("The beginning and the end of a flow stay where they are.")
        : "";
    if (why) {
      page.say(why);
      return;
    }
    if (!page.selected.includes(id)) page.select([id], { focus: true, scroll: false, from: "drag" });
    try {
      drawing.setPointerCapture(pointer);
    } catch {
      return; // the pointer is gone already
    }
    const scale = zoom();
    const { left, top } = board.getBoundingClientRect();
    const last = steps.at(-1);
    const before = page.structure.neighbour(steps[0], -1);
    const targets = [...drawing.querySelectorAll("button[data-insert]")]
      .filter((plus) => {
        const home = plus.closest("li[data-key]").dataset.key;
        const at = plus.dataset.insert;
        const own = at === `after:${last}` || (at === `after:${before}` && before !== null) || (at === "first" && before === "entry");
        return !own && !page.structure.isInside(home, steps);
      })
      .map((plus) => {
        const box = plus.getBoundingClientRect();
        return { plus, x: (box.left + box.width / 2 - left) / scale, y: (box.top + box.height / 2 - top) / scale };
      });
    for (const { plus } of targets) plus.dataset.goal = "";
    for (const one of steps) page.step(one).dataset.dragged = "";
    drawing.dataset.dragging = "";
    const ghost = document.createElement("div");
    ghost.className = "dragged";
    ghost.textContent = steps.length === 1 ? page.name(id) : _("{count} steps", { count: steps.length });
    document.getElementById("flow").append(ghost);
    drag = { steps, targets, ghost, over: null, x, y, pointer, touch, from: { x, y, id, button } };
    move(x, y);
    drag.frame = requestAnimationFrame(scroll);
  }

  function move(x, y) {
    [drag.x, drag.y] = [x, y];
    drag.ghost.style.transform = `translate(${x + 14}px, ${y + 10}px)`;
    const { left, top } = board.getBoundingClientRect();
    const scale = zoom();
    const [bx, by] = [(x - left) / scale, (y - top) / scale];
    let over = null;
    let least = REACH / scale;
    for (const target of drag.targets) {
      const away = Math.hypot(target.x - bx, target.y - by);
      if (away < least) [over, least] = [target.plus, away];
    }
    if (over === drag.over) return;
    if (drag.over) delete drag.over.dataset.over;
    if (over) over.dataset.over = "";
    drag.over = over;
  }

  // At the edge of the pane it scrolls, the faster the nearer.
  function scroll() {
    if (drag === null) return;
    const box = drawing.getBoundingClientRect();
    const pull = (at, low, high) => {
      if (at < low + EDGE) return -Math.min(1, (low + EDGE - at) / EDGE);
      if (at > high - EDGE) return Math.min(1, (at - high + EDGE) / EDGE);
      return 0;
    };
    const [x, y] = [pull(drag.x, box.left, box.right) * SPEED, pull(drag.y, box.top, box.bottom) * SPEED];
    if (x || y) {
      drawing.scrollBy({ left: x, top: y, behavior: "instant" });
      move(drag.x, drag.y);
    }
    drag.frame = requestAnimationFrame(scroll);
  }

  function end() {
    const done = drag;
    drag = null;
    cancelAnimationFrame(done.frame);
    done.ghost.remove();
    delete drawing.dataset.dragging;
    for (const { plus } of done.targets) {
      delete plus.dataset.goal;
      delete plus.dataset.over;
    }
    for (const one of drawing.querySelectorAll("[data-dragged]")) delete one.dataset.dragged;
    if (drawing.hasPointerCapture(done.pointer)) drawing.releasePointerCapture(done.pointer);
    return done;
  }

  function drop() {
    const done = end();
    const still = Math.hypot(done.x - done.from.x, done.y - done.from.y) < SLIP;
    // A finger that rested and was lifted asks for the menu, however near a "+" may be.
    if (done.touch && still) {
      page.menu(done.x, done.y);
      return;
    }
    if (done.over === null) {
      page.say(_("Nothing was moved."));
      return;
    }
    const at = done.over.dataset.insert;
    const told = page.names(done.steps);
    page.ask({ op: "move", steps: done.steps, at }, _("Moved {steps}", { steps: told }));
  }

  function giveUp() {
    if (press) clearTimeout(press.timer);
    press = null;
    if (drag === null) return;
    end();
    page.say(_("Nothing was moved."));
  }

  drawing.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || press || drag || pan) return;
    const touch = event.pointerType === "touch";
    const step = event.target.closest("button[data-step]");
    const at = { x: event.clientX, y: event.clientY, pointer: event.pointerId };
    if (step && event.button === 0 && !event.shiftKey) {
      press = { ...at, id: step.dataset.step, touch };
      if (touch) press.timer = setTimeout(begin, PRESS);
    } else if (!touch && (event.button === 1 || (event.button === 0 && !event.target.closest("button, input, a, [data-hands]")))) {
      const box = drawing.getBoundingClientRect();
      if (event.clientX - box.left > drawing.clientWidth || event.clientY - box.top > drawing.clientHeight) return;
      pan = { ...at, left: drawing.scrollLeft, top: drawing.scrollTop, moved: false };
      if (event.button === 1) event.preventDefault();
    }
  });
  drawing.addEventListener("pointermove", (event) => {
    if (press?.pointer === event.pointerId) {
      const away = Math.hypot(event.clientX - press.x, event.clientY - press.y);
      if (press.touch && away > SLIP) giveUp();
      else if (!press.touch && away > START) begin();
    }
    if (drag?.pointer === event.pointerId) move(event.clientX, event.clientY);
    if (pan?.pointer !== event.pointerId) return;
    const [dx, dy] = [event.clientX - pan.x, event.clientY - pan.y];
    if (!pan.moved && Math.hypot(dx, dy) < START) return;
    if (!pan.moved) {
      pan.moved = true;
      drawing.dataset.panning = "";
      drawing.setPointerCapture(event.pointerId);
    }
    drawing.scrollTo({ left: pan.left - dx, top: pan.top - dy, behavior: "instant" });
  });
  const release = (event) => {
    if (press?.pointer === event.pointerId) {
      clearTimeout(press.timer);
      press = null;
    }
    if (drag?.pointer === event.pointerId) {
      if (event.type === "pointerup") {
        quiet();
        drop();
      } else giveUp();
    }
    if (pan?.pointer === event.pointerId) {
      delete drawing.dataset.panning;
      const { moved } = pan;
      pan = null;
      if (moved) quiet();
      else if (event.type === "pointerup" && event.button === 0) page.select([], { from: "drawing" });
    }
  };
  drawing.addEventListener("pointerup", release);
  drawing.addEventListener("pointercancel", release);

  // The click behind a drag means nothing.
  function quiet() {
    const stop = (event) => {
      event.stopPropagation();
      event.preventDefault();
    };
    drawing.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => drawing.removeEventListener("click", stop, { capture: true }));
  }

  // Two fingers zoom.
  drawing.addEventListener("touchstart", (event) => event.touches.length > 1 && giveUp(), { passive: true });
  // A finger that drags does not scroll.
  drawing.addEventListener("touchmove", (event) => drag !== null && event.preventDefault(), { passive: false });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (drag === null && press === null)) return;
    event.preventDefault();
    event.stopPropagation();
    giveUp();
  }, true);
  addEventListener("blur", giveUp);
  page.on("answer", (answer) => {
    // What is dragged may be gone, or a "+" may be somewhere else.
    if (drag !== null && answer.drawing) giveUp();
  });
}
