// What others change in the file comes into the page by itself, while somebody looks at it.
export function start(page) {
  let source = null;
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
  };
  let away = false;
  document.addEventListener("visibilitychange", () => {
    if (away && !document.hidden) page.refresh?.();
    away = document.hidden;
    follow();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    source = null;
    follow();
    page.refresh?.();
  });
  follow();
}
