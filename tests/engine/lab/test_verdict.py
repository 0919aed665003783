"""A wrong expectation of any kind fails, and says what came instead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import tree
from engine.lab.outcome import Chronicle, Message, Place
from engine.lab.script import Script
from engine.lab.verdict import judge
from tests.engine.lab.theatre import outcome, wrong

FLOW = """\
coupon thanks "Thanks":
  10% off

event pong "An answer":
  kind text
  amount money

flow letters:
  enter when ping
  exit when purchase
  goal purchase within 5 days

  send email one as first
  notify desk with alert
  call crm (why: "ping")
  show banner flag on "/*"
  add tag "seen"
  give coupon thanks
  track pong (kind: "x", amount: 20)
  set customer.plan to "gold"
  wait 1 hour
  send push two
  wait 1 day
  if entry.kind is "leave":
    exit "asked to"

flow silent:
  enter when ping
  only if customer.plan is "gold"

  send email gold

"""
PLAYED = """\
  given customer (email: "a@example.com", push: true)
  after 0 minutes ping (kind: "leave")
"""
TRUE = """\
  expect email one after 0 minutes
  expect notify alert
  expect call crm
  expect show flag
  expect push two at 2026-01-05 11:00
  expect exit "asked to" after 25 hours
  expect goal missed
  expect tag "seen"
  expect coupon thanks
  expect track pong (kind: "x", amount: 20)
  expect no track pong (kind: "y")
  expect customer.plan is "gold"
  expect did pong exactly 1 time
  expect not customer can receive sms
"""

LIES = {
    # instead of a true line: a lie, and what the report must say of it
    "an early time": ("email one after 0 minutes", "email one after 1 minute", "came after 0 min"),
    "a late time": ("push two at 2026-01-05 11:00", "push two at 2026-01-05 11:01", "11:00"),
    "another channel": ("email one after 0 minutes", "sms one after 0 minutes", "came as email"),
    "another message": ("email one after 0 minutes", "email uno", "never came"),
    "nothing": ("email one after 0 minutes", "no push", "push two came after 1 hour"),
    "another alert": ("notify alert", "notify alarm", "never notified"),
    "another webhook": ("call crm", "call erp", "never called"),
    "another banner": ("show flag", "show flags", "never shown"),
    "another reason": ('exit "asked to" after 25 hours', 'exit "told to"', "no exit like this"),
    "an exit by an event": ('exit "asked to" after 25 hours', "exit by purchase", "no exit like"),
    "an exit at another time": (
        'exit "asked to" after 25 hours',
        'exit "asked to" after 24 hours',
        "was left after 25 hours",
    ),
    "a goal": ("goal missed", "goal reached", "missed: its time was over after 5 days"),
    "no notification": ("notify alert", "no notify", "desk was notified after 0 minutes"),
    "no notification like this": ("notify alert", "no notify alert", "desk was notified after 0"),
    "no call": ("call crm", "no call", "crm was called after 0 minutes"),
    "no banner": ("show flag", "no show flag", "flag was shown after 0 minutes"),
    "no exit": ('exit "asked to" after 25 hours', "no exit", 'exit "asked to" after 25 hours'),
    "no tag": ('tag "seen"', 'no tag "seen"', 'tags at the end: "seen"'),
    "another coupon": ("coupon thanks", "coupon sorry", "never given, but thanks"),
    "no coupon": ("coupon thanks", "no coupon thanks", "given after 0 minutes"),
    "another event": (
        'track pong (kind: "x", amount: 20)',
        'track pong (kind: "x", amount: 21)',
        'never tracked, but pong (kind: "x", amount: 20)',
    ),
    "no event": ('no track pong (kind: "y")', 'no track pong (kind: "x")', "tracked after 0 min"),
    "another property": (
        'customer.plan is "gold"',
        'customer.plan is "silver"',
        'does not hold at the end: customer.plan is "gold"',
    ),
    "another past": ("did pong exactly 1 time", "did not pong", "does not hold at the end"),
    "a subscription": (
        "not customer can receive sms",
        "customer can receive sms",
        "does not hold at the end",
    ),
    "another tag": ('tag "seen"', 'tag "bought"', 'tags at the end: "seen"'),
}


def play(expectations: str) -> list[str]:
    # Some lies are so bold that the checks would refuse them: here the verdict has to find them.
    return wrong(outcome(f'{FLOW}test "t" for letters:\n{PLAYED}{expectations}', checked=False))


def test_what_is_true_passes():
    """The story that the lies are made from holds in every line."""
    assert play(TRUE) == []


@pytest.mark.parametrize("lie", LIES)
def test_every_kind_of_lie_is_found(lie):
    """One wrong line among true ones fails, with what came instead."""
    true, false, found = LIES[lie]
    assert f"expect {true}\n" in TRUE
    text = TRUE.replace(f"expect {true}\n", f"expect {false}\n")
    failures = play(text)
    assert any(found in failure for failure in failures), failures


def test_a_notification_is_known_by_its_message_or_by_whom_it_is_for():
    """`expect notify` takes the name of the message, or that of the people it went to."""
    assert play(TRUE.replace("expect notify alert", "expect notify desk")) == []


def test_a_message_that_nobody_expected_fails():
    """The messages must be exactly those expected: one more is one too many."""
    failures = play(TRUE.replace("  expect push two at 2026-01-05 11:00\n", ""))
    assert failures == [
        "expect no other message: push two came after 1 hour, on Mon 2026-01-05 11:00"
    ]


def test_the_order_of_messages_counts():
    """The right messages in another order fail."""
    swapped = "  expect push two\n  expect email one\n"
    (failure,) = play(swapped)
    assert failure == (
        "expect email one: came in another order: it came after 0 minutes, on Mon 2026-01-05 "
        "10:00, and push two, which is expected before it, after 1 hour, on Mon 2026-01-05 11:00"
    )


def test_no_message_means_none():
    """`expect no message` fails once, however many came."""
    failures = play("  expect no message\n")
    assert failures == ["expect no message: 2 messages came"]


def test_a_goal_that_was_reached_was_not_missed():
    """`expect goal missed` fails when the goal was reached, and says when."""
    text = f"""{FLOW}test "t" for letters:
{PLAYED}  after 2 hours purchase (value: 5)
  expect email one
  expect push two
  expect exit by purchase
  expect goal missed
"""
    assert wrong(outcome(text)) == [
        "expect goal missed: reached after 2 hours, on Mon 2026-01-05 12:00"
    ]


def test_nobody_who_did_not_enter_can_leave_or_miss_a_goal():
    """Exits and goals of a flow that nobody entered are failures that say so."""
    failures = wrong(
        outcome(
            f"""{FLOW}test "t" for silent:
{PLAYED}  expect email gold
  expect exit
"""
        )
    )
    assert failures == ["expect email gold: never came", "expect exit: nobody entered"]


NAMES = st.lists(
    st.tuples(st.sampled_from(["email", "push"]), st.sampled_from(["a", "b", "c"])), max_size=6
)


@settings(max_examples=200)
@given(expected=NAMES, came=NAMES)
def test_only_the_very_same_messages_pass(expected, came):
    """Whatever was expected and whatever came: a test passes when, and only when, they agree."""
    lines = tuple(tree.ExpectMessage(channel, name) for channel, name in expected)
    script = Script(
        test=tree.Test("t", "f", lines),
        zone="UTC",
        start=0,
        until=None,
        customer=(),
        products=(),
        arms={},
        chosen={},
        holdout=False,
        past=(),
        cues=(),
        expectations=lines,
    )
    messages = tuple(
        Message(channel, name, 0, "f", 1, Place("f.flow", 1)) for channel, name in came
    )
    chronicle = Chronicle("UTC", 0, 0, messages=messages, entered=1)
    assert (judge(script, chronicle, "f.flow") == ()) is (expected == came)
