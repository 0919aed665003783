// What if: invented people live with the draft, and their numbers stand on the drawing in place of the live ones,
// until the draft changes or the strip is closed.
import { _ } from "../words.js";
import { element } from "./making.js";
import { AwayError, ForbiddenError, RefusedError, SignedOutError, post } from "./wire.js";

const SVG = "http://www.w3.org/2000/svg";

export function start(page) {
  const root = document.getElementById("what-if");
  const drawing = document.getElementById("drawing");
  if (!root) return;
  const form = root.querySelector("form");
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [said, problem, figures, more, rows] = ["said", "problem", "figures", "more", "rows"].map(part);
  const first = said.textContent;
  let told = null;
  let asked = 0;

  function clear() {
    told = null;
    delete drawing.dataset.whatIf;
    for (const one of drawing.querySelectorAll(".guess")) one.remove();
    for (const one of [figures, more]) one.hidden = true;
  }

  function draw() {
    for (const one of drawing.querySelectorAll(".guess")) one.remove();
    if (told === null) return;
    drawing.dataset.whatIf = "";
    for (const [step, count] of Object.entries(told.steps)) {
      const title = _("{count} times, if people behave like this", { count });
      page.step(step)?.append(element("span", { className: "badge guess", textContent: `≈ ${counted.format(count)}`, title }));
    }
    for (const group of drawing.querySelectorAll("#edges [data-edge]")) {
      const count = told.ways[group.dataset.edge];
      const [words, plate] = [group.querySelector("text.words"), group.querySelector(".plate")];
      if (!count || !words || !plate) continue;
      const mark = document.createElementNS(SVG, "text");
      mark.setAttribute("class", "taken guess");
      mark.setAttribute("x", Number(plate.getAttribute("x")) + Number(plate.getAttribute("width")) + 2);
      mark.setAttribute("y", words.getAttribute("y"));
      mark.textContent = `≈ ${counted.format(count)}`;
      group.append(mark);
    }
  }

  const counted = new Intl.NumberFormat(document.documentElement.lang);
  const figure = (name, value) =>
    element("div", {}, [element("dt", { textContent: name }), element("dd", { textContent: counted.format(value) })]);

  function table(title, counts) {
    const found = Object.entries(counts);
    if (!found.length) return [];
    const body = found.map(([name, count]) =>
      element("tr", {}, [element("th", { scope: "row", textContent: name }), element("td", { textContent: counted.format(count) })]),
    );
    return [element("table", {}, [element("caption", { textContent: title }), element("tbody", {}, body)])];
  }

  function days(counts) {
    const most = Math.max(1, ...counts);
    const chart = document.createElementNS(SVG, "svg");
    chart.setAttribute("class", "what-if-days");
    chart.setAttribute("viewBox", `0 0 ${counts.length} 1`);
    chart.setAttribute("preserveAspectRatio", "none");
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", _("Messages by day: {counts}", { counts: counts.join(", ") }));
    counts.forEach((count, day) => {
      const bar = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x: day + 0.1, y: 1 - count / most, width: 0.8, height: count / most }))
        bar.setAttribute(name, value);
      chart.append(bar);
    });
    return chart;
  }

  function show(answer) {
    told = answer;
    const { season, lived } = answer;
    const sum = season.messages_per_day.reduce((before, one) => before + one, 0);
    said.textContent = [
      _("{lived} invented people, {days} days, seed {seed}.", { lived, days: season.days, seed: season.seed }),
      season.behaviour,
      season.entered ? "" : _("Nobody entered: what they do does not fit the first lines of the flow."),
      lived < season.customers ? _("It stopped after four seconds.") : "",
    ].filter(Boolean).join(" ");
    figures.replaceChildren(
      figure(_("entered"), season.entered),
      figure(_("messages"), sum),
      figure(_("at most a day"), Math.max(...season.messages_per_day)),
      figure(_("limits hit"), season.limits_hit),
      figure(_("goals"), season.goals),
      figure(_("steps a second"), season.steps_per_second),
    );
    rows.replaceChildren(
      days(season.messages_per_day),
      ...table(_("Messages"), season.messages),
      ...table(_("Not sent, and why"), season.skipped),
      ...table(_("How it ended"), season.ends),
    );
    for (const one of [figures, more]) one.hidden = false;
    draw();
  }

  async function live() {
    const mine = (asked += 1);
    problem.hidden = true;
    root.setAttribute("aria-busy", "true");
    said.textContent = _("They live …");
    const wanted = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, Number(value)]));
    let wrong = "";
    try {
      const answer = await post(`/api/flows/${encodeURIComponent(page.flow)}/what-if`, wanted);
      if (mine !== asked) return;
      wrong = answer.reason || answer.problems.join(" ");
      if (!wrong) show(answer);
    } catch (error) {
      if (mine !== asked) return;
      if (error instanceof SignedOutError) wrong = _("You are signed out. Sign in again in another tab.");
      else if (error instanceof AwayError) wrong = _("The server cannot be reached. Try again in a moment.");
      else if (error instanceof RefusedError || error instanceof ForbiddenError) wrong = error.message;
      else throw error;
    } finally {
      if (mine === asked) root.removeAttribute("aria-busy");
    }
    if (!wrong) return;
    clear();
    said.textContent = first;
    problem.textContent = wrong;
    problem.hidden = false;
  }

  function close() {
    asked += 1;
    clear();
    said.textContent = first;
    root.hidden = true;
    tool.focus({ preventScroll: true });
  }

  const tool = document.querySelector("button[data-do=what-if]");
  tool.addEventListener("click", () => {
    if (!root.hidden) return close();
    root.hidden = false;
    form.elements.customers.focus();
    return undefined;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    live();
  });
  root.querySelector("[data-what-if=close]").addEventListener("click", close);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close();
  });
  // Another draft, other numbers: what was counted is not of it.
  let state = page.state;
  page.on("answer", (answer) => {
    const changed = answer?.state !== undefined && answer.state !== state;
    state = answer?.state ?? state;
    if (told === null) return;
    if (!changed) return draw();
    clear();
    said.textContent = _("The draft is another now. Let them live once more.");
    return undefined;
  });
  page.on("numbers", draw);
}
