"""Money and percentages keep their unit wherever a value goes."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.project import project_of
from engine.lab.suite import Suite

SHOP = """\
store "Corner shop":
  timezone "Europe/Berlin"
  currency {currency}
  language "en"

customer:
  cups number
  budget money

event ping "Pinged":
  amount number
  price money
  cost money

event pong "Ponged":
  total money

event decoy "Has the same word with another type":
  total number

"""

TEST = """
test "units" for f:
  given customer (email: "ada@shop.example", cups: 2, budget: 3)
  {plays}
  expect email right
"""


def said(step: str, condition: str, currency: str = "EUR", plays: str = "") -> list[str]:
    """What goes wrong when a step runs and its condition is asked."""
    text = SHOP.replace("{currency}", currency)
    text += "flow f:\n  enter when ping\n\n"
    text += "".join(f"  {line}\n" for line in step.splitlines())
    text += f"  if {condition}:\n    send email right\n  else:\n    send email wrong\n"
    text += TEST.replace(
        "{plays}", plays or "after 0 minutes ping (amount: 7, cost: 3, price: 12.5)"
    )
    suite = Suite.of(project_of(text, "units.flow"))
    assert not suite.has_errors, [one.message for one in suite.diagnostics]
    (case,) = suite.cases
    return [one.sentence for one in suite.run(case).failures]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize(
    ("step", "condition"),
    [
        ("set customer.cups to entry.cost", "customer.cups is 3"),
        ("set customer.cups to entry.cost + 1", "customer.cups is 4"),
        ("set customer.cups to customer.budget / 1", "customer.cups is 3"),
        ("set customer.cups to latest of ping.cost", "customer.cups is 3"),
        ("set customer.budget to 4", "customer.budget is 4 and customer.budget > 3"),
        ("set customer.budget to entry.amount", "customer.budget is 7"),
        ("set customer.budget to entry.cost * 2", "customer.budget is 6"),
        ("track ping (amount: entry.cost)\nwait 1 minute", "latest of ping.amount is 3"),
        ("track ping (cost: entry.amount)\nwait 1 minute", "latest of ping.cost is 7"),
        ("track pong (total: entry.cost)\nwait 1 minute", "latest of pong.total is 3"),
        ('add tag "x"', "entry.cost * 50% >= 1 and entry.cost * 100% is 3"),
        ('add tag "x"', "entry.cost * 150% < 5 and entry.amount * 10% < 1"),
        ('add tag "x"', "entry.cost / entry.price < 50%"),
        ('add tag "x"', "entry.cost in [1, 3] and entry.cost not in [300]"),
        ('add tag "x"', "sum of ping.cost / count of ping is 3"),
    ],
)  # fmt: skip
def test_money_is_a_number_of_the_currency_wherever_it_goes(
    step: str, condition: str, currency: str
) -> None:
    """3 of a currency are 3, in properties, events and comparisons, whatever its minor units."""
    assert said(step, condition, currency) == []


def test_half_a_cent_is_rounded_where_money_is_kept() -> None:
    """Money that is calculated is whole minor units again where it is kept."""
    assert said("set customer.budget to entry.price * 33.3%", "customer.budget is 4.16") == []


def test_an_awaited_event_has_its_own_types() -> None:
    """`event.total` is read by the event that came, not by another one that has the word."""
    plays = "after 0 minutes ping\n  after 1 hour pong (total: 3)"
    step = "wait up to 1 day for pong"
    assert said(step, "event.total < 4 and event.total is 3", plays=plays) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wait (entry.cost) days", "A number belongs here, and this is {money}."),
        ("wait (entry.cost * 2) hours", "A number belongs here, and this is {money}."),
        ("wait (10%) days", "A number belongs here, and this is a percentage."),
        ("set customer.cups to 10%", "`customer.cups` is a number, and this is a percentage."),
        ("set customer.tier to entry.cost", "`customer.tier` is text, and this is {money}."),
        ("track ping (amount: 5%)", "`amount` is a number, and this is a percentage."),
        ("track ping (kind: entry.cost)", "`kind` is text, and this is {money}."),
        ("exit if_ entry.cost + 10% > 3", "{Money} `+` a percentage makes no sense."),
        ("exit if_ entry.cost > 10%", "{Money} cannot be compared with a percentage."),
        ("exit if_ customer.cups > 10%", "A number cannot be compared with a percentage."),
        ("exit if_ customer.cups is 10%", "A number cannot be compared with a percentage."),
        ("exit if_ customer.cups in [1, 10%]",
         "A number cannot be compared with a percentage."),
        ("exit if_ entry.cost * entry.cost > 3", "{Money} `*` {money} makes no sense."),
        ("exit if_ 2 / entry.cost > 3", "A number `/` {money} makes no sense."),
        ("exit if_ time since ping > 1 day * entry.cost",
         "A length of time `*` {money} makes no sense."),
        ("exit if_ time since ping > (entry.cost) days",
         "A number belongs here, and this is {money}."),
        ("exit if_ customer.tags contains entry.cost",
         "A list holds text and numbers, and this is {money}."),
        ("call crm (age: time since ping)",
         "A length of time cannot be told to a webhook, because it has no unit there."),
        ("track ping for customer entry.cost",
         "A customer's id or address belongs here, and this is {money}."),
        ("wait up to 1 day for pong with same cost",
         "`cost` is a number in `pong` and {money} in the entry."),
    ],
)  # fmt: skip
def test_what_has_no_unit_is_refused(line: str, message: str) -> None:
    """Money and percentages are refused where they would mean nothing, in one plain sentence."""
    step = f"if {line.split('if_ ')[1]}:\n    exit" if "if_" in line else line
    text = (
        "customer:\n  cups number\n  tier text\n\n"
        'webhook crm "C":\n  url "https://crm.example.com"\n\n'
        'event ping "P":\n  amount number\n  cost money\n  kind text\n\n'
        'event pong "P":\n  cost number\n\n'
        f"flow f:\n  enter when ping\n\n  {step}\n"
    )
    message = message.format(money="an amount of money", Money="An amount of money")
    assert [(one.code, one.message) for one in diagnose(project_of(text))] == [
        ("type-mismatch", message)
    ]


def test_two_events_that_disagree_are_told_apart() -> None:
    """A word that is money in one event and a number in another is not guessed."""
    text = (
        'event ping "P":\n  cost money\n\nevent pong "P":\n  cost number\n\n'
        "flow f:\n  enter when ping or pong\n\n  if entry.cost > 3:\n    exit\n"
    )
    (fault,) = diagnose(project_of(text))
    assert fault.message == (
        "`cost` is an amount of money in `ping` and a number in `pong`, so it is not clear which "
        "is meant."
    )


def test_a_flow_started_by_hand_knows_money_too() -> None:
    """What a flow is started with by hand is read and compared as events have it."""
    text = "flow f:\n  enter manually\n\n  wait (entry.value) days\n"
    (fault,) = diagnose(project_of(text))
    assert fault.message == "A number belongs here, and this is an amount of money."
