"""The same edits in a real Chromium: what the page spends on them, with what the server does.

The page's processor time is that of its main thread: scripts, style, layout and paint.
`renderer` is all of its process. An edit ends when both panes show it, and that has been painted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from editor.bench.beside import busy
from editor.bench.edit import EDIT
from editor.bench.site import EMAIL, PASSWORD, Site, site
from editor.bench.spread import spread

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, Response

_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_KINDS: Final = ("insert", "note", "duplicate", "up", "delete", "undo")
_REST_MS: Final = 1_400
"""Until all has been done that follows an edit: checks, form, tests."""
_BEGIN: Final = """() => {
  const flow = document.getElementById("flow");
  window.measured = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("nothing was edited")), 20_000);
    let began = 0;
    const look = new MutationObserver(() => {
      if (flow.dataset.settled === "false") began ||= performance.now();
      else if (began) {
        look.disconnect();
        const end = () => resolve(performance.now() - began);
        requestAnimationFrame(() => requestAnimationFrame(end));
      }
    });
    look.observe(flow, { attributes: true, attributeFilter: ["data-settled"] });
  });
}"""
_QUIET: Final = """() => {
  const { settled, checked, document: state } = document.getElementById("flow").dataset;
  return settled === "true" && checked === state;
}"""


def run(steps: int, edits: int, chromium: Path, journeys: int = 0) -> dict[str, Any]:
    """The figures of a flow of so many steps, in milliseconds, over so many edits.

    Raises:
        ImportError: playwright is not installed.
    """
    from playwright.sync_api import sync_playwright

    with site(steps) as here, sync_playwright() as started, busy(journeys):
        browser = started.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        with _page(browser, here) as page:
            return _Watched(browser, page).measure(here, edits)


@contextmanager
def _page(browser: Browser, here: Site) -> Iterator[Page]:
    """A page at whose server somebody has signed in."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, base_url=here.address)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/flows")
    yield page
    browser.close()


class _Watched:
    """A page, and what it and its server spend."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self.page = page
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.system = browser.new_browser_cdp_session()
        self.server: list[float] = []
        page.on("response", self._answered)

    def measure(self, here: Site, edits: int) -> dict[str, Any]:
        loads = [self._load(here) for _ in range(4)][1:]
        for kind in _KINDS:
            self._edit(kind)
        found: dict[str, list[float]] = {}
        kinds: dict[str, list[float]] = {}
        for kind in islice(cycle(_KINDS), edits):
            figures = self._edit(kind)
            for name, value in figures.items():
                found.setdefault(name, []).append(value)
            kinds.setdefault(kind, []).append(figures["page_and_server"])
        return {
            "edits": edits,
            **{name: spread(values) for name, values in found.items()},
            "load": spread(loads),
            "kinds": {kind: spread(values) for kind, values in kinds.items()},
        }

    def _answered(self, response: Response) -> None:
        if response.request.method == "POST" and response.url.endswith(EDIT):
            told = response.headers["server-timing"]
            self.server.append(float(told.partition("dur=")[2]))

    def _load(self, here: Site) -> float:
        began = time.perf_counter()
        self.page.goto(here.path)
        self.page.wait_for_selector("#flow[data-settled=true]")
        spent = (time.perf_counter() - began) * 1000
        self._rest()
        return spent

    def _edit(self, kind: str) -> dict[str, float]:
        act = self._prepared(kind)
        self.page.evaluate(_BEGIN)
        self.server.clear()
        before, process = self._spent(), self._renderer()
        began = time.perf_counter()
        act()
        wall = self.page.evaluate("() => window.measured")
        after, processed = self._spent(), self._renderer()
        self.page.wait_for_function(_QUIET)
        checked = (time.perf_counter() - began) * 1000
        self._rest()
        page, server = after["TaskDuration"] - before["TaskDuration"], sum(self.server)
        return {
            "page_and_server": page + server,
            "page": page,
            "script": after["ScriptDuration"] - before["ScriptDuration"],
            "style": after["RecalcStyleDuration"] - before["RecalcStyleDuration"],
            "layout": after["LayoutDuration"] - before["LayoutDuration"],
            "server": server,
            "renderer": processed - process,
            "later_page": self._spent()["TaskDuration"] - after["TaskDuration"],
            "wall": wall,
            "problems_wall": checked,
        }

    def _prepared(self, kind: str) -> Callable[[], None]:
        """What is about to be done, with everything before the last key done already."""
        page = self.page
        if kind == "insert":
            # In the middle, so that half of the drawing moves.
            pluses = page.locator("#drawing button[data-insert^='after:']")
            pluses.nth(pluses.count() // 2).click()
            page.fill("#picker input[role=combobox]", "wait")
            self._rest()
            return lambda: page.keyboard.press("Enter")
        if kind == "note":
            page.locator("#inspector [name=note]").fill("Why we wait.")
            return lambda: page.keyboard.press("Tab")
        chosen = page.locator("#drawing button[aria-pressed=true]").first
        chosen.focus()
        keys = {"duplicate": "Control+d", "up": "Alt+ArrowUp", "delete": "Delete"}
        key = keys.get(kind, "Control+z")
        return lambda: page.keyboard.press(key)

    def _rest(self) -> None:
        self.page.wait_for_timeout(_REST_MS)

    def _spent(self) -> dict[str, float]:
        """Milliseconds of the main thread so far, by what for."""
        told = self.cdp.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] * 1000 for one in told}

    def _renderer(self) -> float:
        """Milliseconds of all threads of the page's process so far."""
        told = self.system.send("SystemInfo.getProcessInfo")["processInfo"]
        spent: float = max(one["cpuTime"] for one in told if one["type"] == "renderer")
        return spent * 1000
