// What came of a trial or a test, scene by scene: choosing one lights the way up to it, and shows its message.
import { _ } from "../words.js";
import { element } from "./making.js";

const KINDS = { email: "E-mail", sms: "SMS", push: "Push", whatsapp: "WhatsApp" };

export class Story {
  // `lit(scenes)` lights the way, `again(text)` plays an event.
  constructor(page, place, { lit, play }) {
    Object.assign(this, { page, lit, play, scenes: [], at: -1 });
    this.list = element("ol", { className: "story", ariaLabel: _("What came of it") });
    this.count = element("output", { className: "story-count" });
    const back = this.button("‹", _("One step back"), () => this.go(this.at - 1));
    const on = this.button("›", _("One step on"), () => this.go(this.at + 1));
    this.steps = element("div", { className: "story-steps" }, [back, this.count, on]);
    this.look = element("div", { className: "look" });
    this.empty = element("p", { className: "empty" });
    place.append(this.steps, this.empty, this.list, this.look);
    this.list.addEventListener("click", (event) => {
      const one = event.target.closest("[data-scene]");
      if (one) this.go(Number(one.dataset.scene));
    });
    this.list.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(this.at + by, { focus: true });
    });
  }

  button(sign, name, does) {
    const made = element("button", { type: "button", textContent: sign, title: name });
    made.setAttribute("aria-label", name);
    made.addEventListener("click", does);
    return made;
  }

  // Shows these scenes, the last one chosen; where one looked at an earlier one, that.
  show(scenes, { at = scenes.length - 1, empty = "" } = {}) {
    this.scenes = scenes;
    this.empty.textContent = scenes.length ? "" : empty;
    this.empty.hidden = scenes.length > 0;
    this.steps.hidden = scenes.length < 2;
    let before = "";
    this.list.replaceChildren(
      ...scenes.map((one, n) => {
        const when = one.at === before ? "" : one.at;
        before = one.at;
        return this.row(one, n, when);
      }),
    );
    this.go(Math.min(at, scenes.length - 1));
  }

  row(one, n, when) {
    const item = element("li", {});
    item.dataset.outcome = one.outcome;
    if (when) item.append(element("time", { textContent: when, title: one.after }));
    const button = element("button", { type: "button" });
    button.dataset.scene = n;
    if (one.line) button.dataset.line = one.line;
    const what = one.step ? this.page.name(one.step) : one.what;
    button.append(element("span", { className: "what", textContent: what }));
    if (one.says) button.append(element("span", { className: "says", textContent: one.says }));
    if (one.seen.length)
      button.append(
        element("span", { className: "seen", textContent: one.seen.map((it) => it.join(": ")).join(", ") }),
      );
    if (one.message)
      button.append(element("span", { className: "subject", textContent: one.message.subject || one.message.text }));
    item.append(button);
    return item;
  }

  go(at, { focus = false } = {}) {
    if (!this.scenes.length) {
      this.lit([]);
      this.look.replaceChildren();
      this.at = -1;
      return;
    }
    this.at = Math.max(0, Math.min(at, this.scenes.length - 1));
    for (const one of this.list.querySelectorAll("[data-scene]")) {
      const chosen = Number(one.dataset.scene) === this.at;
      if (chosen) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
      one.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) one.focus();
    }
    this.count.textContent = _("{at} of {all}", { at: this.at + 1, all: this.scenes.length });
    const shown = this.scenes.slice(0, this.at + 1);
    this.lit(shown);
    this.letter(shown.findLast((one) => one.message));
    const here = this.list.querySelector("[aria-current]");
    here?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  letter(scene) {
    const message = scene?.message;
    if (this.shown === message) return;
    this.shown = message;
    if (!message) return this.look.replaceChildren();
    const kind = KINDS[message.kind] ?? (message.kind === "notify" ? _("To staff") : message.kind);
    const head = element("header", {}, [
      element("h3", { textContent: message.subject || kind }),
      element("p", {
        className: "path",
        textContent: [kind, message.to, message.language, scene.at].filter(Boolean).join(" · "),
      }),
    ]);
    const parts = [head];
    if (message.problem) parts.push(element("p", { className: "problem", textContent: message.problem }));
    else if (message.html) {
      const frame = element("iframe", { title: _("The mail as it looks") });
      frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
      frame.src = `/flows/${encodeURIComponent(this.page.flow)}/try/mail/${message.html}`;
      parts.push(frame);
    } else parts.push(element("p", { className: "bubble", textContent: message.text }));
    if (this.play && ["email", "sms", "push"].includes(message.kind)) {
      const acts = element("p", { className: "choices" });
      const can = message.kind === "email" ? [["open", _("Opens it")], ["click", _("Clicks a link")]] : [["click", _("Clicks a link")]];
      for (const [act, words] of can) {
        const button = element("button", { type: "button", textContent: words });
        button.dataset.play = `${act}_${message.kind} of ${message.name}`;
        button.addEventListener("click", () => this.play(button.dataset.play));
        acts.append(button);
      }
      parts.push(acts);
    }
    this.look.replaceChildren(...parts);
    return undefined;
  }
}
