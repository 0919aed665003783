"""`python -m tests.browser.pictures`: takes the pictures of the documentation from a demo."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, running_demo

IMAGES = ROOT / "docs" / "images"


def take() -> None:
    """Writes `docs/images/*.png`."""
    with (
        tempfile.TemporaryDirectory() as data,
        running_demo(Path(data)) as address,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(
            viewport={"width": 1360, "height": 850},
            base_url=address,
            color_scheme="light",
            reduced_motion="reduce",
            locale="en",
        )
        page = context.new_page()

        def settled() -> None:
            page.locator("#flow[data-settled=true]").wait_for(state="attached")
            page.locator("#tests [data-outcome]").first.wait_for()

        page.goto("/flows/abandoned_cart")
        settled()
        page.screenshot(path=IMAGES / "flow.png")
        page.locator('[data-step="first_touch"]').click()
        page.locator('#inspector form[data-step="first_touch"]').wait_for()
        page.screenshot(path=IMAGES / "editor-flow.png")
        page.locator('button[data-insert="after:wait_1_hour"]').click()
        page.locator("#picker [role=option]").first.wait_for()
        page.screenshot(path=IMAGES / "editor-picker.png")
        page.locator('#picker [data-choice="add_tag"]').click()
        page.locator("#changes [data-change=added]").wait_for()
        settled()
        page.locator('button[data-do="save"]').click()
        page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
        page.goto("/flows/abandoned_cart/publish")
        page.locator("main form button.button").first.wait_for()
        page.screenshot(path=IMAGES / "editor-publish.png")
        browser.close()


if __name__ == "__main__":
    take()
