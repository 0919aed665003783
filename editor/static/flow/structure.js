// What stands where in a drawing: the steps, their blocks and ways, as an answer of the server tells them.
const EDGES = new Set(["entry", "end"]);

export class Structure {
  // `rows` are `[id, parent, way, line]` in the order of the text, `kind` tells the kind of a step.
  constructor(rows, kind = (id) => id) {
    this.order = rows.map(([id]) => id);
    this.line = new Map(rows.map(([id, , , line]) => [id, line]));
    this.home = new Map(rows.map(([id, parent, way]) => [id, { parent, way }]));
    this.inside = new Map();
    for (const [id, parent, way] of rows) {
      if (!this.inside.has(parent)) this.inside.set(parent, new Map());
      const ways = this.inside.get(parent);
      if (!ways.has(way)) ways.set(way, []);
      ways.get(way).push(id);
    }
    this.kind = kind;
  }

  has(id) {
    return this.home.has(id);
  }

  // Whether a step is the flow itself: its entry or its end.
  isFlow(id) {
    return EDGES.has(this.kind(id));
  }

  // The steps of the block that a step stands in.
  block(id) {
    const { parent, way } = this.home.get(id);
    return this.inside.get(parent).get(way);
  }

  // The ways below a step that have steps, each a list of ids, in order.
  ways(id) {
    return [...(this.inside.get(id)?.values() ?? [])];
  }

  neighbour(id, by) {
    const block = this.block(id);
    return block[block.indexOf(id) + by] ?? null;
  }

  // A step and those around it, from the inside out.
  around(id) {
    const found = [];
    for (let one = id; one !== null && this.has(one); one = this.home.get(one).parent) found.push(one);
    return found;
  }

  isInside(id, others) {
    return this.around(id).some((one) => others.includes(one));
  }

  // The neighbours from one step to another; where they stand in two blocks, of the block around both.
  between(one, other) {
    const blocks = new Map(this.around(one).map((id) => [this.block(id), id]));
    const there = this.around(other).find((id) => blocks.has(this.block(id)));
    if (there === undefined) return [one];
    const block = this.block(there);
    const ends = [block.indexOf(blocks.get(block)), block.indexOf(there)].sort((a, b) => a - b);
    const found = block.slice(ends[0], ends[1] + 1).filter((id) => !this.isFlow(id));
    return found.length ? found : [one];
  }

  // What one comes to next along the edges.
  down(id) {
    const [inside] = this.ways(id);
    if (inside) return inside[0];
    for (const one of this.around(id)) {
      const next = this.neighbour(one, 1);
      if (next !== null) return next;
    }
    return null;
  }

  // What one came from; below a branch that is the end of its first way, which stands straight above.
  up(id) {
    let above = this.neighbour(id, -1);
    if (above === null) return this.home.get(id).parent;
    for (let [inside] = this.ways(above); inside; [inside] = this.ways(above)) above = inside.at(-1);
    return above;
  }

  // The steps in the next way that has some, to the left (-1) or to the right (1).
  beside(id, by) {
    for (const one of this.around(id)) {
      const { parent } = this.home.get(one);
      if (parent === null) return [];
      const ways = this.ways(parent);
      const found = ways[ways.indexOf(this.block(one)) + by];
      if (found) return found;
    }
    return [];
  }
}
