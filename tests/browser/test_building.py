"""A flow made from nothing, by somebody who sees the page for the first time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from dsl.printing.formatting import format_text
from editor.demo.shop import own_shop
from engine.clock import SystemClock
from tests.browser.conftest import ROOT, running_demo
from tests.browser.hands import draft, focused, plus, settled
from tests.browser.shopping import forward, letters_to, tent_in_the_cart

CART = (ROOT / "flows" / "cart.flow").read_text(encoding="utf-8")
FIRST, NEXT = "flow abandoned_cart", "# One question, and every answer leads somewhere."
TESTS = CART[CART.index("\ntest ") : CART.index(NEXT)].rstrip() + "\n"


def example() -> str:
    """The flow that is to come out: the shop's own, without the comments behind its lines."""
    flow = CART[CART.index(FIRST) : CART.index("\ntest ")]
    return format_text(re.sub(r"  # .*", "", flow)).text


@pytest.fixture
def demo(tmp_path) -> Iterator[str]:
    """A demo whose shop never had the flow."""
    cart = own_shop(tmp_path, SystemClock().now()) / "cart.flow"
    cart.write_text(CART[CART.index(NEXT) :], encoding="utf-8")
    with running_demo(tmp_path) as address:
        yield address


class Hand:
    """What one does with the mouse; text is typed into the field that was clicked."""

    def __init__(self, page) -> None:
        self.page = page
        self.form = page.locator("#inspector form")

    def press(self, target) -> None:
        target.click()

    def write(self, name: str, text: str) -> None:
        """Type into a field."""
        field = self.field(name)
        self.press(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        settled(self.page)

    def choose(self, name: str, value: str) -> None:
        self.select(self.field(name), value)

    def select(self, field, value: str) -> None:
        field.select_option(value)
        settled(self.page)

    def take(self, name: str, value: str) -> None:
        """One of the names that a field suggests."""
        self.press(self.field(name))
        self.press(self.page.locator(f'#suggested [data-value="{value}"]'))
        settled(self.page)

    def act(self, name: str) -> None:
        button = self.page.locator(f'[data-act="{name}"]')
        button.wait_for(state="attached")
        for fold in self.page.locator("#inspector details", has=button).all():
            if fold.get_attribute("open") is None:
                self.press(fold.locator("> summary"))
        self.press(button)
        settled(self.page)

    def unfold(self, name: str) -> None:
        """Open the builder that a field is a part of."""
        field = self.field(name)
        field.wait_for(state="attached")
        within = self.page.locator(f'[name="{name}"]')
        for fold in self.page.locator("#inspector details.builder", has=within).all():
            if fold.get_attribute("open") is None:
                self.press(fold.locator("> summary"))

    def channels(self, words: list[str]) -> None:
        """The channels of a message, one after the other."""
        for n, word in enumerate(words):
            self.select(self.page.locator("[data-order=channels] select").nth(n), word)

    def field(self, name: str):
        return self.form.locator(f'[name="{name}"]')

    def insert(self, at: str, kind: str) -> str:
        self.press(plus(self.page, at))
        self.pick(kind)
        settled(self.page)
        chosen = self.page.locator("#drawing [aria-pressed=true]")
        identity = chosen.get_attribute("data-step")
        self.page.locator(f'#inspector form[data-step="{identity}"]').wait_for()
        return identity

    def pick(self, kind: str) -> None:
        self.press(self.page.locator(f'#picker [data-choice="{kind}"]'))


class Keys(Hand):
    """The same without a mouse."""

    def press(self, target) -> None:
        self.reach(target)
        if not target.get_attribute("contenteditable"):
            self.page.keyboard.press("Enter")

    def reach(self, target) -> None:
        """Tab until the focus is there, the shorter way."""
        target.wait_for()
        where = """one => {
          const at = document.activeElement;
          if (one === at) return "";
          const ahead = at.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
          return ahead ? "Tab" : "Shift+Tab";
        }"""
        for _ in range(400):
            key = target.evaluate(where)
            if not key:
                return
            self.page.keyboard.press(key)
        pytest.fail(f"no way by Tab to {target}")

    def insert(self, at: str, kind: str) -> str:
        if ":" in at:
            self.walk(at.split(":")[1])
        return super().insert(at, kind)

    def walk(self, identity: str) -> None:
        """Go to a step by the arrows."""
        self.reach(self.page.locator('#drawing button[data-step][tabindex="0"]'))
        for key in ["ArrowUp"] * 30 + ["ArrowDown"] * 30:
            if focused(self.page) == identity:
                return
            self.page.keyboard.press(key)
        pytest.fail(f"no way by arrows to {identity}")

    def write(self, name: str, text: str) -> None:
        self.reach(self.field(name))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        settled(self.page)

    def select(self, field, value: str) -> None:
        self.reach(field)
        places = "(one, value) => [...one.options].findIndex((o) => o.value === value)"
        there, now = field.evaluate(places, value), field.evaluate("one => one.selectedIndex")
        for _ in range(abs(there - now)):
            self.page.keyboard.press("ArrowDown" if there > now else "ArrowUp")
        assert field.input_value() == value
        settled(self.page)

    def take(self, name: str, value: str) -> None:
        self.reach(self.field(name))
        self.page.keyboard.press("ArrowDown")
        row = self.page.locator(f'#suggested [data-value="{value}"]')
        row.wait_for()
        for _ in range(200):
            if row.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        settled(self.page)

    def pick(self, kind: str) -> None:
        row = self.page.locator(f'#picker [data-choice="{kind}"]')
        row.wait_for()
        for _ in range(50):
            if row.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


def build(hand: Hand) -> None:
    hand.write("title", "Abandoned cart")
    hand.choose("enter.how", "when")
    hand.unfold("enter.happenings.1.event")
    hand.take("enter.happenings.1.event", "add_to_cart")
    hand.choose("enter.happenings.1.where.kind", "comparison")
    hand.choose("enter.happenings.1.where.comparison", ">=")
    hand.take("enter.happenings.1.where.left.path", "value")
    hand.write("enter.happenings.1.where.right", "20")
    hand.act("headers.add.about")
    hand.write("about", "Brings people back to a cart they left, by whatever channel they allow.")
    hand.act("headers.add.only_if")
    hand.unfold("only_if.condition.what")
    hand.act("only_if.condition.or")
    hand.choose("only_if.condition.conditions.2.what", "push")
    hand.act("headers.add.re_enter")
    hand.act("headers.add.exit_when")
    hand.unfold("exit_when.happenings.1.event")
    hand.act("exit_when.happenings.add.event")
    hand.take("exit_when.happenings.2.event", "begin_checkout")
    hand.act("headers.add.exit_if")
    hand.act("headers.add.goal")
    hand.write("goal.amount", "5")
    hand.act("headers.add.holdout")

    hand.insert("first", "wait")
    hand.write("amount", "1")
    hand.choose("unit", "hour")
    hand.insert("after:wait_1_hour", "send")
    hand.take("message", "cart_reminder")
    hand.write("label", "first_touch")
    hand.write("subject", "{{ customer.first_name | default: 'Hallo' }}, dein Warenkorb wartet")
    hand.act("options.add.products")
    hand.choose("options.2.strategy", "bought_with_cart")
    hand.choose("options.2.filling.strategy", "bestsellers")
    hand.insert("after:first_touch", "if")
    hand.unfold("condition.left.path")
    hand.take("condition.left.path", "cart.value")
    hand.write("condition.right", "300")
    hand.insert("into:if_cart_value_300:0", "notify")
    hand.choose("staff", "sales")
    hand.take("message", "cart_alert")
    hand.insert("after:if_cart_value_300", "wait_for")
    hand.unfold("happenings.1.event")
    hand.take("happenings.1.event", "click_email")
    hand.take("happenings.1.of", "first_touch")
    identity = hand.page.locator("#drawing [aria-pressed=true]").get_attribute("data-step")
    hand.act("add_else")
    hand.insert(f"into:{identity}:0", "add_tag")
    hand.write("tag", "cart:warm")
    hand.insert(f"into:{identity}:else", "send")
    hand.channels(["push", "sms"])
    hand.take("message", "cart_nudge")
    hand.insert(f"after:{identity}", "wait_until")
    hand.write("at", "18:00")
    hand.insert("after:wait_until_18_00", "experiment")
    hand.write("name", "last_call")
    hand.write("title", "Discount or service?")
    hand.write("arms.1.label", "discount")
    hand.write("arms.2.label", "service")
    hand.insert("into:last_call:0", "give_coupon")
    hand.choose("coupon", "comeback")
    hand.insert("after:give_coupon_comeback", "send")
    hand.take("message", "cart_discount")
    hand.insert("into:last_call:1", "send")
    hand.take("message", "cart_help")


@pytest.mark.skipif(
    not os.environ.get("HEADRACE_BROWSER"),
    reason="some hundred keys and clicks: `make test-browser`",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("hand_of", [Hand, Keys])
def test_the_cart_flow_is_built_from_nothing(open_page, hand_of: type[Hand]) -> None:
    """With the mouse alone, or by keys alone, the shop's flow comes out; its tests pass, and once
    it is published a cart that stays becomes a mail.
    """
    page = open_page(width=1400)
    page.set_default_timeout(30_000)
    page.goto("/flows/new")
    page.keyboard.type("Abandoned cart")
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows/abandoned_cart")
    settled(page)
    page.locator("#inspector form").wait_for()
    hand = hand_of(page)

    build(hand)

    assert draft(page) == example()
    hand.press(page.locator("#text .cm-content"))
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(TESTS)
    settled(page)
    page.locator("#tests [data-outcome=passed]").first.wait_for()
    outcomes = page.locator("#tests [data-test]").evaluate_all(
        "all => all.map(one => one.dataset.outcome)"
    )
    assert outcomes == ["passed"] * TESTS.count("\ntest ")

    page.set_default_timeout(60_000)  # every message of the shop is rendered on the way
    hand.press(page.locator('button[data-do="publish"]'))
    page.wait_for_url("**/flows/abandoned_cart/publish")
    hand.press(page.locator('button[data-do="publish"]'))
    page.locator('#published [data-flow="abandoned_cart"][data-version="1"]').wait_for()
    tent_in_the_cart(page)
    assert letters_to(page, "ada@") == []
    forward(page, "Forward one hour")
    assert letters_to(page, "ada@") == ["Ada, dein Warenkorb wartet"]
