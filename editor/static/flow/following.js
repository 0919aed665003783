// What others change in the file comes into the page by itself, while somebody looks at it.
import { _ } from "../words.js";

const AGAIN = 2000; // ms

export function start(page) {
  let source = null;
  let lost = false;
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
      return;
    }
    if (source !== null) return;
    const { document: state, documentState: status } = page.element.dataset;
    const shown = new URLSearchParams({ state, status });
    source = new EventSource(`/api/flows/${encodeURIComponent(page.flow)}/events?${shown}`);
    source.addEventListener("change", () => page.refresh?.());
    source.addEventListener("numbers", (event) => page.emit("numbers", JSON.parse(event.data)));
    source.addEventListener("open", () => {
      if (lost) page.say(_("The server is back. Numbers go on."));
      lost = false;
    });
    source.addEventListener("error", () => {
      if (!lost) page.say(_("The server cannot be reached: numbers stand still until it is back."));
      lost = true;
      if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
      source = null;
      setTimeout(follow, AGAIN);
    });
  };
  let away = false;
  document.addEventListener("visibilitychange", () => {
    if (away && !document.hidden) page.refresh?.();
    away = document.hidden;
    follow();
  });
  addEventListener("pagehide", () => {
    source?.close();
    lost = false;
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    source = null;
    follow();
    page.refresh?.();
  });
  follow();
}
