"""`data-consent="wait"`: a shop that asks first has nothing stored and nothing told before."""

from __future__ import annotations

from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "engine/public/s.js"
PAGE = """<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
<script src="https://h.example/s.js" data-key="page"{}></script></html>"""


def _open(chromium, wait: str):
    """A page of a shop, and what it tells us."""
    context = chromium.new_context()
    told: list[str] = []

    def answer(route) -> None:
        url = route.request.url
        if url.endswith("/s.js"):
            route.fulfill(body=SCRIPT.read_text("utf-8"), content_type="text/javascript")
        elif "h.example" in url:
            told.append(f"{url.split('?')[0]} {route.request.post_data or ''}")
            route.fulfill(json={"messages": []}, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fulfill(body=PAGE.format(wait), content_type="text/html")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto("https://shop.example/p/tent?a=1&headrace=T0K&b=2")
    return context, page, told


def test_nothing_before_consent(chromium) -> None:
    """Before the visitor agrees nothing is stored or told; then the page, and by which click it
    was reached; whoever takes it back is forgotten.
    """
    context, page, told = _open(chromium, ' data-consent="wait"')
    try:
        page.evaluate("headrace.track('view_item', {item: 'tent'})")
        page.evaluate("headrace.identify(null, {email: 'a@example.com'})")
        stored = "Object.keys(localStorage).length + Object.keys(sessionStorage).length"
        assert (page.evaluate(stored), page.evaluate("document.cookie"), told) == (0, "", [])
        assert page.url == "https://shop.example/p/tent?a=1&b=2"
        with page.expect_request("**/v1/page"):
            page.evaluate("headrace.consent(true)")
        assert page.evaluate("localStorage.length") == 1
        (reached,) = [one for one in told if "/v1/reached" in one]
        assert '"click":"T0K"' in reached
        page.evaluate("headrace.consent(false)")
        page.evaluate("headrace.track('view_item', {item: 'boots'})")
        assert page.evaluate(stored) == 0
        page.evaluate("fetch('/behind').then(() => 1)")  # whatever was sent before it is told now
        assert not [one for one in told if "boots" in one]
    finally:
        context.close()


def test_a_shop_that_does_not_wait(chromium) -> None:
    """Without the attribute the page is told at once, and how it was reached stays hidden."""
    context, page, told = _open(chromium, "")
    try:
        page.evaluate("headrace.track('view_item', {item: 'tent'})")
        for _ in range(100):
            if any("/v1/track" in one for one in told):
                break
            page.evaluate("new Promise(requestAnimationFrame)")
        assert [one for one in told if "/v1/page" in one]
        assert not [one for one in told if "headrace=" in one]
    finally:
        context.close()
