// The drawing, patched by key: only what changed is touched, and what is chosen or focused stays so.
import { _, tell } from "../words.js";
import { Edges } from "./edges.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 120, easing: "ease-out" };

const made = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};
const PLUS = /^(?:after|into):(.*?)(?::[^:]*)?$/;
const buttonOf = (item) => item.firstElementChild; // a step is first in its item

class Drawing {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("drawing");
    this.canvas = this.root.querySelector(".canvas");
    this.board = this.root.querySelector(".board");
    this.list = document.getElementById("steps");
    this.edges = new Edges(document.getElementById("edges"));
    this.items = new Map();
    this.places = new Map();
    this.pluses = new Map();
    for (const item of this.list.querySelectorAll("li[data-key]")) this.items.set(item.dataset.key, item);
    for (const plus of this.list.querySelectorAll("button[data-insert]"))
      this.pluses.set(plus.dataset.insert, plus);
    // A "+" says where it is when somebody points at it: line numbers are others after each edit.
    this.list.addEventListener("pointerover", ({ target }) => {
      const plus = target.closest("button[data-insert]");
      if (plus) plus.title = plus.getAttribute("aria-label");
    });
  }

  patch(drawing, renamed = {}) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    this.rename(renamed);
    const chosen = this.list.querySelector("button[data-step][aria-pressed=true]");
    const anchor = chosen && chosen.dataset.step;
    const before = anchor && this.places.get(anchor);
    this.write(drawing);
    this.arrange(drawing);
    this.outermost = outermost(drawing.steps);
    const moved = this.place(drawing.places);
    this.insert(drawing.inserts);
    this.edges.draw(drawing.edges, drawing.gone);
    this.edges.stand((id) => this.items.get(this.outermost.get(id)), (id) => this.topOf(id));
    this.resize(drawing.size);
    const after = anchor && this.places.get(anchor);
    if (before && after) this.hold(after[0] - before[0], after[1] - before[1]);
    this.animate(moved);
    if (focused && focused.isConnected && document.activeElement !== focused)
      focused.focus({ preventScroll: true });
    this.root.dataset.placed = "";
  }

  // The pieces of a step that has another id now are its pieces still.
  rename(renamed) {
    const all = Object.entries(renamed);
    if (!all.length) return;
    const take = (map, key, next) => {
      const found = all.filter(([old]) => map.has(key(old))).map(([old, now]) => [next(now), map.get(key(old))]);
      for (const [old] of all) map.delete(key(old));
      for (const [now, value] of found) {
        // What had this id until now is gone from the flow.
        map.get(now)?.remove?.();
        map.set(now, value);
      }
      return found;
    };
    const same = (id) => id;
    for (const [id, item] of take(this.items, same, same)) {
      item.dataset.key = id;
      buttonOf(item).dataset.step = id;
    }
    take(this.places, same, same);
    const after = (id) => `after:${id}`;
    for (const [at, plus] of take(this.pluses, after, after)) plus.dataset.insert = at;
    const moves = new Map(all);
    const rest = [...this.pluses].filter(([at]) => at.startsWith("into:"));
    const kept = rest.map(([at, plus]) => {
      const [, id, arm] = at.match(/^into:(.*):([^:]*)$/);
      return [`into:${moves.get(id) ?? id}:${arm}`, plus];
    });
    for (const [at] of rest) this.pluses.delete(at);
    for (const [at, plus] of kept) {
      if (this.pluses.has(at) && plus.dataset.insert === at) continue;
      this.pluses.set(at, plus);
      plus.dataset.insert = at;
    }
    this.edges.rename(moves);
  }

  write(drawing) {
    const all = new Set(drawing.steps.map(([id]) => id));
    for (const [id, item] of this.items) if (!all.has(id)) {
      item.remove();
      this.items.delete(id);
      this.places.delete(id);
    }
    for (const [id, html] of Object.entries(drawing.html)) {
      const fresh = made(html);
      const item = this.items.get(id);
      if (!item) {
        this.items.set(id, fresh);
        continue;
      }
      // The same button, so that focus, choice and badge stay.
      const [old, next] = [buttonOf(item), buttonOf(fresh)];
      const badge = old.querySelector(":scope > .badge");
      old.className = next.className;
      old.title = next.title;
      old.dataset.kind = next.dataset.kind;
      old.replaceChildren(...next.childNodes, ...(badge ? [badge] : []));
    }
    for (const [id, , , line] of drawing.steps) {
      const button = buttonOf(this.items.get(id));
      if (button.dataset.line !== String(line)) button.dataset.line = line;
    }
  }

  // Every step into the list of its way, in the order of the text.
  arrange(drawing) {
    const lists = new Map();
    const listOf = (parent, arm) => (parent === null ? this.list : lists.get(`${parent}/${arm}`));
    const wanted = new Map([[this.list, []]]);
    for (const [id, parent, arm] of drawing.steps) {
      const item = this.items.get(id);
      const ways = drawing.ways[id] || [];
      const known = [...item.children].filter((one) => one.localName === "ol");
      ways.forEach(([way, label], place) => {
        let list = known.find((one) => one.dataset.way === way);
        if (!list) {
          list = document.createElement("ol");
          list.dataset.way = way;
        }
        if (list.getAttribute("aria-label") !== label) list.setAttribute("aria-label", label);
        const there = place ? lists.get(`${id}/${ways[place - 1][0]}`) : buttonOf(item);
        if (there.nextElementSibling !== list) there.after(list);
        lists.set(`${id}/${way}`, list);
        wanted.set(list, []);
      });
      for (const one of known) if (lists.get(`${id}/${one.dataset.way}`) !== one) one.dataset.old = "";
      wanted.get(listOf(parent, arm)).push(item);
    }
    for (const [list, items] of wanted) {
      let here = list.firstElementChild;
      if (here && "start" in here.dataset) here = here.nextElementSibling;
      for (const item of items) {
        if (here === item) here = here.nextElementSibling;
        else list.insertBefore(item, here);
      }
    }
    for (const list of this.list.querySelectorAll("ol[data-old]")) list.remove();
  }

  insert(inserts) {
    const all = new Set(inserts.map(([at]) => at));
    for (const [at, plus] of this.pluses) if (!all.has(at)) {
      const start = plus.closest("li[data-start]");
      (start || plus).remove();
      this.pluses.delete(at);
    }
    for (const [at, x, y, name] of inserts) {
      let plus = this.pluses.get(at);
      if (!plus) {
        plus = made(
          '<button type="button" class="plus"><svg aria-hidden="true" viewBox="0 0 16 16"><path d="M8 3v10M3 8h10"/></svg></button>',
        );
        plus.dataset.insert = at;
        this.pluses.set(at, plus);
      }
      if (plus.getAttribute("aria-label") !== name) plus.setAttribute("aria-label", name);
      this.home(plus, at);
      put(plus, { left: x, top: y - this.topOf(at === "first" ? "entry" : at.match(PLUS)[1]) });
    }
  }

  // Where the outermost step is that a step is in: what is inside stands below that, and moves with it.
  topOf(id) {
    return this.places.get(this.outermost.get(id))[1];
  }

  // A "+" stands behind its step, or first in the list of its way.
  home(plus, at) {
    const into = at.match(/^into:(.*):([^:]*)$/);
    if (into) {
      const list = this.items.get(into[1]).querySelector(`:scope > ol[data-way="${into[2]}"]`);
      const start = plus.closest("li[data-start]");
      if (start && start.parentElement === list && list.firstElementChild === start) return;
      const item = start || document.createElement("li");
      item.dataset.start = "";
      if (!start) item.append(plus);
      list.prepend(item);
      return;
    }
    const item = at === "first" ? this.items.get("entry") : this.items.get(at.slice("after:".length));
    if (item.lastElementChild !== plus) item.append(plus);
  }

  // Answers with those that stand elsewhere: `[id, old, place]`, where the outermost of each stood as well.
  place(places) {
    const moved = [];
    const before = new Map(this.places);
    for (const [id, place] of Object.entries(places)) {
      const old = before.get(id);
      this.places.set(id, place);
      if (!old || place.some((part, n) => part !== old[n])) moved.push([id, old, place]);
    }
    for (const [id, [x, y, w, h]] of Object.entries(places)) {
      const item = this.items.get(id);
      const top = this.topOf(id);
      if (this.outermost.get(id) === id) put(item, { top });
      put(buttonOf(item), { left: x, top: y - top, width: w, height: h });
    }
    return { moved, before };
  }

  resize([width, height]) {
    const zoom = Number(this.root.dataset.zoom) || 1;
    for (const [name, value] of [["width", width], ["height", height]]) {
      this.board.style[name] = `${value}px`;
      this.edges.root.setAttribute(name, value);
      this.canvas.style[name] = `${value * zoom}px`;
    }
    this.page.size = [width, height];
    this.page.emit("size", this.page.size);
  }

  // The chosen step keeps its place on the screen while everything around it moves.
  hold(dx, dy) {
    const zoom = Number(this.root.dataset.zoom) || 1;
    if (dx) this.root.scrollLeft += dx * zoom;
    if (dy) this.root.scrollTop += dy * zoom;
    this.held = [dx, dy];
  }

  // An outermost item slides with all that is inside of it; what also moves in there slides by itself.
  animate({ moved, before }) {
    const [dx, dy] = this.held || [0, 0];
    this.held = null;
    if (calm.matches || !("placed" in this.root.dataset)) return;
    const zoom = Number(this.root.dataset.zoom) || 1;
    const top = this.root.scrollTop / zoom;
    const bottom = top + this.root.clientHeight / zoom;
    const slid = new Map();
    const slide = (element, x, y) => {
      if (x || y) element.animate([{ translate: `${x}px ${y}px` }, { translate: "0 0" }], MOVE);
    };
    const all = (root) => {
      const down = (before.get(root)?.[1] ?? 0) - this.places.get(root)[1];
      if (!before.has(root) || !down) return [0, 0];
      slide(this.items.get(root), dx, down + dy);
      return [dx, down + dy];
    };
    for (const [id, old, place] of moved) {
      if (place[1] > bottom || place[1] + place[3] < top) continue;
      const root = this.outermost.get(id);
      if (!slid.has(root)) slid.set(root, all(root));
      const [x, y] = slid.get(root);
      const button = buttonOf(this.items.get(id));
      if (!old) button.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
      else slide(button, old[0] - place[0] + dx - x, old[1] - place[1] + dy - y);
    }
  }

  // Without its first line there is no flow: the last drawing that could be made, dimmed.
  dim(message) {
    const told = document.getElementById("broken");
    told.textContent = message;
    told.hidden = !message;
    if (!message) {
      delete this.root.dataset.broken;
      return;
    }
    this.root.dataset.broken = message;
    this.insert([]);
  }

  mark(problems) {
    const wrong = new Map();
    for (const one of problems)
      if (one.step && (!wrong.has(one.step) || one.severity === "error")) wrong.set(one.step, one);
    for (const [id, item] of this.items) {
      const button = buttonOf(item);
      const message = wrong.get(id)?.message;
      if (button.dataset.problem === message) continue;
      if (message === undefined) {
        delete button.dataset.problem;
        delete button.dataset.severity;
        button.removeAttribute("aria-description");
      } else {
        button.dataset.problem = message;
        button.dataset.severity = wrong.get(id).severity;
        button.setAttribute("aria-description", message);
      }
    }
  }

  press(ids) {
    const chosen = new Set(ids);
    for (const [id, item] of this.items) {
      const pressed = String(chosen.has(id));
      const button = buttonOf(item);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  }
}

// The outermost step that each step is in, by id.
function outermost(steps) {
  const found = new Map();
  for (const [id, parent] of steps) found.set(id, parent === null ? id : found.get(parent));
  return found;
}

// To a place, in px; what is the same already is not touched.
function put(element, place) {
  const at = (element.at ??= {});
  for (const [name, value] of Object.entries(place))
    if (at[name] !== value) {
      at[name] = value;
      element.style[name] = `${Math.round(value * 10) / 10}px`;
    }
}

function list(problems) {
  const section = document.getElementById("problems");
  section.hidden = !problems.length;
  const rows = problems.map((one) => {
    const item = document.createElement("li");
    item.dataset.severity = one.severity;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.toLine = one.line;
    const said = _("Line {line}: {message}", { line: one.line, message: one.message });
    tell(button, `${said} ${one.hint || ""}`.trim());
    item.append(button);
    return item;
  });
  const all = document.createElement("ul");
  all.append(...rows);
  section.replaceChildren(all);
}

export function start(page) {
  const drawing = new Drawing(page);
  page.drawing = drawing;
  page.on("answer", (answer) => {
    if (answer.drawing) drawing.patch(answer.drawing, answer.renamed);
    if ("broken" in answer) drawing.dim(answer.broken);
  });
  page.on("problems", (problems) => {
    drawing.mark(problems);
    list(problems);
  });
  page.on("select", ({ ids }) => drawing.press(ids));
  drawing.press(page.data.select ? [page.data.select] : []);
}
