// The pane of a trial: what one clicks, what came of it, its message, and the test that it writes.
import { _, tell } from "../words.js";
import { Composer } from "./composing.js";
import { element } from "./making.js";
import { get } from "./wire.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GROUPS = [
  ["enters", _("Comes in")], ["goes_on", _("Goes on")], ["ends", _("Ends it")], ["counts", _("Reaches the goal")],
  ["other", _("Anything else")],
];

export class Panel {
  constructor(page, root, does) {
    Object.assign(this, { page, root, does, people: [], chosen: 0, own: null });
    const part = (name) => root.querySelector(`[data-part=${name}]`);
    for (const name of ["language", "clock", "problem", "who", "find", "found", "offers", "say", "time", "came", "text", "holds"])
      this[name] = part(name);
    Object.assign(this, {
      heading: part("title"), gone: part("away"), clicks: part("acts"), written: part("test"), keeping: part("keep"),
    });
    root.querySelector("[data-try=again]").addEventListener("click", () => does.again());
    root.querySelector("[data-try=close]").addEventListener("click", () => does.close());
    this.keeping.addEventListener("click", () => does.keep());
    this.who.addEventListener("change", () => this.choose(this.who.value));
    this.find.addEventListener("input", () => this.search());
    this.language.addEventListener("change", () => does.speak(this.language.value));
    this.say.addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.say.querySelector("input");
      const text = field.value.trim();
      if (text) does.play(text);
    });
    this.composer = new Composer(root.querySelector("[data-part=compose]"), does);
    this.offers.addEventListener("click", (event) => {
      const one = event.target.closest("[data-play]");
      if (one) does.play(one.dataset.play);
    });
    this.time.addEventListener("click", (event) => {
      const one = event.target.closest("[data-pass]");
      if (!one || one.getAttribute("aria-disabled") === "true") return;
      does.pass(one.dataset.pass === "next" ? "next" : Number(one.dataset.pass) * HOUR);
    });
  }

  mode(what) {
    const trying = what === "try";
    this.root.dataset.mode = what;
    this.hideClicks(!trying);
    this.heading.textContent = trying ? _("Try it") : _("A test, step by step");
    this.problems([]);
    if (!trying) this.clock.textContent = "";
  }

  hideClicks(hidden) {
    this.clicks.hidden = hidden;
    this.written.hidden = hidden;
    this.root.querySelector("[data-try=again]").hidden = hidden;
  }

  focus(list) {
    list.querySelector("[aria-current]")?.focus({ preventScroll: true });
  }

  busy(is) {
    this.root.setAttribute("aria-busy", String(is));
  }

  away(sentence) {
    this.gone.textContent = sentence;
    this.gone.hidden = !sentence;
  }

  problems(all) {
    tell(this.problem, all.join(" "));
    this.problem.hidden = !all.length;
  }

  // What a trial can begin with; false where it has to wait, which is told.
  ready(answer) {
    this.problems(answer.reason ? [answer.reason] : []);
    const can = !answer.reason;
    if (this.root.dataset.mode === "try") this.hideClicks(!can);
    if (!can || !answer.people) return can;
    this.people = answer.people;
    const options = this.people.map((one, n) => {
      const title = n ? _("As in “{test}”", { test: one.title }) : one.title;
      return element("option", { value: String(n), textContent: title });
    });
    options.push(element("option", { value: "real", textContent: _("A real customer …") }));
    this.who.replaceChildren(...options);
    if (this.own !== null) this.who.value = "real";
    else this.who.value = String(Math.min(this.chosen, this.people.length - 1));
    this.find.closest("div").hidden = this.who.value !== "real";
    const groups = GROUPS.map(([group, words]) => {
      const all = answer.offers.filter((one) => one.group === group);
      if (!all.length) return null;
      const title = element("h4", { textContent: words });
      const rows = all.map((one) => {
        const made = element("button", { type: "button", title: one.text });
        made.dataset.play = one.text;
        made.append(element("b", { textContent: one.title }));
        if (one.about) made.append(" ", element("small", { textContent: one.about }));
        return made;
      });
      return element("div", { className: "offers" }, [title, ...rows]);
    });
    this.offers.replaceChildren(...groups.filter(Boolean));
    const chosen = this.language.value;
    const words = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    this.language.replaceChildren(
      element("option", { value: "", textContent: _("as given") }),
      ...answer.languages.map((one) => element("option", { value: one, textContent: words.of(one) })),
    );
    this.language.value = answer.languages.includes(chosen) ? chosen : "";
    this.language.parentElement.hidden = !answer.languages.length;
    const list = this.say.querySelector("datalist");
    list.replaceChildren(...answer.events.map((one) => element("option", { value: one })));
    this.composer.ready(answer.words, answer.products);
    return true;
  }

  given() {
    const language = this.language.value;
    if (this.own !== null) return { ...this.own, language, stocked: true };
    return { given: [], start: "", ...this.people[this.chosen], language, stocked: this.chosen === 0 };
  }

  choose(value) {
    this.find.closest("div").hidden = value !== "real";
    if (value === "real") {
      this.find.focus();
      this.search();
      return;
    }
    this.own = null;
    this.chosen = Number(value);
    this.does.who(this.given());
  }

  search() {
    clearTimeout(this.soon);
    this.soon = setTimeout(async () => {
      const q = new URLSearchParams({ q: this.find.value });
      const answer = await get(`/api/flows/${encodeURIComponent(this.page.flow)}/try/people?${q}`).catch(() => null);
      if (answer === null) return this.away(_("The server cannot be reached. Search again when it is back."));
      const rows = answer.people.map((one) => {
        const made = element("button", { type: "button", textContent: one.name });
        made.dataset.customer = one.id;
        made.addEventListener("click", () => this.take(one));
        return element("li", {}, [made]);
      });
      if (!rows.length) rows.push(element("li", { className: "empty", textContent: _("Nobody is called so.") }));
      return this.found.replaceChildren(...rows);
    }, 200);
  }

  async take(one) {
    const path = `/api/flows/${encodeURIComponent(this.page.flow)}/try/people/${encodeURIComponent(one.id)}`;
    const answer = await get(path).catch(() => null);
    if (answer === null || answer.reason)
      return this.problems([answer?.reason || _("The server cannot be reached. Search again when it is back.")]);
    this.own = { ...answer, customer: one.id };
    const notes = answer.notes.map((note) => element("li", { className: "note", textContent: note }));
    this.found.replaceChildren(element("li", { className: "path", textContent: one.name }), ...notes);
    this.does.who(this.given());
    return undefined;
  }

  told(answer, tried) {
    this.clock.textContent = answer.clock;
    const next = this.time.querySelector("[data-pass=next]");
    next.setAttribute("aria-disabled", String(answer.next === null));
    next.textContent = answer.next === null ? _("Nothing is due") : _("On to {moment}", { moment: answer.next_at });
    this.text.textContent = answer.test;
    const lost = !answer.holds && tried.plays.length > 0 && this.own?.notes.length > 0;
    this.holds.textContent = answer.holds ? _("It passes") : "";
    if (lost) this.holds.textContent = _("Without what is not in it, the test says something else: it cannot be kept");
    this.keeping.disabled = !answer.holds || this.page.readOnly;
    this.written.hidden = false;
  }

  test(answer) {
    this.heading.textContent = answer.title;
    this.clock.textContent = answer.outcome === "passed" ? _("passed") : _("failed");
  }

  kept() {
    this.holds.textContent = _("Kept in the file's draft");
  }
}
