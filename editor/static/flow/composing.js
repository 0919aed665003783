// Something that is not offered: an event with its properties, a customer or a product that changes, by choosing.
import { element } from "./making.js";

const INPUTS = { number: "number", money: "number", date: "date", time: "time", boolean: "checkbox" };

export class Composer {
  // `play(text)` plays it now, `before(text)` lets it have happened before the trial begins.
  constructor(form, { play, before }) {
    Object.assign(this, { form, words: [], products: [] });
    this.fields = form.querySelector("[data-part=fields]");
    this.past = form.querySelector("[data-part=past]");
    const { what, when, ago } = form.elements;
    Object.assign(this, { what, when, ago });
    what.addEventListener("change", () => this.choose());
    when.addEventListener("change", () => this.days());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.text();
      if (when.value === "before") before(`given ${ago.value} ${ago.value === "1" ? "day" : "days"} ago ${text}`);
      else play(text);
    });
  }

  ready(words, products) {
    const chosen = this.what.value;
    Object.assign(this, { words, products });
    this.what.replaceChildren(...words.map((one) => element("option", { value: one.head, textContent: one.title })));
    if (words.some((one) => one.head === chosen)) this.what.value = chosen;
    if (chosen !== this.what.value || !this.fields.childElementCount) this.choose();
  }

  get word() {
    return this.words.find((one) => one.head === this.what.value);
  }

  choose() {
    const { word } = this;
    if (!word) return;
    this.fields.replaceChildren(...word.fields.map(([name, kind]) => this.field(name, kind)));
    const happens = word.kind === "event";
    if (!happens) this.when.value = "";
    this.past.hidden = !happens;
    this.days();
  }

  days() {
    this.ago.closest("label").hidden = this.when.value !== "before";
  }

  field(name, kind) {
    let input = null;
    if (["product", "item", "items"].includes(name) && this.products.length) {
      const options = this.products.map(([id, title]) => element("option", { value: id, textContent: title }));
      if (name !== "product") options.unshift(element("option", { value: "", textContent: "–" }));
      input = element("select", {}, options);
    } else {
      input = element("input", { type: INPUTS[kind] ?? "text" });
      if (input.type === "number") input.step = "any";
      if (input.type === "text") Object.assign(input, { autocomplete: "off", maxLength: 200 });
    }
    input.name = `the ${name}`;
    Object.assign(input.dataset, { name, kind });
    return element("label", {}, [document.createTextNode(`${name.replaceAll("_", " ")} `), input]);
  }

  // As a test says it: `purchase (value: 59)`.
  text() {
    let head = this.what.value;
    const told = [];
    for (const input of this.fields.querySelectorAll("[data-name]")) {
      const { name, kind } = input.dataset;
      const value = input.type === "checkbox" ? String(input.checked) : input.value.trim();
      if (name === "product") head = `product ${quoted(value)}`;
      else if (value && !(input.type === "checkbox" && !input.checked)) told.push(`${name}: ${literal(value, kind)}`);
    }
    return told.length ? `${head} (${told.join(", ")})` : head;
  }
}

function literal(value, kind) {
  if (["number", "money", "date", "time", "boolean"].includes(kind)) return value;
  return kind === "list" ? `[${quoted(value)}]` : quoted(value);
}

function quoted(value) {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
