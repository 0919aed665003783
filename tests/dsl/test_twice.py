"""What is said twice is found, wherever it may be said; what may be repeated is left alone."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.project import project_of

LINE, HAPPENING, CONDITION = "duplicate-line", "duplicate-happening", "duplicate-condition"
VALUE, ARGUMENT, ARM = "duplicate-value", "duplicate-argument", "same-arm-twice"
BASE = (
    'customer:\n  cups number\n\nevent ping "P":\n  amount number\n\n'
    "segment vip:\n  did purchase\n\n"
    'webhook crm "C":\n  url "https://crm.example.com"\n\n'
)
FLOW = 'flow f:\n  enter when ping\n  HEADERS\n\n  add tag "a"\n  STEPS\n  send email hello\n'


def codes(text: str) -> list[str]:
    return [one.code for one in diagnose(project_of(BASE + text))]


def flow(headers: str = "priority 5", steps: str = 'add tag "b"') -> str:
    return FLOW.replace("HEADERS", headers).replace("STEPS", steps)


HEADERS = {
    "2 x enter manually": LINE,
    "enter when ping": HAPPENING,
    "enter when ping where amount > 3": HAPPENING,
    "enter when purchase or purchase": HAPPENING,
    "enter when product back in stock or product back in stock": HAPPENING,
    "2 x enter when customer joins segment vip": HAPPENING,
    "2 x enter once on 2026-11-27 07:00 for segment vip": LINE,
    "2 x enter every day at 09:00 for segment vip": LINE,
    "2 x enter 3 days before customer.birthday at 09:00": LINE,
    "only if customer.cups > 3\n  only if customer.cups > 3": LINE,
    "only if customer.cups > 3 and customer.cups > 3": CONDITION,
    "exit if customer.cups > 3\n  exit if customer.cups > 3": LINE,
    "exit when purchase\n  exit when refund or purchase": HAPPENING,
    "exit when purchase or purchase where value > 20": HAPPENING,
    "exit when purchase where value > 20 or purchase": HAPPENING,
    "goal purchase within 3 days\n  goal purchase within 5 days": HAPPENING,
    "go to x when purchase\n  go to x when purchase where value > 3": HAPPENING,
    "moved old to exit\n  moved old to x": LINE,
    "holdout 5%\n  holdout 6%": LINE,
    "transactional\n  transactional": LINE,
}  # fmt: skip


@pytest.mark.parametrize("headers", HEADERS)
def test_a_header_that_stands_twice_is_said(headers: str) -> None:
    """Two header lines that say the same are a diagnostic."""
    lines = headers.removeprefix("2 x ")
    if lines != headers:
        lines = f"{lines}\n  {lines}"
    assert codes(flow(lines, 'add tag "b" as x')) == [HEADERS[headers]]


ARMS = "wait up to 2 days:\n    for purchase:\n      exit\n"
EXPERIMENT = (
    'experiment e "E":\n    50% as one:\n      send email x\n    else as one:\n      send email y'
)
STEPS = {
    'send email hi:\n    subject "a"\n    subject "b"': LINE,
    "send email hi:\n    products 3 bestsellers\n    products 4 for customer": LINE,
    "send email else sms else email hi": VALUE,
    "call crm (a: 1, a: 2)": ARGUMENT,
    EXPERIMENT: "duplicate-label",
    "track ping (amount: 1, amount: 1)": ARGUMENT,
    "wait up to 2 days for purchase or purchase": HAPPENING,
    ARMS + "    for refund or purchase:\n      exit": ARM,
    ARMS + "    for purchase where value > 3:\n      exit": ARM,
    "wait up to 2 days:\n    for purchase or purchase:\n      exit": HAPPENING,
    "if customer.cups > 3:\n    exit\n  else if customer.cups > 3:\n    exit": ARM,
    "if customer.cups > 3 or customer.cups > 3:\n    exit": CONDITION,
    "if customer.cups in [1, 2, 1.0]:\n    exit": VALUE,
    'switch customer.country:\n    case "DE", "DE":\n      exit': ARM,
    "wait up to 1 day for purchase where (value > 3 and value > 3)": CONDITION,
}  # fmt: skip


@pytest.mark.parametrize("steps", STEPS)
def test_a_step_that_says_something_twice_is_said(steps: str) -> None:
    """Options, channels, arguments, happenings, arms and conditions are said once."""
    assert codes(flow(steps=steps)) == [STEPS[steps]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('store "S":\n  limit 2 messages per day\n  limit 3 messages per day\n', LINE),
        ('store "S":\n  staff a "a@b.c"\n  staff a "b@b.c"\n', LINE),
        ('coupon c "C":\n  10% off\n  5.00 off\n', LINE),
        ('coupon c "C":\n  free shipping\n  free shipping\n', LINE),
        ('score s "S":\n  +1 on ping\n  +2 on ping\n', HAPPENING),
        ('segment s:\n  customer.tags contains "a"\n  customer.tags contains "a"\n', CONDITION),
        ("customer:\n  cups number\n", "duplicate-name"),
        ("customer:\n  size text\n  size number\n", "duplicate-name"),
        ('store "S":\n  topic sms "S"\n', "duplicate-name"),
    ],
)  # fmt: skip
def test_a_declaration_that_says_something_twice_is_said(text: str, code: str) -> None:
    """A setting, a rule, a condition and a property stand once in a project."""
    assert codes(text) == [code]


TESTS = {
    "start at 2026-02-01\n  start at 2026-02-02": LINE,
    "run for 1 day\n  run for 2 days": LINE,
    "given holdout\n  given holdout": LINE,
    'given product "a" (price: 3)\n  given product "a" (price: 4)': LINE,
    "given customer (cups: 1, cups: 2)": ARGUMENT,
    "given customer (cups: 1)\n  given customer (cups: 2)": ARGUMENT,
    'given customer (tags: ["a", "a"])': VALUE,
    'given customer (email: "a@b.c", can_receive: ["sms", "sms"])': VALUE,
    "after 1 day ping (amount: 1, amount: 2)": ARGUMENT,
    'expect tag "a"\n  expect tag "a"': LINE,
    "expect no email\n  expect no email": LINE,
}


@pytest.mark.parametrize("lines", TESTS)
def test_a_test_that_says_something_twice_is_said(lines: str) -> None:
    """Two starts, two givens of one thing and an argument given twice are diagnostics."""
    tested = flow("holdout 5%" if "holdout" in lines else "priority 5")
    text = tested + f'\ntest "t" for f:\n  after 0 minutes ping\n  {lines}\n'
    assert codes(text) == [TESTS[lines]]


@pytest.mark.parametrize(
    "lines",
    [
        'after 1 day purchase (items: ["mug", "mug"])',
        "after 1 day ping\n  after 1 day ping",
        "expect email hello\n  expect email hello",
        "given 2 days ago ping\n  given 2 days ago ping",
    ],
)
def test_what_may_happen_twice_may_be_said_twice(lines: str) -> None:
    """The same event, product in a cart or message may come twice."""
    assert codes(flow() + f'\ntest "t" for f:\n  after 0 minutes ping\n  {lines}\n') == []


@pytest.mark.parametrize(
    "headers",
    [
        "enter when purchase for each item where price > 3\n  enter when purchase per order_id",
        "exit when purchase where value > 3 or purchase where value < 1",
        "goal purchase within 3 days\n  goal purchase where value > 100 within 30 days",
        "go to x when purchase where value > 3\n  go to x when purchase",
    ],
)
def test_lines_that_differ_are_left_alone(headers: str) -> None:
    """Two lines about one event that mean different things are no duplicates."""
    assert codes(flow(headers, 'add tag "b" as x')) == []
