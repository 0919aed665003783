"""The reports of a shop with a month behind it, seen in every way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editor.bench.reports import season
from editor.bench.site import EMAIL, PASSWORD, standing
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.looks import EVERY_WAY, SHIFTS, Way, axe, faults
from tests.browser.shops import speak

PATHS = {
    "shop": "/reports/shop",
    "shop-year": "/reports/shop?days=365",
    "flow": "/reports/flow/offers",
    "experiments": "/reports/experiments",
    "deliverability": "/reports/deliverability",
    "behaviour": "/reports/behaviour",
    "cohorts": "/reports/cohorts",
    "people": "/reports/people?kind=sent",
    "nobody": "/reports/people?kind=complained",
    "empty": "/reports/shop?from=2020-01-01&to=2020-01-31",
    "proposal": "/proposal",
}
FEW = (Way(320, "light", "de"), Way(1280, "dark", "en"))
WAYS = (
    [way for way in EVERY_WAY if way.language != "qps" and way.zoom == 1]
    if os.environ.get("HEADRACE_BROWSER")
    else FEW
)
PICTURES = os.environ.get("HEADRACE_PICTURES", "")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A shop whose month was lived through, and a proposal that waits."""
    from editor.documents.proposed import propose

    with season(240) as service:
        folder = service.flows_dir
        assert folder is not None
        with standing(service, folder) as here:
            text = (folder / "shop.flow").read_text("utf-8")
            changed = text.replace("  wait 1 day\n", '  wait 2 days\n  add tag "patient"\n')
            changed = changed.replace("  wait 2 hours\n  send email one as thank\n", "  go on\n")
            propose(service, folder, "shop.flow", changed)
            yield here


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_nothing_is_wrong_with_any_report(browser: Any, address: str, way: Way) -> None:
    """No text is cut off, nothing scrolls that should not, nothing is too small or too pale, and
    axe finds nothing: empty, small and full, in every width, scheme and language.
    """
    context = browser.new_context(
        viewport={"width": way.width, "height": 900}, base_url=address, color_scheme=way.scheme,
        reduced_motion="reduce",
    )  # fmt: skip
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/flows")
    speak(context, way.language, "/account")
    wrong: dict[str, list[str]] = {}
    for name, path in PATHS.items():
        page.goto(path)
        page.evaluate("() => document.fonts.ready")
        if found := [*faults(page), *axe(page)]:
            wrong[name] = found
        if PICTURES:
            place = Path(PICTURES) / way.name
            place.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=place / f"{name}.png", full_page=True)
    context.close()
    assert not wrong, wrong
