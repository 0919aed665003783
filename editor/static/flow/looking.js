// The step that is chosen is told about beside the drawing.
export function start(page) {
  const inspector = document.getElementById("inspector");
  let wanted = null;
  page.on("select", async ({ id }) => {
    wanted = id;
    const address = `/flows/${encodeURIComponent(page.flow)}?step=${encodeURIComponent(id ?? "")}`;
    try {
      const answer = await fetch(address, { headers: { "hx-request": "true" } });
      const html = await answer.text();
      if (answer.ok && wanted === id) inspector.innerHTML = html;
    } catch {
      // The server is away; the page says so elsewhere.
    }
  });
}
