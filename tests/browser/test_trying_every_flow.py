"""Each example flow is tried in its page by clicks alone, from its start to its last message; the
test that was written is kept with one button, and `headrace test` says the same.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dsl import tree
from dsl.graph.graph import StepGraph
from dsl.project import load_project
from engine.lab.suite import Suite
from tests.browser.conftest import ENVIRONMENT, ROOT, VERB, running_demo
from tests.browser.hands import settled
from tests.browser.looks import axe, faults

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

NEXT = "next"
CLICKS: dict[str, tuple[int, list[str]]] = {
    "abandoned_cart": (0, ["add_to_cart"]),
    "abandoned_checkout": (0, ["begin_checkout"]),
    "after_registration": (0, ["sign_up"]),
    "after_the_trip": (0, []),
    "anniversary": (0, []),
    "back_in_stock": (0, ["product"]),
    "before_the_trip": (0, ["set customer (trip_on"]),
    "birthday": (0, []),
    "black_friday": (0, []),
    "browse_abandonment": (0, ["view_item"]),
    "cart_question": (0, ["add_to_cart", NEXT, 'cart_answer (reason: "trouble"']),
    "child_birthday": (0, []),
    "first_order_anniversary": (0, []),
    "for_you": (0, ["view_item"]),
    "low_stock": (0, ["product"]),
    "new_products": (0, []),
    "nurture_tents": (0, ["quiz_finished"]),
    "order_status": (0, ["purchase", "shipped", "delivered"]),
    "price_drop": (0, ["product"]),
    "push_prompt": (0, ["notify_me"]),
    "recommend_us": (0, ["start flow"]),
    "refill": (1, ["purchase"]),
    "review_request": (0, ["delivered"]),
    "reward_readers": (0, ["click_email"]),
    "search_abandonment": (0, []),
    "search_follow_up": (0, ["search"]),
    "site_abandonment": (0, ["leave_site"]),
    "sunset": (0, []),
    "survey_answered": (0, ['survey_finished (order_id: "o-1", score: 6)']),
    "thank_you": (0, ["purchase"]),
    "third_purchase": (0, ["purchase"]),
    "usage_tips": (1, ["delivered"]),
    "viewed_offer": (0, ["view_item"]),
    "vip_club": (0, ['purchase (order_id: "o-1", value: 1_400)']),
    "welcome": (0, ["subscribe"]),
    "win_back": (0, []),
    "win_back_campaign": (0, []),
    "wishlist": (0, ["add_to_wishlist"]),
}
"""Who is chosen (0: the invented customer) and which plays are clicked, by how they begin. What is
due is clicked after them, until the run is over.
"""
SHORT = ("back_in_stock", "birthday", "recommend_us", "win_back")
"""A product's, a date's, one by hand, a segment's."""
MOST = 16
LONG = bool(os.environ.get("HEADRACE_TRIED"))
FLOWS = sorted(CLICKS) if LONG else SHORT
LOOKS = [(320, "light", "de"), (1280, "dark", "de"), (820, "light", "en")]


class Shop(NamedTuple):
    """A demo, its folder of flows, and the tests that were kept there: flow and title."""

    address: str
    flows: Path
    kept: list[tuple[str, str]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("shop")
    with running_demo(data) as address:
        yield Shop(address, data / "flows", [])


def last_message(graph: StepGraph) -> str:
    """The step of the last message to the customer in the order of the text."""
    return [one.id for one in graph.nodes if isinstance(one.step, tree.Send | tree.Show)][-1]


def quiet(page) -> None:
    page.wait_for_selector("#try[aria-busy=false]")


def lit(page) -> set[str]:
    """The steps that the trial has passed."""
    return set(
        page.eval_on_selector_all(
            "#drawing [data-tried=passed][data-step]", "all => all.map((one) => one.dataset.step)"
        )
    )


def test_no_flow_is_forgotten() -> None:
    """Whoever adds an example flow says how it is tried."""
    assert sorted(load_project(ROOT / "flows").flows) == sorted(CLICKS)


@pytest.mark.parametrize("flow", FLOWS)
def test_clicks_lead_to_the_last_message(flow: str, chromium, shop: Shop) -> None:
    """Whoever only clicks sees the last message, and keeps a test that passes."""
    person, plays = CLICKS[flow]
    target = last_message(load_project(shop.flows).graphs[flow])
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, base_url=shop.address, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        page.goto(f"/flows/{flow}")
        settled(page)
        page.locator("button[data-do=try]").click()
        quiet(page)
        if person:
            page.locator("#try [data-part=who]").select_option(str(person))
            quiet(page)
        due = page.locator("#try [data-pass=next]")
        for play in plays:
            found = page.locator(f"#try [data-play^='{play}']").first
            (due if play == NEXT else found).click()
            quiet(page)
        for _ in range(MOST):
            over = page.locator("#drawing [data-tried-here][data-step=end]").count()
            if (over and target in lit(page)) or due.get_attribute("aria-disabled") == "true":
                break
            due.click()
            quiet(page)
        assert target in lit(page), page.locator("#try [data-part=came]").inner_text()
        expect(page.locator("#try [data-part=holds]")).to_have_text("It passes")
        written = page.locator("#try [data-part=text]").text_content().strip()
        page.locator("#try [data-part=keep]").click()
        page.keyboard.press("Escape")
        settled(page)
        page.locator("button[data-do=save]").first.click()
        page.wait_for_selector("#flow[data-document-state=saved]")
    finally:
        context.close()
    suite = Suite.read(shop.flows)
    title = written.partition('"')[2].partition('"')[0]
    (case,) = [one for one in suite.cases if one.test.title == title]
    assert written in Path(case.file).read_text("utf-8")
    assert case.test.flow == flow
    shop.kept.append((flow, title))


@pytest.mark.parametrize(("width", "scheme", "locale"), LOOKS if LONG else LOOKS[:2])
def test_an_eye_and_a_finger_find_nothing(
    width: int, scheme: str, locale: str, chromium, shop: Shop
) -> None:
    """By taps alone something is chosen that is not offered; nothing in the pane, nor among the
    versions, is cut off, too small, too pale, or unnamed.
    """
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, base_url=shop.address, color_scheme=scheme,
        locale=locale, has_touch=True, reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        page.goto("/flows/low_stock")
        settled(page)
        page.locator("button[data-do=try]").tap()
        quiet(page)
        page.locator("#try .try-more summary").tap()
        page.locator("#try select[name=what]").select_option("product")
        page.locator("#try [data-name=product]").select_option("stove")
        page.locator("#try [data-name=stock]").fill("3")
        page.locator("#try [data-part=compose] button").tap()
        quiet(page)
        assert "send_low_stock" in lit(page)
        expect(page.locator("#try [data-part=text]")).to_contain_text('product "stove" (stock: 3)')
        page.locator("#try select[name=what]").select_option("purchase")
        page.locator("#try select[name=when]").select_option("before")
        page.locator("#try [data-part=compose] button").tap()
        quiet(page)
        expect(page.locator("#try [data-part=text]")).to_contain_text("given 2 days ago purchase")
        assert [one for one in faults(page) if ".plus" not in one] == []
        assert axe(page) == []
        page.goto("/flows/low_stock/versions")
        assert faults(page) == []
        assert axe(page) == []
    finally:
        context.close()


def test_headrace_test_says_the_same(shop: Shop) -> None:
    """What was kept passes on the command line, each by its name."""
    told = subprocess.run(
        [*VERB, "test", "--format", "json", str(shop.flows)],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    passed = {(one["flow"], one["name"]) for one in json.loads(told.stdout)["tests"]
              if one["outcome"] == "passed"}  # fmt: skip
    assert shop.kept
    assert set(shop.kept) <= passed
