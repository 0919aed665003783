"""What other tools and plain English call differently is answered in our words.

Each hint that says what to write is applied: what it says must be right.
"""

from __future__ import annotations

import re

import pytest

from dsl.checks import diagnose
from dsl.diagnostics import Diagnostic
from dsl.names.vocabulary import EVENTS, SEGMENT
from dsl.parsing.mistakes.events import OUR_EVENTS
from dsl.project import project_of

BEFORE = """\
store "S":
  timezone "Europe/Berlin"
  currency EUR

customer:
  tier text
  cups number

event ping:
  amount money
  n number

coupon ten:
  10% off

webhook crm:
  url "https://crm.example/a"

segment vip:
  did purchase

flow y:
  enter manually

  exit

"""
STEP = (
    BEFORE + "flow x:\n  enter when add_to_cart\n  re-enter never\n\n  wait 1 day as begin\n  {}\n"
)
HEADER = BEFORE + "flow x:\n  {}\n  enter manually\n\n  send email a\n"
ENTER = BEFORE + "flow x:\n  {}\n\n  send email a\n"
TEST = (
    BEFORE
    + """flow x:
  enter when ping
  enter manually

  give coupon ten
  add tag "seen"
  track ping (n: 3)
  experiment words:
    50% as one:
      send email a

test "t" for x:
  after 0 minutes ping
  {}
"""
)
TESTS = {
    'given 3 days ago set customer (tier: "x")': 'given customer (tier: "x")',
    'after 1 day set tier to "x"': 'after 1 day set customer (tier: "x")',
    "after 2 hours set customer.cups to 3": "after 2 hours set customer (cups: 3)",
    'after 1 day set customer tier: "x"': 'after 1 day set customer (tier: "x")',
    "after 1 day start x": "after 1 day start flow x",
    "at 2026-01-06 12:00 run flow x": "at 2026-01-06 12:00 start flow x",
    'expect no customer.tier is "x"': 'expect not customer.tier is "x"',
    "expect not coupon ten": "expect no coupon ten",
    "expect customer gets coupon ten": "expect coupon ten",
    "expect tag seen": 'expect tag "seen"',
    "expect track ping n 3": "expect track ping (n: 3)",
    "expect subscribed to email": "expect customer can receive email",
    "expect not subscribed to email": "expect not customer can receive email",
    "expect no exit by purchase": "expect no exit",
    "given rest of words": "given arm else of words",
}
CONDITIONS = {
    "did purchase within the last week": "did purchase in last 1 week",
    "did purchase in the last 30 days at least 3 times": (
        "did purchase at least 3 times in last 30 days"
    ),
    "count of purchase > 3 times": "count of purchase > 3",
    "sum(purchase.value) > 3": "sum of purchase.value > 3",
    "time since last purchase > 30d": "time since purchase > 30 days",
    "customer.created_at before 30 days ago": "customer.created_at < now - 30 days",
    "customer.created_at in the last 30 days": "customer.created_at > now - 30 days",
    'customer.tier = "a" or customer.tier == "b"': 'customer.tier is "a" or customer.tier is "b"',
    "customer.cups is >= 3 and customer.tier is null": (
        "customer.cups >= 3 and customer.tier is not set"
    ),
    'customer has tag "a" or "b"': 'customer has tag "a" or customer has tag "b"',
    "customer opted in to email": "customer can receive email",
    "customer has email": "customer.email is set",
    "customer.tier": "customer.tier is set",
    "purchase": "did purchase",
    "did purchase in the last 30 days": "did purchase in last 30 days",
    "did purchase within 30 days": "did purchase in last 30 days",
    "did purchase in the past 2 weeks": "did purchase in last 2 weeks",
    "did purchase in last 30d": "did purchase in last 30 days",
    "did purchase 3 times": "did purchase at least 3 times",
    "did purchase more than 2 times": "did purchase at least 3 times",
    "did purchase fewer than 3 times": "did purchase at most 2 times",
    "did purchase 3x in last 30 days": "did purchase at least 3 times in last 30 days",
    "did purchase at least three times": "did purchase at least 3 times",
    "did purchase twice": "did purchase at least 2 times",
    "did never purchase": "did not purchase",
    "didn't purchase": "did not purchase",
    "customer purchased": "did purchase",
    "did purchase after 2026-01-01": "did purchase since 2026-01-01",
    'did purchase where value > 3 and currency is "EUR"': (
        'did purchase where (value > 3 and currency is "EUR")'
    ),
    'customer.tier is "DE" or "AT"': 'customer.tier in ["DE", "AT"]',
    'customer.tier is "DE", "AT" or "CH"': 'customer.tier in ["DE", "AT", "CH"]',
    'customer.tier is not "DE" or "AT"': 'customer.tier not in ["DE", "AT"]',
    'customer.tier is in ["DE", "AT"]': 'customer.tier in ["DE", "AT"]',
    'customer.tier is one of ("DE", "AT")': 'customer.tier in ["DE", "AT"]',
    "customer.tier is null": "customer.tier is not set",
    "customer.tier is not null": "customer.tier is set",
    "customer.tier == null": "customer.tier is not set",
    "customer.tier is none": "customer.tier is not set",
    "customer.tier exists": "customer.tier is set",
    'customer.tier does not contain "x"': 'not customer.tier contains "x"',
    'customer.tier doesn\'t start with "x"': 'not customer.tier starts with "x"',
    'customer.tier isn\'t "x"': 'customer.tier is not "x"',
    'customer.tier equals "x"': 'customer.tier is "x"',
    'customer.tier like "%x%"': 'customer.tier contains "x"',
    "customer.cups between 3 and 5": "customer.cups >= 3 and customer.cups <= 5",
    "customer.cups is at least 3": "customer.cups >= 3",
    "customer.cups more than 3": "customer.cups > 3",
    "customer.cups is less than or equal to 3": "customer.cups <= 3",
    "customer.cups is > three": "customer.cups > 3",
    "cart.value > 20 EUR": "cart.value > 20",
    "cart.value > $20": "cart.value > 20",
    'customer.tier is "x" && cart.value > 3': 'customer.tier is "x" and cart.value > 3',
    '{{ customer.tier }} is "x"': 'customer.tier is "x"',
    '*|FNAME|* is "x"': 'customer.first_name is "x"',
    "customer cannot receive email": "not customer can receive email",
    "customer can't receive email": "not customer can receive email",
    "customer is not in segment vip": "customer not in segment vip",
    'customer does not have tag "x"': 'not customer has tag "x"',
    "customer.birthday < 24.12.2026": "customer.birthday < 2026-12-24",
    "cart.value > 3 then": "cart.value > 3",
}
STEPS = {
    "wait until friday 9am": "wait until friday 09:00",
    "wait until checkout_started": "wait up to 7 days for begin_checkout",
    "wait until purchase happens": "wait up to 7 days for purchase",
    "wait half an hour": "wait 30 minutes",
    "wait 1 week and 2 days": "wait 9 days",
    "1. wait 2 days": "wait 2 days",
    "wait 2 days // why": "wait 2 days  # why",
    "exit now": "exit",
    "goto end": "exit",
    "unsubscribe": "unsubscribe customer from email",
    "update customer.cups to 3": "set customer.cups to 3",
    "fire ping": "track ping",
    "start y": "start flow y",
    "send push or email a": "send push else email a",
    "wait until begin_checkout": "wait up to 7 days for begin_checkout",
    "wait for purchase": "wait up to 7 days for purchase",
    "wait until monday": "wait until monday at 09:00",
    "wait until tomorrow": "wait 1 day",
    "wait until 24.12.2026": "wait until 2026-12-24",
    "wait until 12/24/2026 09:00": "wait until 2026-12-24 09:00",
    "wait until 24 December 2026": "wait until 2026-12-24",
    "wait until 9am": "wait until 09:00",
    "wait until 9 pm": "wait until 21:00",
    "wait until 10h": "wait until 10:00",
    "wait until noon": "wait until 12:00",
    "wait until monday at 9am": "wait until monday at 09:00",
    "wait for 3 days": "wait 3 days",
    "wait 3d": "wait 3 days",
    "wait 48h": "wait 48 hours",
    "wait two days": "wait 2 days",
    "wait an hour": "wait 1 hour",
    "wait 1 day and 2 hours": "wait 26 hours",
    "wait at most 2 days for purchase": "wait up to 2 days for purchase",
    "delay 3 days": "wait 3 days",
    "pause for 3 days": "wait 3 days",
    "sleep 3d": "wait 3 days",
    "end": "exit",
    "stop": "exit",
    "return": "exit",
    "break": "exit",
    "goto begin": "go to begin",
    "go to begin up to 3x": "go to begin up to 3 times",
    "send mail a": "send email a",
    "send e-mail a": "send email a",
    'send email "a"': "send email a",
    'set customer.tier = "vip"': 'set customer.tier to "vip"',
    'customer.tier = "vip"': 'set customer.tier to "vip"',
    "set customer.tier to null": "clear customer.tier",
    "set customer.cups += 1": "set customer.cups to customer.cups + 1",
    "track ping (amount = 3)": "track ping (amount: 3)",
    "track ping amount: 3": "track ping (amount: 3)",
    "call crm (a = 3, b = 4)": "call crm (a: 3, b: 4)",
    "add tag vip": 'add tag "vip"',
    "give ten": "give coupon ten",
    "wait 2 days \\": "wait 2 days",
    "wait 2 days;": "wait 2 days",
}
HEADERS = {
    "exit on purchase": "exit when purchase",
    "exit if purchase": "exit when purchase",
    "goal purchase in 5 days": "goal purchase within 5 days",
    "goal purchase within 5d": "goal purchase within 5 days",
    "re-enter after 7d": "re-enter after 7 days",
    "quiet hours 9pm to 8am": "quiet hours 21:00 to 08:00",
    "exit when purchase, ping": "exit when purchase or ping",
    "only if customer cannot receive email": "only if not customer can receive email",
}
ENTERS = {
    'enter when "Order Completed"': "enter when purchase",
    "enter when Started Checkout": "enter when begin_checkout",
    "enter on purchase": "enter when purchase",
    "enter every 1 day at 09:00 for segment vip": "enter every day at 09:00 for segment vip",
    "enter every day at noon for segment vip": "enter every day at 12:00 for segment vip",
    "enter daily at 9am for segment vip": "enter every day at 09:00 for segment vip",
    "enter once on 24.12.2026 09:00 for segment vip": (
        "enter once on 2026-12-24 09:00 for segment vip"
    ),
}


def only_fault(text: str) -> Diagnostic:
    faults = [one for one in diagnose(project_of(text)) if one.severity == "error"]
    assert len(faults) == 1, [one.message for one in faults]
    return faults[0]


@pytest.mark.parametrize(
    ("place", "said", "ours"),
    [
        *(
            (STEP, f"if {one}:\n    exit", f"if {other}:\n    exit")
            for one, other in CONDITIONS.items()
        ),
        *((STEP, one, other) for one, other in STEPS.items()),
        *((HEADER, one, other) for one, other in HEADERS.items()),
        *((ENTER, one, other) for one, other in ENTERS.items()),
        *((TEST, one, other) for one, other in TESTS.items()),
    ],
)
def test_a_hint_says_the_line_in_our_words(place: str, said: str, ours: str) -> None:
    """The hint is the whole line our way, and a flow with it has no error."""
    hint = only_fault(place.format(said)).hint
    line = ours.split("\n", maxsplit=1)[0]
    assert hint == f"Write `{line}`."
    project = project_of(place.format(ours))
    assert [one.message for one in diagnose(project) if one.severity == "error"] == []


@pytest.mark.parametrize("name", ["order_completed", "placed_order", "product_viewed", "signed_up"])
def test_events_of_other_tools_are_called_ours(name: str) -> None:
    """An event that Segment or Klaviyo calls otherwise is named with our word."""
    hint = only_fault(ENTER.format(f"enter when {name}")).hint
    assert hint == f"Here that event is called `{OUR_EVENTS[name]}`."


def test_every_event_of_another_tool_has_one_of_ours() -> None:
    """What is said to be ours is ours, and nothing that comes in under another name is missing."""
    assert set(OUR_EVENTS.values()) <= set(EVENTS)
    assert not set(OUR_EVENTS) & (set(EVENTS) - set(OUR_EVENTS.values()))
    for other, ours in SEGMENT.items():
        spelled = re.sub(r"\W+", "_", other.lower())
        assert spelled in EVENTS or OUR_EVENTS[spelled] == ours


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (
            "wait up to 2 days for redeem_coupon of ten",
            'Write `redeem_coupon where coupon is "ten"`.',
        ),
        ('if customer.tier is ["a", "b"]:\n    exit', 'Write `customer.tier in ["a", "b"]`.'),
        (
            "send email a if customer.tier is null",
            "Write `if customer.tier is not set:`",
        ),
        ("if cart.value > 3: exit", "Write `if cart.value > 3:` and below it, indented, `exit`."),
        ("send email a after 2d", "Write `wait 2 days` and on the next line `send email a`."),
        ("go to end", "Write `exit`: it ends the run."),
        ("set customer.tier to gold", 'Text stands in double quotes: `"gold"`'),
        ("track ping (amount: ten)", 'Text stands in double quotes: `"ten"`'),
        ('set tier to "vip"', "Write `customer.tier`"),
        ("wait until payday", "A moment is written such as `18:00`"),
        ("if customer.birthday < 12/24/2026:\n    exit", "Dates are written year-month-day"),
        ("if customer.cups > 3 and \\:\n    exit", "A line goes on only inside brackets"),
        (
            "experiment ab:\n    50% as one:\n      wait 1 day\n    else:\n      exit\n  go to ab",
            "An experiment is no place to go to.",
        ),
    ],
)
def test_what_is_no_other_line_gets_its_own_hint(said: str, hint: str) -> None:
    """Where one word decides, the hint says that word."""
    assert only_fault(STEP.format(said)).hint.startswith(hint)


ELSEWHERE = {
    "wait 3 business days": "Write `wait 3 days`.",
    "wait 2 working days": "Write `wait 2 days`.",
    "then send email a": "Write `send email a`.",
    "and then wait 1 day": "Write `wait 1 day`.",
    "send sms a or email": "Write `send sms else email a`.",
    "send push a else sms a": "Write `send push else sms a`.",
    "repeat until purchase:\n    send email a": "Write `repeat 3 times:`.",
    "while customer.orders is 0:\n    send email a": "Write `repeat 3 times:`.",
    "wait until 24 December": "such as `2026-12-24`.",
    "wait until December 24th": "such as `2026-12-24`.",
    "wait until 24.12. at 9:00": "such as `2026-12-24`.",
    "wait until 12-24": "such as `2026-12-24`.",
    "if now > 24 Dec:\n    exit": "such as `2026-12-24`.",
}


@pytest.mark.parametrize(("line", "hint"), ELSEWHERE.items(), ids=ELSEWHERE.keys())
def test_what_other_languages_have(line: str, hint: str) -> None:
    """Working days, loops with a condition and days without a year are answered with ours."""
    (first, *_) = diagnose(project_of(STEP.format(line)))
    assert hint in first.hint
