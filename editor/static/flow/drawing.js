// The drawing, patched by key: only what changed is touched, and what is chosen or focused stays so.
import { _ } from "../words.js";

const SVG = "http://www.w3.org/2000/svg";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 120, easing: "ease-out" };

const made = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};
const svg = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const buttonOf = (item) => item.firstElementChild; // a step is first in its item

class Drawing {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("drawing");
    this.canvas = this.root.querySelector(".canvas");
    this.board = this.root.querySelector(".board");
    this.list = document.getElementById("steps");
    this.edges = document.getElementById("edges");
    this.edges.append(markers());
    this.items = new Map();
    this.places = new Map();
    this.lines = new Map();
    this.pluses = new Map();
    for (const item of this.list.querySelectorAll("li[data-key]")) this.items.set(item.dataset.key, item);
    for (const plus of this.list.querySelectorAll("button[data-insert]"))
      this.pluses.set(plus.dataset.insert, plus);
  }

  patch(drawing, renamed = {}) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    this.rename(renamed);
    const chosen = this.list.querySelector("button[data-step][aria-pressed=true]");
    const anchor = chosen && chosen.dataset.step;
    const before = anchor && this.places.get(anchor);
    this.write(drawing);
    this.arrange(drawing);
    this.insert(drawing.inserts);
    const moved = this.place(drawing.places);
    this.draw(drawing.edges, drawing.gone);
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
    const lines = new Map();
    for (const [key, line] of this.lines) {
      const [, source, arm] = key.match(/^(.*)(\/[^/]*)$/);
      const now = (moves.get(source) ?? source) + arm;
      // A renamed step's line wins over that of the step which had the id.
      const [stays, goes] = now === key && lines.has(now) ? [lines.get(now), line] : [line, lines.get(now)];
      goes?.remove();
      lines.set(now, stays);
    }
    this.lines = lines;
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
      if (plus.getAttribute("aria-label") !== name) {
        plus.setAttribute("aria-label", name);
        plus.title = name;
      }
      this.home(plus, at);
      if (plus.at?.[0] !== x || plus.at?.[1] !== y) {
        plus.at = [x, y];
        plus.style.left = `${x}px`;
        plus.style.top = `${y}px`;
      }
    }
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

  place(places) {
    const moved = [];
    for (const [id, place] of Object.entries(places)) {
      const old = this.places.get(id);
      const [x, y, w, h] = place;
      if (old && old[0] === x && old[1] === y && old[2] === w && old[3] === h) continue;
      const button = buttonOf(this.items.get(id));
      const style = button.style;
      style.left = `${x}px`;
      style.top = `${y}px`;
      style.width = `${w}px`;
      style.height = `${h}px`;
      moved.push([button, old, place]);
      this.places.set(id, place);
    }
    return moved;
  }

  draw(edges, gone = []) {
    for (const key of gone) {
      this.lines.get(key)?.remove();
      this.lines.delete(key);
    }
    for (const [key, edge] of Object.entries(edges)) {
      const old = this.lines.get(key);
      if (old && this.redrawn(old, key, edge)) continue;
      const group = svg("g", { "data-edge": key });
      group.edge = edge;
      const jump = edge.jump ? " jump" : "";
      group.append(svg("path", {
        class: `line${jump}`, d: edge.d, "marker-end": `url(#${edge.jump ? "jump-tip" : "tip"})`,
      }));
      if (edge.label) group.append(...words(edge.label, edge.at));
      if (old) old.replaceWith(group);
      else this.edges.append(group);
      this.lines.set(key, group);
    }
  }

  // An edge that says the same elsewhere is only moved: most of those that change.
  redrawn(group, key, edge) {
    const known = group.edge;
    if (!known || Boolean(known.jump) !== Boolean(edge.jump)) return false;
    if (String(known.label ?? "") !== String(edge.label ?? "")) return false;
    const [path, plate, ...rows] = group.children;
    if (group.dataset.edge !== key) group.dataset.edge = key;
    if (known.d !== edge.d) path.setAttribute("d", edge.d);
    if (edge.label && String(known.at) !== String(edge.at)) {
      const [x, y] = edge.at;
      const top = y - Number(plate.getAttribute("height")) / 2;
      plate.setAttribute("x", x - Number(plate.getAttribute("width")) / 2);
      plate.setAttribute("y", top);
      for (const [n, row] of rows.entries()) {
        row.setAttribute("x", x);
        row.setAttribute("y", top + 13 + 15 * n);
      }
    }
    group.edge = edge;
    return true;
  }

  resize([width, height]) {
    const zoom = Number(this.root.dataset.zoom) || 1;
    for (const [name, value] of [["width", width], ["height", height]]) {
      this.board.style[name] = `${value}px`;
      this.edges.setAttribute(name, value);
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

  animate(moved) {
    const [dx, dy] = this.held || [0, 0];
    this.held = null;
    if (calm.matches || !("placed" in this.root.dataset)) return;
    const zoom = Number(this.root.dataset.zoom) || 1;
    const top = this.root.scrollTop / zoom;
    const bottom = top + this.root.clientHeight / zoom;
    for (const [button, old, place] of moved) {
      if (place[1] > bottom || place[1] + place[3] < top) continue;
      if (!old) button.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
      else if (old[0] - place[0] + dx || old[1] - place[1] + dy)
        button.animate(
          [{ translate: `${old[0] - place[0] + dx}px ${old[1] - place[1] + dy}px` }, { translate: "0 0" }],
          MOVE,
        );
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

function markers() {
  const defs = svg("defs", {});
  for (const id of ["tip", "jump-tip"]) {
    const marker = svg("marker", {
      id, viewBox: "0 0 8 9", refX: 7.5, refY: 4.5, markerWidth: 8, markerHeight: 9,
      markerUnits: "userSpaceOnUse", orient: "auto",
    });
    marker.append(svg("path", { class: id, d: "M0 0L8 4.5L0 9z" }));
    defs.append(marker);
  }
  return defs;
}

function words(rows, [x, y]) {
  const width = Math.max(...rows.map((row) => row.length)) * 6.3 + 12;
  const height = 15 * rows.length + 4;
  const top = y - height / 2;
  return [
    svg("rect", { class: "plate", x: x - width / 2, y: top, width, height, rx: 4 }),
    ...rows.map((row, n) => svg("text", { class: "words", x, y: top + 13 + 15 * n }, row)),
  ];
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
    button.textContent = `${said} ${one.hint || ""}`.trim();
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
