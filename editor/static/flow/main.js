// The page of a flow: what its parts share, and how they hear of each other.
import { start as drawing } from "./drawing.js";
import { start as text } from "./looking.js";

const flow = document.getElementById("flow");
const listeners = new Map();
const page = {
  flow: flow.dataset.flow,
  file: flow.dataset.file,
  state: flow.dataset.document,
  data: JSON.parse(document.getElementById("flow-data").textContent),
  selected: [],
  on(event, listener) {
    listeners.set(event, [...(listeners.get(event) || []), listener]);
  },
  emit(event, value) {
    for (const listener of listeners.get(event) || []) listener(value);
  },
  select(ids, options = {}) {
    page.selected = ids;
    page.emit("select", { id: ids[0] ?? null, ids, ...options });
  },
  say(sentence) {
    document.getElementById("status").textContent = sentence;
  },
};
for (const start of [drawing, text]) start(page);
page.emit("answer", page.data);
flow.dataset.settled = "true";
