// A step that is chosen is told about beside the drawing, and marked in the text; a line chooses its step.
export function start(page) {
  const drawing = document.getElementById("drawing");
  const text = document.getElementById("text");
  const address = (id) => `/flows/${encodeURIComponent(page.flow)}?step=${encodeURIComponent(id)}`;
  page.on("select", ({ id, from }) => {
    let first = null;
    for (const line of text.querySelectorAll(".line")) {
      const here = id !== null && line.dataset.owner === id;
      line.classList.toggle("here", here);
      if (here && first === null) first = line;
    }
    if (first !== null && from !== "text") first.scrollIntoView({ block: "nearest" });
  });
  const look = (id, from) => {
    page.select([id], { from });
    window.htmx.ajax("GET", address(id), { target: "#inspector", swap: "innerHTML" });
    history.pushState(null, "", address(id));
  };
  drawing.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step !== null) look(step.dataset.step, "drawing");
  });
  text.addEventListener("click", (event) => {
    const line = event.target.closest(".line");
    if (line === null) return;
    event.preventDefault();
    look(line.dataset.owner, "text");
    drawing.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  addEventListener("popstate", () => location.reload());
}
