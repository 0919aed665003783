// Trying the flow: who, what happens, the clock. Each click is a line of a test, and all of it is played anew on
// the draft as it stands, so nothing is kept on the server, and a restart of it loses nothing.
import { _ } from "../words.js";
import { Lighting } from "./lighting.js";
import { Panel } from "./panel.js";
import { Story } from "./story.js";
import { AwayError, ForbiddenError, RefusedError, SignedOutError, get, post } from "./wire.js";

const WAITS = [500, 1000, 2000, 4000]; // ms between tries
const MINUTE = 60_000; // ms
const FURTHER = 3;

export function start(page) {
  const root = document.getElementById("try");
  if (!root) return;
  const lighting = new Lighting(page);
  const panel = new Panel(page, root, {
    again: () => begin(),
    close: () => close(),
    who: (given) => begin(given),
    play: (text) => play(text),
    before: (line) => remember(line),
    pass: (ms) => pass(ms),
    speak: (language) => {
      if (tried === null) return;
      tried.language = language;
      turn();
    },
    keep: () => keep(),
  });
  const story = new Story(page, panel.came, {
    lit: (scenes) => {
      const here = lighting.show(scenes);
      if (here) page.show(here);
    },
    play: (text) => play(text),
  });
  const api = (rest) => `/api/flows/${encodeURIComponent(page.flow)}/${rest}`;
  let tried = null; // what was clicked: the test, as the server takes it
  let told = null; // what came of it
  let playing = null; // the number of the test that is played step by step, null while trying
  let waiting = []; // clicks for somebody who is not there yet
  let asked = 0;
  let missed = 0;
  let timer = 0;
  let shownState = null;

  const isOpen = () => !root.hidden;
  page.trying = isOpen;

  function open() {
    root.hidden = false;
    page.element.dataset.trying = "";
    page.emit("trying", true);
  }

  function close() {
    if (!isOpen()) return;
    root.hidden = true;
    delete page.element.dataset.trying;
    clearTimeout(timer);
    asked += 1;
    lighting.clear();
    page.emit("trying", false);
    page.element.querySelector("button[data-do=try]")?.focus({ preventScroll: true });
  }

  // Asks until the server answers; says so while it does not.
  async function ask(request, use) {
    const mine = (asked += 1);
    clearTimeout(timer);
    panel.busy(true);
    try {
      const answer = await request();
      if (mine !== asked) return;
      if (missed) page.say(_("The server is back."));
      missed = 0;
      panel.away("");
      use(answer);
    } catch (error) {
      if (mine !== asked) return;
      const away = error instanceof AwayError || error instanceof SignedOutError;
      if (!away) {
        const refused = error instanceof RefusedError || error instanceof ForbiddenError;
        panel.problems([refused && error.message ? error.message : _("That did not work.")]);
        return;
      }
      panel.away(
        error instanceof SignedOutError
          ? _("You are signed out. Sign in again in another tab; the trial goes on by itself.")
          : _("The server cannot be reached. The trial goes on by itself when it is back."),
      );
      timer = setTimeout(() => ask(request, use), WAITS[Math.min(missed, WAITS.length - 1)]);
      missed += 1;
    } finally {
      if (mine === asked) panel.busy(false);
    }
  }

  // Begins, with somebody given or with the first who can be.
  function begin(given = null) {
    [playing, tried, told, waiting] = [null, null, null, []];
    panel.mode("try");
    open();
    ask(
      () => get(api("try")),
      (ready) => {
        shownState = ready.state;
        if (!panel.ready(ready)) return story.show([]);
        const who = given ?? panel.given();
        tried = {
          title: "", start: who.start ?? "", given: [...(who.given ?? [])], plays: [], now: 0,
          customer: who.customer ?? "", language: who.language ?? "", stocked: who.stocked ?? false,
        };
        return turn();
      },
    );
  }

  // What is clicked while somebody else is chosen waits until that one is there.
  function later(act) {
    waiting.push(act);
  }

  function play(text) {
    if (tried === null) return later(() => play(text));
    const before = structuredClone(tried);
    tried.plays.push({ at: tried.now, text });
    return turn(before);
  }

  // What has happened before it begins.
  function remember(line) {
    if (tried === null) return later(() => remember(line));
    const before = structuredClone(tried);
    tried.given.push(line);
    page.say(_("Given before it begins: {line}", { line }));
    return turn(before);
  }

  // Lets time pass: to what comes next, or so long.
  function pass(ms) {
    if (tried === null) return later(() => pass(ms));
    if (ms !== "next") {
      tried.now += ms;
      return turn();
    }
    const so = JSON.stringify(told?.play.path);
    tried.now = told?.next ?? tried.now;
    // Where the next moment is this minute still and moved nobody, one click goes on to what does.
    const further = (left) => {
      const soon = told.next !== null && told.next - told.now < MINUTE;
      if (!left || !soon || JSON.stringify(told.play.path) !== so) return undefined;
      tried.now = told.next;
      return turn(null, () => further(left - 1));
    };
    return turn(null, () => further(FURTHER));
  }

  // Plays everything that was clicked; what cannot be played is taken back, and told.
  function turn(before = null, then = null) {
    ask(
      () => post(api("try"), tried),
      (answer) => {
        shownState = answer.state;
        panel.problems(answer.problems ?? []);
        if (answer.reason) return panel.ready(answer);
        if (answer.problems.length) {
          if (before !== null) {
            tried = before;
            page.say(answer.problems[0]);
          }
          return undefined;
        }
        told = answer;
        tried.now = answer.now;
        panel.told(answer, tried);
        // Before anything was clicked there is no story yet of why nobody came in.
        if (!tried.plays.length && !answer.play.entered && !tried.now) answer.play.scenes = [];
        story.show(answer.play.scenes, { empty: _("Nothing has happened yet. Click what happens first.") });
        const next = waiting.shift();
        if (next) return next();
        if (then) then();
        const last = answer.play.scenes.at(-1);
        if (last) page.say([last.step ? page.name(last.step) : last.what, last.says].filter(Boolean).join(": "));
        return undefined;
      },
    );
  }

  // A test of the flow, step by step.
  function show(number, { from = 0 } = {}) {
    playing = number;
    panel.mode("test");
    open();
    ask(
      () => get(api(`tests/${number}`)),
      (answer) => {
        shownState = answer.state;
        if (answer.reason) {
          panel.ready(answer);
          return story.show([]);
        }
        panel.test(answer);
        const { scenes } = answer.play;
        story.show(scenes, { at: from === "last" ? scenes.length - 1 : from, empty: _("Nothing happens in this test.") });
        return panel.focus(story.list);
      },
    );
  }
  page.playTest = show;

  // Behind the last test of the flow, or behind the flow.
  function keep() {
    if (told === null || page.readOnly) return;
    const { doc } = page.view.state;
    const own = new RegExp(`^(flow ${page.flow}\\b|test .* for ${page.flow}:)`);
    let end = doc.lines;
    let found = false;
    let inside = false;
    for (let n = 1; n <= doc.lines; n += 1) {
      const { text } = doc.line(n);
      if (/^[^\s#]/.test(text)) inside = own.test(text);
      if (inside && text.trim() && !/^#/.test(text)) [end, found] = [n, true];
    }
    const at = found ? doc.line(end).to : doc.length;
    const text = `\n\n${told.test.trimEnd()}${at === doc.length ? "\n" : ""}`;
    page.view.dispatch({ changes: { from: at, insert: text }, userEvent: "input.keep" });
    page.say(_("Kept as the test “{title}”", { title: told.title }));
    panel.kept();
  }

  // What the draft says has changed: the same clicks, played on that.
  const again = () => {
    if (!isOpen() || shownState === page.state || page.element.dataset.settled !== "true") return;
    if (playing !== null) show(playing, { from: story.at });
    else if (tried !== null) turn();
    else begin();
  };
  let soon = 0;
  page.on("answer", (answer) => {
    if (!isOpen() || answer.state === shownState) return;
    clearTimeout(soon);
    soon = setTimeout(again, 400);
  });

  for (const button of document.querySelectorAll("button[data-do=try]"))
    button.addEventListener("click", () => (isOpen() && playing === null ? close() : begin()));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close();
  });
  page.tryIt = () => (isOpen() ? close() : begin());
}
