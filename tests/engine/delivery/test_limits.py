"""Messages over a limit while the service runs: skipped, sent anyway, or waiting for room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.core.model import DAY, HOUR
from tests.harness.workshop import HEAD, Workshop

Make = Callable[..., Workshop]
LIMITED = HEAD.replace("  currency EUR\n", "  currency EUR\n  limit 1 email per day\n")
FLOW = """\
flow news:
  enter when ordered

  send email one

flow promise:
  enter when ordered where note is "promised"
  exit when refund

  send email two:
    {option}
  send email three:
    over limits send anyway
"""


def _open(workshop: Make, option: str) -> tuple[Workshop, int]:
    shop = workshop(FLOW.replace("{option}", option), head=LIMITED)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward()
    shop.forward(HOUR)
    shop.happen(ada, "ordered", note="promised")
    return shop, ada


def test_a_promised_message_goes_over_the_limit(workshop: Make) -> None:
    """What says `send anyway` goes at once, at its step and when it is taken over."""
    shop, _ = _open(workshop, "over limits send anyway")
    shop.forward()
    assert shop.notebook.messages == ["one", "two", "three"]


def test_a_message_waits_until_there_is_room(workshop: Make) -> None:
    """What may wait two days goes a day after the last one, with all that follows it."""
    shop, _ = _open(workshop, "over limits wait up to 2 days")
    shop.forward(DAY - HOUR - 1)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select detail from step_history where outcome = 'held'") == [
        ("limit of 1 email per day is reached",)
    ]
    shop.reopen()
    shop.forward(1)
    assert shop.notebook.messages == ["one", "two", "three"]


def test_a_message_whose_time_is_up_is_skipped(workshop: Make) -> None:
    """After the time that it may wait, without room, the run goes on without the message."""
    shop, _ = _open(workshop, "over limits wait up to 5 hours")
    shop.forward(5 * HOUR)
    assert shop.notebook.messages == ["one", "three"]
    assert ("skipped", "limit of 1 email per day is reached") in shop.rows(
        "select outcome, detail from step_history where run = 3"
    )


def test_an_exit_ends_what_waits_for_room(workshop: Make) -> None:
    """A refund while the message waits for room: nothing more is sent."""
    shop, ada = _open(workshop, "over limits wait up to 2 days")
    shop.forward(HOUR)
    shop.happen(ada, "refund", value=1)
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["one"]


BESIDE = """\
flow back:
  enter when ordered where note is "wait"

  send email two:
    over limits wait up to {time}

flow reply:
  enter when ordered where note is "ask"
  priority 50

  send email one:
    over limits send anyway
"""


@pytest.mark.parametrize(("time", "messages"), [("2 days", ["one", "two"]), ("5 hours", ["one"])])
def test_a_decided_message_waits_for_room_too(
    workshop: Make, time: str, messages: list[str]
) -> None:
    """Room that is taken between the step and the sending: the message waits, as long as it may."""
    shop = workshop(BESIDE.replace("{time}", time), head=LIMITED)
    ada = shop.customer()
    shop.happen(ada, "ordered", note="wait")
    shop.happen(ada, "ordered", note="ask")
    shop.forward(DAY - 1)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select 1 from step_history where outcome = 'held'") == []
    shop.forward(1)
    assert shop.notebook.messages == messages


def test_a_refusal_that_repeats_every_day_is_told_once(workshop: Make) -> None:
    """Who may never enter again is not written down anew each morning."""
    shop = workshop("""\
segment all "All":
  customer can receive email

flow daily:
  enter every day at 11:00 for segment all
  re-enter never

  send email one
  wait 3 days
""")
    shop.customer()
    shop.service.tick()
    shop.forward(20 * DAY)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select reason from skipped_entry order by id") == [
        ("is in this flow already",),
        ("was in this flow before, and enters it never again",),
    ]
