"""Messages on the site, as visitors of the storefront and of a strict foreign shop see them."""

import json
import re
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from engine.public import script
from tests.browser.looks import axe
from tests.browser.shopping import forward, letters_to

TENT, STOVE = "Kuppelzelt Kar 2", "Gaskocher"
POPUP = "[data-headrace=popup] dialog"
BANNER = "[data-headrace=banner] section"

STRICT = (
    "default-src 'none'; script-src {demo} 'nonce-n'; connect-src {demo}; img-src {demo};"
    " style-src 'nonce-n'; require-trusted-types-for 'script'; trusted-types headrace"
)
SHOP = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Foreign shop</title>
<style nonce="n">* {{ font: 40px serif !important; color: red }}
dialog {{ display: none !important }}</style>
<body><main><h1>Foreign shop</h1><a href="/other" id="other">Other</a>
<a href="{demo}/demo/shop" id="leave">Away</a>
<p id="far">tall</p><div data-headrace-block="for_you"></div></main>
<script nonce="n">document.getElementById("far").style.height = "3000px"</script>
<script src="{demo}/s.js" data-key="demo-browser"></script></html>"""


SCROLLED = """(to) => new Promise((done) => {
  if (Math.abs(scrollY - to) < 1) return done();
  addEventListener("scroll", () => requestAnimationFrame(done), { once: true });
  scrollTo(0, to);
})"""
NOTED = """
const { fetch } = window;
window.fetch = (url, given = {}) => {
  if (given.body)
    localStorage.noted = JSON.stringify([...JSON.parse(localStorage.noted || "[]"), given.body]);
  return fetch(url, given);
};
"""


class _Shop(BaseHTTPRequestHandler):
    def __init__(self, demo: str, *args) -> None:
        self.demo = demo
        super().__init__(*args)

    def do_GET(self) -> None:
        body = SHOP.format(demo=self.demo).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", STRICT.format(demo=self.demo))
        self.end_headers()
        self.wfile.write(body if self.path != "/favicon.ico" else b"")

    def log_message(self, *_words) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def foreign_shop(demo) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, demo)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def look_at(page, name: str) -> None:
    """Open a product's page as a visitor does."""
    page.goto("/demo/shop")
    with page.expect_response("**/v1/track"):
        page.get_by_role("link", name=name).first.click()


def until(page, selector: str) -> None:
    """Load the page anew until the worker has come to the message."""
    for _ in range(60):
        with page.expect_response("**/v1/onsite?*"):
            page.reload()
        if page.locator(selector).count():
            return
    raise AssertionError(f"{selector} never came")


def told(page, act: str):
    """Wait until the page has told what the visitor did with a message."""
    return page.expect_response(
        lambda answer: answer.url.endswith("/v1/onsite") and act in (answer.request.post_data or "")
    )


def leave(page) -> None:
    page.mouse.move(300, 200)
    page.mouse.move(300, 2)
    page.evaluate(
        "document.documentElement.dispatchEvent(new MouseEvent('mouseleave', {clientY: -1}))"
    )


def test_leaving_shows_what_is_viewed_now_and_its_answer_becomes_a_contact(open_page) -> None:
    """Focus, Escape and thanks as people expect them; the question comes by mail."""
    page = open_page()
    look_at(page, TENT)
    until(page, BANNER)
    assert TENT in page.locator(BANNER).inner_text()
    look_at(page, STOVE)
    page.get_by_role("link", name="Zum Inhalt").focus()

    leave(page)

    popup = page.locator(POPUP)
    popup.wait_for()
    assert STOVE in popup.get_by_role("heading").inner_text(), "what is viewed now, not at first"
    assert axe(page) == []
    stops = []
    for _ in range(12):
        stops.append(page.evaluate("document.activeElement.shadowRoot?.activeElement?.tagName"))
        page.keyboard.press("Tab")
    assert stops[0] == "BUTTON", "the way out comes first"
    assert set(stops) == {"BUTTON", "INPUT"}, "nothing behind is reached"
    popup.get_by_label("E-Mail-Adresse").fill("vera@example.com")
    popup.get_by_label("Ja, schreibt mir per E-Mail").check()
    popup.get_by_role("button", name="Bescheid geben lassen").click()
    popup.get_by_role("status").get_by_text("bestätigst du deine Adresse").wait_for()
    with told(page, "closed"):
        page.keyboard.press("Escape")
    popup.wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt"
    leave(page)
    assert popup.count() == 0, "seen once"
    forward(page, "+ 1 hour")
    assert len(letters_to(page, "vera@")) == 1


def test_what_was_closed_stays_closed(open_page) -> None:
    page = open_page()
    look_at(page, TENT)
    until(page, BANNER)

    with told(page, "closed"):
        page.locator(BANNER).get_by_role("button", name="Schließen").click()

    for _ in range(2):
        with page.expect_response("**/v1/onsite?*"):
            page.reload()
        assert page.locator(BANNER).count() == 0
    with page.expect_response("**/v1/onsite?*") as asked:
        page.evaluate("sessionStorage.clear(); void headrace.ask()")
    assert "banner" not in {one["surface"] for one in asked.value.json()["messages"]}


def test_a_popup_that_was_fetched_is_not_spent(open_page) -> None:
    page = open_page()
    look_at(page, TENT)
    until(page, BANNER)
    for _ in range(3):
        with page.expect_response("**/v1/onsite?*"):
            page.reload()
    with told(page, "shown"):
        leave(page)
    page.locator(POPUP).wait_for()


def test_a_block_shows_what_suits_this_visitor(open_page) -> None:
    page = open_page()
    for name in (TENT, STOVE):
        look_at(page, name)
    page.goto("/demo/shop")
    until(page, "[data-headrace=block]")
    block = page.locator("[data-headrace-block=for_you]")
    assert block.get_by_role("listitem").count() == 4
    assert axe(page) == []


def test_a_strict_shop_s_style_and_policy_hold_and_so_do_ours(open_page, foreign_shop) -> None:
    """No style comes in or gets out; nothing that the policy forbids is tried."""
    page = open_page()
    page.goto(foreign_shop)
    for product in ("tent-2p", "stove"):
        with page.expect_response("**/v1/track"):
            page.evaluate("(item) => void headrace.track('view_item', {item})", product)
    until(page, BANNER)
    banner = page.locator(BANNER)
    assert banner.evaluate("one => getComputedStyle(one).fontSize") == "16px"
    assert banner.evaluate("one => getComputedStyle(one).color") != "rgb(255, 0, 0)"
    assert page.locator("h1").evaluate("one => getComputedStyle(one).fontSize") == "40px"
    with told(page, "shown"):
        leave(page)
    popup = page.locator(POPUP)
    popup.wait_for()
    box = popup.locator(".box").first.evaluate("one => getComputedStyle(one).display")
    assert box == "flex", "the message's own style"
    until(page, "[data-headrace=block]")


def test_a_touch_screen_s_visitor_leaves_by_scrolling_up(open_page, foreign_shop) -> None:
    page = open_page(390, 800, has_touch=True, is_mobile=True)
    page.goto(foreign_shop)
    with page.expect_response("**/v1/track"):
        page.evaluate("() => void headrace.track('view_item', {item: 'tent-2p'})")
    until(page, BANNER)
    page.evaluate(SCROLLED, 2000)
    assert page.locator(POPUP).count() == 0

    page.evaluate(SCROLLED, 0)

    page.locator(POPUP).wait_for()


def test_one_banner_at_a_time_and_the_newest_first(open_page) -> None:
    """What a wish led to stands before what a look led to, which comes when it is closed."""
    page = open_page()
    look_at(page, TENT)
    until(page, BANNER)
    page.get_by_role("button", name="Merken").click()
    until(page, "[data-headrace-message=push_prompt]")
    banners = page.locator(BANNER)
    assert banners.count() == 1
    assert axe(page) == []

    banners.get_by_role("button", name="Nein danke").click()

    banners.get_by_text("Zuletzt angesehen").wait_for()
    assert banners.count() == 1


FORM = """<div role="dialog" aria-labelledby="t"><h2 id="t">Texts?</h2><form>
<label>Phone <input name="phone" type="tel" required></label>
<label><input name="consent" type="checkbox" value="sms"> Text me</label>
<button type="submit">Go</button>
<template data-headrace-thanks><h2>All set</h2></template></form></div>"""


def test_a_number_is_confirmed_by_its_code_on_the_page(open_page, foreign_shop, demo) -> None:
    """The form asks for the code that was sent to the number, under the strictest policy; a wrong
    one is said to be wrong.
    """
    page = open_page()
    form = {"id": 2**40, "surface": "popup", "message": "texts", "html": FORM}
    page.route("**/v1/onsite?*", lambda route: route.fulfill(json={"messages": [form]}))
    page.goto(foreign_shop)
    popup = page.locator(POPUP)
    popup.get_by_label("Phone").fill("0151 23456789")
    popup.get_by_label("Text me").check()
    popup.get_by_role("button", name="Go").click()
    field = popup.get_by_label("Code from the text message")
    field.fill("000 000")
    assert axe(page) == []
    popup.get_by_role("button", name="Confirm").click()
    popup.get_by_role("alert").wait_for()
    field.fill(_code_sent_to(page, demo, "+4915123456789"))
    popup.get_by_role("button", name="Confirm").click()
    popup.get_by_role("status").get_by_text("All set").wait_for()


def _code_sent_to(page, demo: str, number: str) -> str:
    for _ in range(500):
        for letter in page.request.get(f"{demo}/demo/inbox.json").json():
            if letter["to"] == number:
                return re.findall(r"\d{6}", letter["text"])[0]
    raise AssertionError("no code ever came")


def test_a_page_tells_how_long_and_how_far_it_was_looked_at(open_page, foreign_shop) -> None:
    page = open_page()
    page.add_init_script(NOTED)
    page.goto(foreign_shop)
    page.evaluate(SCROLLED, 0)
    page.evaluate("headrace.track('view_item', {item: 'tent-2p', name: 'Tent'})")
    page.click("#other")
    page.wait_for_url("**/other")
    page.evaluate(SCROLLED, 4000)
    page.click("#leave")
    page.wait_for_url("**/demo/shop")
    page.goto(foreign_shop + "/again")
    calls = [json.loads(one) for one in page.evaluate("JSON.parse(localStorage.noted)")]
    left = [one for one in calls if str(one.get("event")).startswith("leave")]
    names = [one["event"] for one in left]
    assert names[:3] == ["leave_page", "leave_page", "leave_site"]
    first, second, site = (one["properties"] for one in left[:3])
    assert first["item"] == "tent-2p"
    assert "name" not in first
    assert first["scroll_depth"] < 60
    assert second["scroll_depth"] == 100
    assert "item" not in second
    assert site["pages"] == 2
    assert site["time_on_site"] >= site["time_on_page"] >= 0


def test_the_script_stays_small() -> None:
    """It is on every page of a shop."""
    assert len(script.compressed()) < 6 * 1024
