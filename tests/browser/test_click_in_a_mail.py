"""From a mail to the shop: who clicks is known there, in a browser that nobody has seen before."""

from __future__ import annotations

from tests.browser.shopping import done_by, forward, letters_to, tent_in_the_cart

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
"""Chromium without a screen calls itself a machine, and would be one."""


def test_a_fresh_browser_is_known_by_a_click(open_page) -> None:
    """Ada's click in a mail opens the shop in a browser that knows nobody; what she looks at there
    starts browse abandonment for her.
    """
    page = open_page()
    tent_in_the_cart(page)
    page.goto("/demo/shop/cart")
    page.get_by_role("button", name="Zur Kasse").click()
    page.get_by_role("button", name="Weiter zum Versand").click()
    page.get_by_role("button", name="Weiter zur Zahlung").click()
    page.get_by_role("button", name="Zahlungspflichtig bestellen").click()
    page.get_by_role("heading", name="Danke, Ada!").wait_for()
    forward(page, "+ 1 hour")
    assert letters_to(page, "ada@")
    mail = page.frame_locator(".frame iframe")
    links = mail.locator("a[href*='/c/']").evaluate_all("all => all.map(one => one.href)")
    assert not _browses(page)

    fresh = open_page(user_agent=AGENT)
    fresh.goto(links[0])
    fresh.wait_for_url(lambda url: "/demo/shop" in url and "headrace=" not in url)
    fresh.goto("/demo/shop")
    shelf = fresh.locator("a[href*='/demo/shop/p/']").evaluate_all("all => all.map(a => a.href)")
    for product in list(dict.fromkeys(shelf))[:3]:
        fresh.goto(product)
        fresh.locator("article.product").wait_for()
    fresh.goto("/demo/shop")

    forward(page, "+ 1 hour")
    assert "click_email" in done_by(page, "ada")
    assert _browses(page)


def _browses(page) -> bool:
    """Whether Ada has entered browse abandonment; a page says of an entry that it was skipped."""
    page.goto("/customers/ada")
    lines = page.locator("main").inner_text().splitlines()
    return any("Browse abandonment" in line and "skipped" not in line for line in lines)
