"""An event moves only a run whose entering event it followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.following import follows
from engine.core.model import Event, Run
from tests.harness.stage import Stage

DAY = 24 * 60
EXITS = "flow f:\n  enter when add_to_cart\n  exit when purchase\n  wait 1 day\n  send email one\n"
JUMPS = """\
flow f:
  enter when add_to_cart
  go to thanks when purchase
  wait 1 day
  send email one
  exit
  send email two as thanks
"""
WAITS = """\
flow f:
  enter when add_to_cart
  wait up to 1 day for purchase:
    send email bought
  else:
    send email not_bought
"""
GOALS = "flow f:\n  enter when add_to_cart\n  goal purchase within 7 days\n  wait 1 day\n"


@pytest.mark.parametrize("enters", [True, False])
def test_what_happened_before_the_entry_ends_nothing(enters):
    """An old order that is told late, or imported, leaves a cart's reminder in place."""
    stage = Stage(EXITS)
    stage.play(0, "add_to_cart")
    stage.play(60, "purchase", occurred=-365 * DAY if not enters else -5, enters=enters)
    stage.run(2 * DAY)
    assert stage.messages == ["email one"]


@pytest.mark.parametrize("enters", [True, False])
def test_what_followed_the_entry_ends_the_run(enters):
    """An order after the cart ends the reminder, told at once or imported later."""
    stage = Stage(EXITS)
    stage.play(0, "add_to_cart")
    stage.play(60, "purchase", occurred=5, enters=enters)
    stage.run(2 * DAY)
    assert stage.messages == []


def test_what_happened_before_the_entry_jumps_nowhere():
    """`go to .. when` waits for what comes after the entry."""
    stage = Stage(JUMPS)
    stage.play(0, "add_to_cart")
    stage.play(60, "purchase", occurred=-1)
    stage.run(2 * DAY)
    assert stage.messages == ["email one"]


def test_what_happened_before_the_entry_ends_no_wait():
    """A wait for an event is not ended by one from before the run."""
    stage = Stage(WAITS)
    stage.play(0, "add_to_cart")
    stage.play(60, "purchase", occurred=-1)
    stage.run(2 * DAY)
    assert stage.messages == ["email not_bought"]


def test_a_late_entry_is_followed_by_what_came_after_it():
    """The entry was told an hour late: what happened within that hour and is told now counts."""
    for text, messages in ((EXITS, []), (WAITS, ["email bought"])):
        stage = Stage(text)
        stage.play(60, "add_to_cart", occurred=0)
        stage.play(70, "purchase", occurred=30)
        stage.run(3 * DAY)
        assert stage.messages == messages


def test_within_one_second_the_later_news_follows():
    """Shop systems tell seconds: an order in the second of the cart, told after it, ends the run
    and reaches its goal; one told before it does neither.
    """
    second = 1 / 60
    for text in (EXITS, GOALS):
        stage = Stage(text)
        stage.play(second / 2, "add_to_cart", occurred=second / 2)
        stage.play(1, "purchase", occurred=0)
        stage.run(2 * DAY)
        assert stage.messages == []
        assert len(stage.changes.goals) == (1 if text == GOALS else 0)


def test_a_run_that_no_event_entered_counts_from_its_entry():
    """For a schedule's run its moment stands for the entering event."""
    text = EXITS.replace("enter when add_to_cart", "enter every monday at 10:00 for segment all")
    text = "segment all:\n  customer.email is set\n" + text
    for occurred, messages in ((-1, ["email one"]), (1, [])):
        stage = Stage(text)
        stage.fire(0, "f")
        stage.play(60, "purchase", occurred=occurred)
        stage.run(2 * DAY)
        assert stage.messages == messages


MOMENTS = st.integers(0, 5_000)


@given(MOMENTS, MOMENTS, MOMENTS, st.integers(1, 3), st.integers(1, 3))
def test_of_two_events_one_follows(entered, happened, received, first, second):
    """Either the event followed the entry or the entry the event, and none follows itself."""

    def run_of(event):
        memory = {"seq": event.seq, "since": event.occurred_at}
        return Run(1, "f", 1, 7, "", "waiting", 1, event.received_at, event.received_at, 0, memory)

    one = Event("a", {}, entered, max(entered, received), first)
    other = Event("b", {}, happened, max(happened, received), second)
    assert not follows(run_of(one), one)
    if first != second:
        assert follows(run_of(one), other) != follows(run_of(other), one)
