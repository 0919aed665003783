// The tests of the flow, played on the draft a second after it last changed; failures mark their steps.
import { _ } from "../words.js";

const REST = 1000;

export function start(page) {
  const pane = document.getElementById("tests");
  const list = pane?.querySelector("ul");
  if (!list) return;
  const heading = pane.querySelector("h2");
  const note = document.createElement("p");
  note.className = "tests-note";
  note.hidden = true;
  list.before(note);
  let timer = 0;
  let asked = "";
  let running = null;

  const rows = (tests) => {
    const kept = new Map([...list.children].map((row) => [row.dataset.test, row]));
    list.replaceChildren(
      ...tests.map((test, number) => {
        const row = kept.get(test.title) ?? document.createElement("li");
        row.dataset.test = test.title;
        row.dataset.outcome = test.outcome;
        const title = document.createElement("button");
        title.type = "button";
        title.className = "test-title";
        title.textContent = test.title;
        title.title = _("Show this test in the text");
        title.dataset.toLine = test.line;
        const mark = document.createElement("span");
        mark.className = "test-mark";
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", said(test.outcome));
        const play = document.createElement("button");
        play.type = "button";
        play.className = "test-play";
        play.textContent = "▸";
        play.title = _("Play it step by step");
        play.setAttribute("aria-label", _("Play “{test}” step by step", { test: test.title }));
        play.hidden = test.outcome === "waiting";
        play.addEventListener("click", () => page.playTest?.(number));
        row.replaceChildren(mark, title, play);
        for (const sentence of test.says) {
          const why = document.createElement("p");
          why.className = "test-why";
          why.textContent = sentence;
          row.append(why);
        }
        return row;
      }),
    );
  };

  const mark = (tests) => {
    const failing = new Map();
    for (const test of tests)
      for (const step of test.steps) failing.set(step, [...(failing.get(step) ?? []), test.title]);
    for (const step of document.querySelectorAll("#drawing [data-step]")) {
      const titles = failing.get(step.dataset.step);
      step.toggleAttribute("data-test-failed", titles !== undefined);
    }
  };

  const show = (answer) => {
    const failed = answer.tests.filter((test) => test.outcome === "failed").length;
    const passed = answer.tests.filter((test) => test.outcome === "passed").length;
    rows(answer.tests);
    mark(answer.tests);
    note.hidden = answer.reason === "";
    note.textContent = answer.reason;
    pane.dataset.outcome = answer.reason ? "waiting" : failed ? "failed" : "passed";
    if (heading)
      heading.textContent = answer.reason || !answer.tests.length
        ? _("Tests")
        : failed
          ? _("{failed} of {all} tests fail", { failed, all: answer.tests.length })
          : _("All {passed} tests pass", { passed });
    page.emit("tests", answer);
  };

  const play = async () => {
    running?.abort();
    running = new AbortController();
    const state = page.state;
    try {
      const answer = await fetch(`/api/flows/${encodeURIComponent(page.flow)}/tests`, {
        headers: { accept: "application/json" },
        signal: running.signal,
      });
      if (!answer.ok) return;
      const told = await answer.json();
      asked = state;
      if (told.state === page.state) show(told);
      else later();
    } catch (error) {
      if (error.name !== "AbortError") asked = "";
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (page.state !== asked) play();
    }, REST);
  };

  page.on("answer", later);
  page.on("settled", later);
  for (const button of document.querySelectorAll('button[data-do="test"]'))
    button.addEventListener("click", () => {
      asked = "";
      clearTimeout(timer);
      pane.scrollIntoView({ block: "nearest" });
      play();
    });
  later();
}

function said(outcome) {
  return outcome === "passed" ? _("passed") : outcome === "failed" ? _("failed") : _("not played yet");
}
