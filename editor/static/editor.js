// The step that is looked at is marked in the drawing and in the text; a line of text selects its step.
"use strict";
(() => {
  const drawing = document.getElementById("drawing");
  const text = document.getElementById("text");
  const mark = (id, scroll) => {
    for (const step of drawing.querySelectorAll("[data-step]"))
      step.setAttribute("aria-pressed", String(step.dataset.step === id));
    let first = null;
    for (const line of text.querySelectorAll(".line")) {
      const here = id !== null && line.dataset.owner === id;
      line.classList.toggle("here", here);
      if (here && first === null) first = line;
    }
    if (scroll && first !== null) first.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => new URLSearchParams(location.search).get("step");
  if (drawing !== null && text !== null) {
    mark(chosen(), true);
    drawing.addEventListener("click", (event) => {
      const step = event.target.closest("[data-step]");
      if (step !== null) mark(step.dataset.step, true);
    });
    text.addEventListener("click", (event) => {
      const line = event.target.closest(".line");
      if (line === null) return;
      event.preventDefault();
      const step = drawing.querySelector(`[data-step="${CSS.escape(line.dataset.owner)}"]`);
      if (step === null) return;
      step.click();
      step.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    addEventListener("popstate", () => location.reload());
  }
  for (const form of document.querySelectorAll("[data-clock]"))
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button"))
        setTimeout(() => { button.disabled = true; });
    });
})();
