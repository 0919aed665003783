"""Trying a flow in the page: by clicks alone, over a restart of the server, kept as a test."""

import signal
from pathlib import Path

import pytest

from tests.browser.conftest import started
from tests.browser.looks import axe, faults

KEY = "Basic ZGVtbzo="  # the key of the demo's server
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


def test_clicks_write_a_test_that_outlives_the_server(chromium, tmp_path: Path) -> None:
    """From the start to the last message by clicks, with the server killed in between: the page
    says so and goes on; what was clicked is kept as a test of the draft and passes there.
    """
    words = ("demo", "--data", str(tmp_path))
    server, address = started(*words, "--port", "0")
    port = address.rpartition(":")[2]
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    context.set_default_timeout(45_000)  # a demo has just been started beside it
    expect.set_options(timeout=20_000)
    page = context.new_page()
    try:
        page.goto("/flows/cart_question")
        page.wait_for_selector("#flow[data-settled=true]")
        page.locator("button[data-do=try]").click()
        page.locator("#try [data-play^=add_to_cart]").first.click()
        expect(page.locator('#drawing [data-tried-here][data-step="wait_4_days"]')).to_be_visible()
        page.locator("#try [data-part=who]").select_option("real")
        page.locator("#try [data-part=find]").fill("ada")
        page.locator("#try [data-customer]").first.click()
        expect(page.locator("#try [data-part=text]")).to_contain_text("start at 2026-")
        page.locator("#try [data-part=who]").select_option("0")
        page.locator("#try [data-play^=add_to_cart]").first.click()
        expect(page.locator('#drawing [data-tried-here][data-step="wait_4_days"]')).to_be_visible()
        assert [one for one in faults(page) if ".plus" not in one] == []
        assert axe(page) == []
        server.send_signal(signal.SIGKILL)
        server.wait()
        page.locator("#try [data-pass=next]").click()
        expect(page.locator("#try [data-part=away]")).to_contain_text("goes on by itself")
        server, _address = started(*words, "--port", port)
        expect(page.locator("#try [data-part=away]")).to_be_hidden()
        expect(page.locator("#try .look h3")).not_to_be_empty()
        page.locator('#try [data-play*="price"]').first.click()
        expect(page.locator('#drawing [data-tried-here][data-step="end"]')).to_be_visible()
        expect(page.locator("#try .look iframe")).to_be_visible()
        expect(page.locator("#try [data-part=holds]")).to_have_text("It passes")
        page.locator("#try [data-part=keep]").click()
        page.keyboard.press("Escape")
        title = "Says why the cart stayed: cart answer price"
        expect(page.locator(f'#tests [data-test="{title}"]')).to_have_attribute(
            "data-outcome", "passed"
        )
        page.locator(f'#tests [data-test="{title}"] .test-play').click()
        expect(page.locator("#try [data-part=title]")).to_have_text(title)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(page.locator('#drawing [data-tried-here][data-step="wait_4_days"]')).to_be_visible()
        page.keyboard.press("Escape")
        with page.expect_download() as taken:
            page.locator("button[data-do=png]").click()
        assert Path(taken.value.path()).read_bytes().startswith(b"\x89PNG")
        # Reading the history outlives the server, too.
        reading = context.new_page()
        reading.goto("/flows/cart_question/versions")
        server.send_signal(signal.SIGKILL)
        server.wait()
        reading.locator('select[name="new"]').select_option("1")
        expect(reading.locator("#away")).to_be_visible()
        expect(page.locator("#status")).to_contain_text("numbers stand still")
        server, _address = started(*words, "--port", port)
        expect(reading.locator("#away")).to_be_hidden()
        expect(reading.locator("#comparison")).to_contain_text("Both say the same.")
        # Who is where comes by itself, into the badge of the step, and behind it stand the people.
        track = {"userId": "ada", "event": "add_to_cart", "properties": {"value": 59}}
        told = page.request.post("/v1/track", data=track, headers={"Authorization": KEY})
        assert told.ok
        badge = page.locator('#drawing [data-step="wait_4_days"] .badge')
        expect(badge).to_have_text("1")
        badge.click()
        expect(page.locator("tr[data-customer]")).to_have_count(1)
    finally:
        context.close()
        server.terminate()
        server.communicate(timeout=30)
