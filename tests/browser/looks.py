"""Looks at every page in every state, and tells what an eye would find a fault.

    python -m tests.browser.looks [--out FOLDER] [--only TEXT]

writes a picture of each and prints the faults; the exit code is 1 where there are any. `--help`
tells how to look at fewer of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.browser import shops
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.scenes import SCENES, Scene

HERE = Path(__file__).parent
FAULTS = (HERE / "faults.js").read_text("utf-8")
SHIFTS = (HERE / "shifts.js").read_text("utf-8")
FOREIGN = ("iframe",)
"""What is not ours to draw: mails, as their readers see them."""
HEIGHTS = {320: 640, 768: 1024, 1280: 800}
AXE = """async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `axe ${id}: ${node.html.slice(0, 160)}`));
}"""


class Way(NamedTuple):
    """How a page is looked at."""

    width: int = 1280
    scheme: str = "light"
    language: str = "en"
    zoom: int = 1

    @property
    def name(self) -> str:
        zoomed = f"-{self.zoom}00" if self.zoom > 1 else ""
        return f"{self.width}-{self.scheme}-{self.language}{zoomed}"


EVERY_WAY = tuple(
    Way(width, scheme, language, zoom)
    for language in ("en", "de", "qps")
    for scheme in ("light", "dark")
    for width, zoom in ((320, 1), (768, 1), (1280, 1), (1280, 2))
)


class Eye:
    """A browser at two servers: the demo, and one with people who sign in."""

    def __init__(self, browser: Any, demo: shops.Shop, house: shops.Shop) -> None:
        self.browser = browser
        self.shops = {"demo": demo, "house": house}
        self._kept: dict[tuple[str, str, str], Any] = {}

    @contextmanager
    def page(self, scene: Scene, way: Way) -> Iterator[Any]:
        """A window of this width at the scene, made ready."""
        shop = self.shops[scene.shop]
        context = self.browser.new_context(
            viewport={
                "width": way.width // way.zoom,
                "height": HEIGHTS.get(way.width, 800) // way.zoom,
            },
            device_scale_factor=way.zoom,
            base_url=shop.address,
            color_scheme=way.scheme,
            reduced_motion="reduce",
            storage_state=self._session(scene, way.language),
        )
        context.set_default_timeout(15_000)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        try:
            scene.show(page, shop)
            yield page
        finally:
            context.close()

    def _session(self, scene: Scene, language: str) -> Any:
        """Signed in as the scene wants it, in the language: once for all pages."""
        key = (scene.shop, scene.person, language)
        if key not in self._kept:
            shop = self.shops[scene.shop]
            context = self.browser.new_context(base_url=shop.address)
            if scene.person:
                shops.sign_in(context, scene.person)
            shops.speak(context, language, "/account" if scene.person else scene.quiet)
            self._kept[key] = context.storage_state()
            context.close()
        return self._kept[key]


def faults(page: Any) -> list[str]:
    """What is wrong with the page as it stands there."""
    found: list[str] = page.evaluate(FAULTS, list(FOREIGN))
    return found


def axe(page: Any) -> list[str]:
    """What axe-core finds in the page; that the pseudo-language is none it need not say."""
    import axe_playwright_python

    source = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(source.read_text("utf-8"))  # not as an element: the page forbids those
    found: list[str] = page.evaluate(AXE)
    return [one for one in found if one != 'axe html-lang-valid: <html lang="qps">']


@contextmanager
def eye() -> Iterator[Eye]:
    """A browser and both servers, for as long as one looks."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        shops.demo(Path(folder) / "demo") as demo,
        shops.house(Path(folder) / "house") as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Eye(browser, demo, house)
        browser.close()


def look(looking: Eye, scene: Scene, way: Way, given: argparse.Namespace) -> list[str]:
    """One picture and its faults; a scene that does not come about is a fault itself."""
    from playwright.sync_api import Error

    try:
        with looking.page(scene, way) as page:
            found = [] if given.quick else faults(page)
            found += axe(page) if given.axe else []
            if given.out:
                folder = given.out / way.name
                folder.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=folder / f"{scene.name}.png", full_page=True)
            return found
    except Error as error:
        return [f"not shown: {str(error).splitlines()[0]}"]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, help="Where the pictures go.")
    asked.add_argument("--only", default="", help="Scenes with this in their name.")
    asked.add_argument("--width", type=int)
    asked.add_argument("--scheme")
    asked.add_argument("--language")
    asked.add_argument("--zoom", type=int, help="1, or 2: enlarged to 200 %%.")
    asked.add_argument("--axe", action="store_true", help="Ask axe-core too.")
    asked.add_argument("--quick", action="store_true", help="Pictures without looking for faults.")
    given = asked.parse_args()
    ways = [
        way
        for way in EVERY_WAY
        if given.width in {None, way.width}
        and given.scheme in {None, way.scheme}
        and given.language in {None, way.language}
        and given.zoom in {None, way.zoom}
    ]
    wrong = seen = 0
    with eye() as looking:
        for way in ways:
            for scene in SCENES:
                if given.only not in scene.name:
                    continue
                seen += 1
                found = look(looking, scene, way, given)
                for one in found:
                    print(f"{way.name} {scene.name}: {one}", flush=True)
                wrong += len(found)
    print(f"{seen} looks, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
