// The lines between the steps: each in the group of the outermost item that it begins in, and moves with it.
const SVG = "http://www.w3.org/2000/svg";

const svg = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

export class Edges {
  constructor(root) {
    this.root = root;
    this.lines = new Map();
    this.groups = new Map(); // by item
    root.append(markers());
  }

  // The edges of a step that has another id now are its edges still.
  rename(moves) {
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
      old?.remove();
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

  // `itemOf` and `topOf` tell of a step the outermost item that it is in, and where that begins.
  stand(itemOf, topOf) {
    const groups = new Map();
    for (const [key, line] of this.lines) {
      const source = sourceOf(key);
      const item = itemOf(source);
      if (item === undefined) {
        line.remove();
        this.lines.delete(key);
        continue;
      }
      const group = groups.get(item) ?? this.groups.get(item) ?? svg("g", {});
      if (!groups.has(item)) {
        groups.set(item, group);
        const move = `translate(0 ${topOf(source)})`;
        if (group.getAttribute("transform") !== move) group.setAttribute("transform", move);
        if (!group.parentNode) this.root.append(group);
      }
      if (line.parentNode !== group) group.append(line);
    }
    for (const [item, group] of this.groups) if (!groups.has(item)) group.remove();
    this.groups = groups;
  }
}

const sourceOf = (key) => key.slice(0, key.lastIndexOf("/"));

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
