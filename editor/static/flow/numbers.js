// Who is where: the server tells when people have moved, and badges alone change.
import { _ } from "../words.js";
import { element } from "./making.js";

const SVG = "http://www.w3.org/2000/svg";

export function start(page) {
  const drawing = document.getElementById("drawing");
  let numbers = page.data.numbers ?? null;

  function badge(step, count) {
    const button = page.step(step);
    if (!button) return;
    let mark = button.querySelector(":scope > .badge:not(.sent)");
    if (!count) {
      mark?.remove();
      return;
    }
    const said = String(count);
    if (mark === null) {
      button.querySelector(":scope > .badge")?.remove();
      mark = element("span", { className: "badge" });
      button.append(mark);
    }
    if (mark.textContent === said) return;
    mark.textContent = said;
    mark.title = _("{count} here now", { count });
  }

  // Beside the word of a way stands how many took it.
  function way(group, count) {
    const words = group.querySelector("text.words");
    let mark = group.querySelector("text.taken");
    if (!words || !count) {
      mark?.remove();
      return;
    }
    if (mark === null) {
      mark = document.createElementNS(SVG, "text");
      mark.setAttribute("class", "taken");
      group.append(mark);
    }
    const plate = group.querySelector(".plate");
    mark.setAttribute("x", Number(plate.getAttribute("x")) + Number(plate.getAttribute("width")) + 2);
    mark.setAttribute("y", words.getAttribute("y"));
    mark.textContent = String(count);
  }

  function show() {
    if (numbers === null) return;
    const marked = new Set([...drawing.querySelectorAll("[data-step]:has(> .badge:not(.sent))")].map((one) => one.dataset.step));
    for (const step of marked) if (!numbers.waiting[step]) badge(step, 0);
    for (const [step, count] of Object.entries(numbers.waiting)) badge(step, count);
    for (const group of drawing.querySelectorAll("#edges [data-edge]")) way(group, numbers.ways[group.dataset.edge] ?? 0);
    for (const [name, count] of Object.entries(numbers.figures)) {
      const place = document.querySelector(`[data-figure="${name}"]`);
      if (place && place.textContent !== String(count)) place.textContent = String(count);
    }
    const away = document.getElementById("elsewhere");
    const lost = numbers.gone + numbers.elsewhere;
    away.hidden = !lost;
    away.textContent = lost ? _("{count} people stand where this drawing has no step.", { count: lost }) : "";
  }

  // Of which days the figures are; the browser keeps it for all flows.
  document.addEventListener("change", (event) => {
    if (event.target.id !== "period") return;
    document.cookie = `headrace_days=${event.target.value}; path=/flows; max-age=31536000; samesite=lax`;
    location.reload();
  });

  page.on("numbers", (told) => {
    numbers = told;
    show();
  });
  page.on("answer", show);

  // A badge lists its people; by keyboard the inspector's number does.
  drawing.addEventListener(
    "click",
    (event) => {
      const mark = event.target.closest(".badge:not(.sent)");
      const step = mark?.closest("[data-step]")?.dataset.step;
      if (!step || numbers === null || page.trying?.()) return;
      event.stopPropagation();
      event.preventDefault();
      const live = numbers.live[step] ?? step;
      location.assign(`/flows/${encodeURIComponent(page.flow)}/people?step=${encodeURIComponent(live)}`);
    },
    true,
  );
}
