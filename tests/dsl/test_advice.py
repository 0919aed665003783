"""Advice and rules about the way through a flow: told where they help, and nowhere else."""

from __future__ import annotations

import pytest

from dsl.checks import advise, diagnose
from dsl.project import project_of

BASE = (
    "segment vip:\n  did purchase\n\nscore warmth:\n  +1 on login\n\n"
    'event ping "P":\n  kind text\n\n'
)


def codes(text: str) -> list[str]:
    return [one.code for one in diagnose(project_of(BASE + text))]


def cart(headers: str, steps: str = "wait 1 day\n  send email hello") -> list[str]:
    return codes(
        f"flow f:\n  enter when add_to_cart\n  {headers}\n"
        f"  goal purchase within 3 days\n\n  {steps}\n"
    )


@pytest.mark.parametrize(
    "headers",
    [
        "priority 5",
        "only if did not purchase in last 3 days",
        "only if customer in segment vip",
        "only if customer.orders > 3 and sum of purchase.value > 20",
        "re-enter never",
    ],
)
def test_a_mention_of_buying_does_not_stop_the_reminders(headers: str) -> None:
    """Who was asked about purchases at the door, and buys later, still gets the mail: a warning."""
    assert cart(headers) == ["no-exit-on-purchase"]


@pytest.mark.parametrize(
    "steps",
    [
        "if did purchase in last 90 days:\n    exit\n  wait 1 day\n  send email hello",
        "track ping\n  wait 1 day\n  send email hello",
        'wait 1 day\n  set customer.gender to "x"\n  send email hello',
        "wait up to 1 day for purchase:\n    exit\n  wait 1 day\n  send email hello",
    ],
)
def test_looking_before_the_wait_is_not_enough(steps: str) -> None:
    """A look at purchases before the wait says nothing about who buys during it."""
    assert cart("priority 5", steps) == ["no-exit-on-purchase"]


@pytest.mark.parametrize(
    ("headers", "steps"),
    [
        ("exit when purchase", "wait 1 day\n  send email hello"),
        ("exit if did purchase since entry", "wait 1 day\n  send email hello"),
        ("exit when purchase of this product", "wait 1 day\n  send email hello"),
        ("go to x when purchase", 'wait 1 day\n  send email hello\n  add tag "t" as x'),
        ("priority 5", "wait up to 1 day for purchase:\n    exit\n  else:\n    send email hello"),
        (
            "priority 5",
            "wait 1 day\n  if did not purchase since entry:\n    send email hello",
        ),
        ("priority 5", "send email hello\n  wait 1 day"),
    ],
)
def test_who_stops_at_a_purchase_needs_no_advice(headers: str, steps: str) -> None:
    """An exit, a jump, or a look between wait and mail is enough."""
    assert cart(headers, steps) == []


def test_the_entering_event_has_another_key_each_time() -> None:
    """`with same KEY` is not advised on the entering event, where it would never come to pass."""
    entered = "flow f:\n  enter when purchase per order_id\n  exit when {}\n\n  wait 1 day\n"
    assert codes(entered.format("purchase")) == []
    assert codes(entered.format("refund")) == ["without-same-key"]


LOOPS = {
    # Each pass takes an event of its own.
    "wait until 2026-12-24 for login as l:\n    send email a\n    go to l": [],
    "wait up to 2 days for login as l:\n    send email a\n    go to l": [],
    "wait up to 2 days for login as l:\n    add 1 to score warmth\n    go to l": [],
    "wait up to 2 days for login as l\n  send email a\n  go to l": [],
    # The moment has passed: nobody is held.
    "wait until 2026-12-24 for login as l\n  send email a\n  go to l": ["loop-without-wait"],
    "wait until 2026-12-24 for login as l:\n    exit\n  else:\n    go to l": ["loop-without-wait"],
    "wait until customer.birthday as l\n  send email a\n  go to l": ["loop-without-wait"],
    "wait until best time within 24 hours as l\n  send email a\n  go to l": ["loop-without-wait"],
    # Events that came since the mail lead through at once.
    "send email a\n  wait up to 2 days for login as l:\n    add 1 to score warmth\n    go to l": [
        "loop-without-wait"
    ],
    "send email a\n  wait until 2026-12-24 for login as l:\n    go to l": ["loop-without-wait"],
    # Time passes.
    "wait 1 minute as l\n  send email a\n  go to l": [],
    "wait until 18:00 as l\n  send email a\n  go to l": [],
    "send email a as l\n  wait up to 2 days for login:\n    exit\n  else:\n    go to l": [],
}


@pytest.mark.parametrize("steps", LOOPS)
def test_a_loop_lets_time_pass(steps: str) -> None:
    """A loop is refused where it could turn in a moment, and left alone where it could not."""
    assert codes(f"flow f:\n  enter when sign_up\n\n  {steps}\n") == LOOPS[steps]


@pytest.mark.parametrize(
    "steps",
    [
        "repeat 3 times:\n    wait 1 day as inner",
        "if customer.orders > 3:\n    wait 1 day as inner",
        'switch customer.country:\n    case "DE":\n      wait 1 day as inner',
        "wait up to 3 days for login:\n    wait 1 day as inner",
        "wait up to 3 days:\n    for login:\n      wait 1 day as inner",
        'experiment e "E":\n    50% as a:\n      wait 1 day as inner',
    ],
)
def test_a_header_does_not_jump_into_a_block(steps: str) -> None:
    """`go to LABEL when ..` in the header leads to a step outside of blocks."""
    text = f"flow f:\n  enter when sign_up\n  go to inner when purchase\n\n  {steps}\n"
    assert codes(text) == ["jump-into-block"]


OF = {
    "click_email of pause": ["sends-nothing"],
    "purchase of pause": ["sends-nothing"],
    "click_sms of hello": ["wrong-channel"],
    "open_push of first": ["wrong-channel"],
    "bounce_whatsapp of first": ["wrong-channel"],
    "click_email of offer": ["wrong-channel"],
    "click_email of alert": ["wrong-channel"],
    "purchase of first": ["wrong-channel"],
    "click_email of hello": [],
    "click_push of hello_again": [],
    "open_email of first": [],
    "ping of first": [],
}


@pytest.mark.parametrize("happening", OF)
@pytest.mark.parametrize("place", ["wait", "condition", "test"])
def test_what_is_clicked_can_be_clicked(happening: str, place: str) -> None:
    """`of X` names something that goes out by the channel of the event."""
    steps = {
        "wait": f"wait up to 1 day for {happening}",
        "condition": f"if did {happening}:\n    exit",
        "test": "wait 1 day",
    }[place]
    text = (
        'store "S":\n  staff desk "d@s.example"\n\n'
        "flow f:\n  enter when sign_up\n\n  send email hello as first\n"
        "  send push else email hello_again\n  show banner offer\n  notify desk with alert\n"
        f"  wait 1 day as pause\n  {steps}\n"
    )
    if place == "test":
        text += f'\ntest "t" for f:\n  after 0 minutes sign_up\n  after 1 hour {happening}\n'
    assert codes(text) == OF[happening]


@pytest.mark.parametrize("enter", ["login", "sign_up", "subscribe", "click_email", "search"])
@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("exit when purchase of this product", "wait 1 day"),
        ("priority 5", "wait up to 1 day for view_item of this product"),
        ("priority 5", "if did view_item of this product:\n    exit"),
        ("priority 5", "if product.price > 3:\n    exit"),
        ("priority 5", "send email a:\n    products 3 similar to this product"),
    ],
)
def test_this_product_needs_a_product(enter: str, line: str, steps: str) -> None:
    """A run that an event without a product starts has no `this product`."""
    text = f"flow f:\n  enter when {enter}\n  {line}\n\n  {steps}\n"
    assert codes(text) == ["not-here"]
    assert codes(text.replace(f"when {enter}", "when view_item")) == []


@pytest.mark.parametrize(
    "text",
    [
        "event purchase:\n  value text\n",
        "event click_email:\n  message number\n",
        'event quiz "Q":\n  value number\n',
        'event quiz "Q":\n  items text\n',
        "customer:\n  email number\n",
        "product:\n  price text\n",
        "product:\n  quantity text\n",
    ],
)
def test_a_built_in_word_keeps_its_type(text: str) -> None:
    """A declaration does not make another type of a word that is built in."""
    assert codes(text) == ["built-in-property"]


@pytest.mark.parametrize("number", ["1.000", "2.500", "12.345", "999.000"])
@pytest.mark.parametrize(
    "line",
    [
        "only if cart.value >= {}",
        "only if customer.orders in [7, {}]",
        "exit when purchase where value > {}",
        "only if customer.total_spent / 2 > {}",
    ],
)
def test_a_point_is_no_thousands_mark(line: str, number: str) -> None:
    """`1.000` is refused with both numbers that it could mean; a dinar has three decimals."""
    text = f"flow f:\n  enter when sign_up\n  {line.format(number)}\n\n  wait 1 day\n"
    (one,) = diagnose(project_of(text))
    assert one.code == "thousands"
    assert f"`{number.replace('.', '')}`" in one.hint
    assert codes('store "S":\n  currency KWD\n\n' + text) == []
    assert codes(text.replace(number, "0.125")) == []


def _advice(text: str) -> list[str]:
    return [one.code for one in advise(project_of('event ping "P":\n  kind text\n\n' + text))]


@pytest.mark.parametrize(
    ("header", "steps", "codes"),
    [
        ("enter when ping", "track ping", ["loop-without-wait"]),
        ("enter when purchase or ping", "send email a\n  track ping", ["loop-without-wait"]),
        ("enter when ping\n  re-enter always", "track ping", ["loop-without-wait"]),
        ("enter when ping\n  re-enter never", "track ping", []),
        ("enter when ping\n  re-enter after 1 day", "track ping", []),
        ("enter when ping\n  only if customer.orders > 1", "track ping", []),
        ('enter when ping where kind is "x"', "track ping", []),
        ("enter when purchase", "track ping", []),
        ("enter when ping", "wait 1 day\n  track ping", []),
        ("enter when ping", "if customer.orders > 1:\n    track ping", []),
    ],
)
def test_a_flow_that_feeds_itself(header: str, steps: str, codes: list[str]) -> None:
    """A flow that tells its own entering event at once is warned of; one that is held up is not."""
    assert _advice(f"flow f:\n  {header}\n\n  {steps}\n") == codes


def test_a_product_by_hand_alone() -> None:
    """A product in a flow that is only started by hand is there if it is named."""
    flow = "flow f:\n  {}\n  exit when purchase of this product\n\n  wait 1 day\n  send email a\n"
    (one,) = diagnose(project_of(flow.format("enter manually")))
    assert (one.code, one.severity) == ("not-here", "warning")
    assert not diagnose(project_of(flow.format("enter when add_to_cart")))
