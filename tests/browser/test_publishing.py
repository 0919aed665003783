"""From the tools of the flow page to a version that runs, and back to an older one."""

import re


def _wait_for_the_page(page) -> None:
    page.locator("#flow[data-settled=true]").wait_for()


def _type_hours(page, old: str, new: str) -> None:
    """Change a line of the text by hand."""
    line = page.locator("#text .cm-line", has_text=re.compile(rf"^\s*{old}$")).first
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.type(new)
    page.locator("#flow[data-settled=true][data-document-state=unsaved]").wait_for()


def test_a_flow_is_published_from_its_page_and_taken_back(open_page) -> None:
    """Publish saves, says what changes and how the tests went, and makes a version; a version that
    is restored is a draft.
    """
    page = open_page()
    page.set_default_timeout(60_000)  # every message of the shop is rendered on the way
    page.goto("/flows/abandoned_cart")
    _wait_for_the_page(page)
    _type_hours(page, "wait 1 hour", "wait 2 hours")
    page.locator('button[data-do="publish"]').click()
    page.wait_for_url("**/flows/abandoned_cart/publish")
    card = page.locator('[data-flow="abandoned_cart"][data-state="changed"]')
    assert "version 1 becomes 2" in card.inner_text()
    assert "saved by you" in card.inner_text()
    assert card.locator('[data-change="changed"]').inner_text().endswith("before: Wait 1 hour")
    assert page.locator('#tests [data-outcome="failed"]').count() > 0
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
    page.locator('button[data-do="publish"]').click()
    page.locator('#published[data-commit-outcome="committed"]').wait_for()
    assert page.locator('[data-flow="abandoned_cart"][data-version="2"]').count() == 1

    page.get_by_role("link", name="Versions").click()
    page.locator("#versions").wait_for()
    page.locator('select[name="old"]').select_option("1")
    page.locator('#comparison [data-change="removed"]').wait_for()
    assert page.locator("#comparison [data-change=removed] code").inner_text().strip() == (
        "wait 1 hour"
    )
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="Restore version 1").click()
    page.wait_for_url("**/flows/abandoned_cart")
    page.locator("#flow[data-document-state=unsaved]").wait_for()
    _wait_for_the_page(page)
    assert page.locator("#text .cm-line", has_text="wait 1 hour").count() > 0


def test_a_broken_flow_is_not_published(open_page) -> None:
    """The error is told with its place, a link leads back, and there is no button."""
    page = open_page()
    page.set_default_timeout(60_000)  # every message of the shop is rendered on the way
    page.goto("/flows/welcome")
    _wait_for_the_page(page)
    _type_hours(page, "wait 2 days", "wobble 2 days")
    page.locator('button[data-do="publish"]').click()
    page.wait_for_url("**/flows/welcome/publish")
    assert "wobble" in page.locator("#problems").inner_text()
    assert page.locator('button[data-do="publish"]').count() == 0
    page.get_by_role("link", name="Back to the flow").click()
    page.wait_for_url("**/flows/welcome")
