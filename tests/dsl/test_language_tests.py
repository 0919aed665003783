"""A language test is not green by mistake: what it gives is read, and something happens."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.project import project_of

BASE = """\
store "Shop":
  timezone "Europe/Berlin"
  topic news "News"
  staff desk "desk@example.com"

customer:
  plan text
  cups number
  tier text
  since date
  wants list

product:
  size text

coupon gift "Gift":
  10% off

webhook crm "CRM":
  url "https://crm.example.com/hook"
  secret from CRM_SECRET

event ping "Ping":
  kind text
  amount number

segment everybody:
  customer can receive email

flow other:
  enter when ping

  send email elsewhere

flow second:
  enter manually

  send email started

flow f:
  enter when ping
  goal purchase within 3 days

  send email hello as first
  add tag "seen"
  give coupon gift
  track ping (kind: "again")
  notify desk with alert
  call crm
  show banner flag
  start flow second
  if customer.cups > 3:
    exit "too many cups"
  experiment words "Words":
    50% as short:
      send sms brief
    40% as long:
      send email full

flow daily:
  enter every day at 09:00 for segment everybody

  send email morning

flow birthday:
  enter every year on customer.since at 09:00

  send email wishes

flow trip:
  enter 3 days before customer.since at 09:00

  send email packing

flow launch:
  enter once on 2026-02-01 09:00 for segment everybody

  send email launched

"""


def told(lines: str, flow: str = "f", plays: str = "after 0 minutes ping") -> list[tuple[str, str]]:
    """Codes and hints of what is wrong with a test of these lines."""
    body = "".join(f"  {line}\n" for line in (plays + "\n" + lines).strip().splitlines())
    return [
        (one.code, one.hint) for one in diagnose(project_of(BASE + f'test "t" for {flow}:\n{body}'))
    ]


VALUES = {
    "given customer (plan: gold)": ("no-literal", 'Text stands in quotes: `"gold"`.'),
    "given customer (plan: customer.plan)": ("no-literal", "Write the value itself."),
    "given customer (cups: 1 + 1)": ("no-literal", "Write `2`."),
    "given customer (cups: (3 - 1) * 2)": ("no-literal", "Write `4`."),
    "given customer (cups: count of ping)": ("no-literal", "Write the value itself."),
    "given customer (since: now)": ("no-literal", 'Text stands in quotes: `"now"`.'),
    "given customer (cups: 3 days)": (
        "no-literal", "Write a number, or a date such as `2026-11-27`."
    ),
    'given customer (email: "a@b.c", tracked: yes)': ("no-literal", "Write `true`."),
    'given product "mug" (size: large)': ("no-literal", 'Text stands in quotes: `"large"`.'),
    "after 1 day ping (kind: big)": ("no-literal", 'Text stands in quotes: `"big"`.'),
    "given 2 days ago ping (kind: big)": ("no-literal", 'Text stands in quotes: `"big"`.'),
    "after 1 day purchase (value: 2 * 20)": ("no-literal", "Write `40`."),
    'after 1 day product "mug" (price: cheap)': (
        "no-literal", 'Text stands in quotes: `"cheap"`.'
    ),
    "given customer (cups: 10%)": ("type-mismatch", "`10%` is 0.1; write the number."),
    'given customer (cups: "3")': ("type-mismatch", "Numbers stand without quotes."),
    "given customer (tracked: 1)": (
        "type-mismatch", "Write `true` or `false`, without quotes."
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", VALUES)
def test_what_is_no_value_is_refused(line: str) -> None:
    """A name, a calculation or a word without quotes never becomes a missing value in silence."""
    assert told(line) == [VALUES[line]]


NAMES = {
    'given customer (emial: "a@b.c")': ("unknown-property", "Did you mean `email`?"),
    'given customer (color: "red")': (
        "unknown-property", "Own properties are declared below `customer:`."
    ),
    'given product "mug" (prize: 3)': ("unknown-property", "Did you mean `price`?"),
    'after 1 day product "mug" (stok: 3)': ("unknown-property", "Did you mean `stock`?"),
    "after 1 day purchase (valeu: 10)": ("unknown-property", "Did you mean `value`?"),
    "after 1 day ping (amuont: 10)": ("unknown-property", "Did you mean `amount`?"),
    'after 1 day ping (colour: "x")': (
        "unknown-property", "Own properties are declared with `event ping:`."
    ),
    'given customer (can_receive: ["emial"])': ("unknown-topic", "Did you mean `email`?"),
    'given customer (can_receive: ["email", "nwes"])': ("unknown-topic", "Did you mean `news`?"),
    'given customer (timezone: "Europe/Berln")': (
        "unknown-timezone", "Did you mean `Europe/Berlin`?"
    ),
    'given customer (email: "ada")': ("bad-address", 'Write it like "ada@example.com".'),
    'after 1 day subscribe (channel: "emal")': ("unknown-topic", "Did you mean `email`?"),
    'after 1 day unsubscribe (topic: "mews")': ("unknown-topic", "Did you mean `news`?"),
    'after 1 day click_email (message: "helo")': ("unknown-expectation", 'Did you mean "hello"?'),
    "after 1 day click_email of frist": ("unknown-label", "Did you mean `first`?"),
    'expect tag "sene"': ("unknown-expectation", "Did you mean `seen`?"),
    'expect exit "too many cup"': ("unknown-expectation", 'Did you mean "too many cups"?'),
    "expect exit by purchas": ("unknown-event", "Did you mean `purchase`?"),
    "expect email helo": ("unknown-expectation", "Did you mean `hello`?"),
    "expect sms hello": ("unknown-expectation", "It is sent by email."),
    "expect email elsewhere": (
        "unknown-expectation",
        "A test runs its flow and the flows that this one starts, nothing else.",
    ),
    "given arm shrt of words": ("unknown-experiment", "Did you mean `short`?"),
    "expect coupon gfit": ("unknown-expectation", "Did you mean `gift`?"),
    "expect no coupon gfit": ("unknown-expectation", "Did you mean `gift`?"),
    "expect track purchase": ("unknown-expectation", "There is `ping`."),
    'expect no track ping (knd: "x")': ("unknown-property", "Did you mean `kind`?"),
    'expect no tag "sene"': ("unknown-expectation", "Did you mean `seen`?"),
    "expect no notify alrt": ("unknown-expectation", "Did you mean `alert`?"),
    "expect no call crn": ("unknown-expectation", "Did you mean `crm`?"),
    "expect no show flg": ("unknown-expectation", "Did you mean `flag`?"),
    'expect customer.teir is "gold"': ("unknown-property", "Did you mean `tier`?"),
    "expect cart.valu > 3": ("unknown-property", "Did you mean `value`?"),
    'expect customer has tag "x" and customer in segment evrybody': (
        "unknown-segment", "Did you mean `everybody`?"
    ),
    "expect did prchase": ("unknown-event", "Did you mean `purchase`?"),
    'expect entry.kind is "x"': (
        "not-here", "Ask for what happened with `did EVENT ..` or `latest of EVENT.property`."
    ),
    'after 1 day set customer (tire: "x")': ("unknown-property", "Did you mean `tier`?"),
    "after 1 day set customer (cups: yes)": ("no-literal", "Write `true`."),
    'after 1 day set customer (email: "ada")': ("bad-address", 'Write it like "ada@example.com".'),
    'after 1 day set customer (tags: ["x"])': (
        "not-settable", "Say it with `given customer (..)`."
    ),
    'after 1 day set customer (can_receive: ["email"])': (
        "not-settable",
        "Play `subscribe` or `unsubscribe`, or say it with `given customer (..)`.",
    ),
    "after 1 day start flow secnd": ("unknown-flow", "Write `start flow f`."),
    "after 1 day start flow second": ("unknown-flow", "Write `start flow f`."),
    "after 1 day start flow f": (
        "not-manual", "Add `enter manually` to it, or play what enters it."
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", NAMES)
def test_a_misspelt_name_is_found(line: str) -> None:
    """A name that nobody would look at is an error that says what was meant."""
    assert told(line) == [NAMES[line]]


@pytest.mark.parametrize(
    "line",
    [
        "expect email started",
        'given customer (tags: ["gold"])\nexpect tag "gold"',
        'after 1 day click_email (message: "newsletter")',
        'after 1 day purchase (value: 20, item: "mug", items: ["mug", "mug"], order_id: "1")',
        'given customer (email: "a@b.c", push: true, can_receive: ["email", "news"])',
        'given customer (since: 2026-02-28, wants: ["a", "b"], plan: "x", cups: -3)',
        'after 1 day bounce_email (type: "soft")',
        "given arm else of words",
        'after 1 day set customer (email: "a@b.c", tier: "x", push: true, since: 2026-03-01)',
        "expect coupon gift\nexpect no show\nexpect no call\nexpect no notify\nexpect no exit",
        'expect no tag "seen"\nexpect customer.tier is not "x"\nexpect count of ping > 1',
        'expect track ping (kind: "x")\nexpect no track ping (kind: "y")',
        "expect customer can receive news or customer in segment everybody",
        "expect not did purchase",
        "expect cart.value > 3 and customer.tier is empty",
    ],
)  # fmt: skip
def test_what_a_test_may_say_is_left_alone(line: str) -> None:
    """Literal values, built-in words and what a started flow sends are fine."""
    assert told(line) == []


@pytest.mark.parametrize("flow", ["daily", "birthday", "trip", "launch"])
@pytest.mark.parametrize("plays", ["", "after 0 minutes ping"])
def test_a_calendar_test_needs_time_to_pass(flow: str, plays: str) -> None:
    """A flow that only the calendar enters cannot pass its test without `run for`."""
    (one,) = told("expect no message", flow, plays)
    assert one[0] == "nothing-happens"
    assert told("run for 2 days\nexpect no message", flow, plays) == []


@pytest.mark.parametrize(
    ("flow", "plays"),
    [
        ("f", ""),
        ("f", "given 2 days ago ping"),
        ("second", "after 0 minutes ping"),
        ("f", 'after 1 day set customer (email: "a@b.c")'),
        ("second", 'after 1 day set customer (email: "a@b.c")'),
    ],
)
def test_somebody_enters_in_a_test(flow: str, plays: str) -> None:
    """A test in which nothing can enter its flow is an error, not a pass."""
    (one,) = told("expect no message", flow, plays)
    assert one[0] == "nothing-happens"


def test_a_play_before_the_start_is_refused() -> None:
    """What is played before the test starts would never happen."""
    assert [one for one, _ in told("at 2026-01-05 09:59 ping")] == ["before-start"]
    assert [one for one, _ in told("start at 2026-03-01\nat 2026-02-28 23:59 ping")] == [
        "before-start"
    ]
    assert told("start at 2026-03-01\nat 2026-03-01 00:00 ping") == []


def test_a_message_is_not_expected_and_unexpected() -> None:
    """`expect no email` beside `expect email X` is a contradiction."""
    assert [one for one, _ in told("expect email hello\nexpect no email")] == ["contradiction"]
    assert told("expect email hello\nexpect no sms") == []


@pytest.mark.parametrize(
    ("line", "against"),
    [
        ("expect notify alert", "expect no notify"),
        ("expect call crm", "expect no call crm"),
        ("expect show flag", "expect no show flag"),
        ("expect exit by purchase", "expect no exit"),
        ('expect tag "seen"', 'expect no tag "seen"'),
        ("expect coupon gift", "expect no coupon gift"),
        ('expect track ping (kind: "x")', "expect no track ping"),
    ],
)
def test_nothing_is_expected_and_unexpected(line: str, against: str) -> None:
    """What one line expects, no other line may expect to be absent."""
    assert [one for one, _ in told(f"{line}\n{against}")] == ["contradiction"]


def test_a_flow_is_started_by_hand_in_its_test() -> None:
    """`start flow NAME` plays what `enter manually` allows, and then somebody enters."""
    started = "after 0 minutes start flow second"
    assert told("expect email started", "second", started) == []
    assert [one for one, _ in told("expect no message", "second", "after 0 minutes ping")] == [
        "nothing-happens"
    ]


def test_a_test_names_the_rest_of_an_experiment_only_where_there_is_one() -> None:
    """`given arm else of NAME` is who is in none of the arms."""
    whole = BASE.replace("40% as long", "50% as long")
    for text, codes in ((BASE, []), (whole, ["unknown-experiment"])):
        test = 'test "t" for f:\n  given arm else of words\n  after 0 minutes ping\n'
        assert [one.code for one in diagnose(project_of(text + test))] == codes
