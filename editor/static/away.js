// What a page asks of a server that is away is asked again when it is back; until then the page says so.
import { _ } from "./words.js";

const AGAIN = 2000; // ms

let notice = null;
let timer = 0;
const waiting = new Map(); // what asked, by the element that did, with the event that made it ask

function say(sentence) {
  if (notice === null) {
    notice = document.createElement("p");
    notice.className = "notice";
    notice.id = "away";
    notice.setAttribute("role", "status");
    document.querySelector("main")?.prepend(notice);
  }
  notice.textContent = sentence;
}

async function look() {
  try {
    await fetch("/static/mark.svg", { method: "HEAD", cache: "no-store" });
  } catch {
    timer = setTimeout(look, AGAIN);
    return;
  }
  notice?.remove();
  notice = null;
  const all = [...waiting];
  waiting.clear();
  for (const [element, event] of all)
    if (element.isConnected) element.dispatchEvent(new Event(event, { bubbles: true }));
}

document.addEventListener("htmx:sendError", ({ detail }) => {
  const event = detail.requestConfig?.triggeringEvent?.type ?? "change";
  waiting.set(detail.elt, event === "load" ? "change" : event);
  say(_("The server cannot be reached. What you asked for comes when it is back."));
  clearTimeout(timer);
  timer = setTimeout(look, AGAIN);
});
