"""Waits: for a time, for something to happen, for whichever comes first."""

import pytest

from tests.harness.stage import Stage

DAY = 24 * 60


def test_timer_then_send():
    """A message goes exactly when its wait is over."""
    stage = Stage("flow f:\n  enter when sign_up\n  wait 1 hour\n  send email hello\n")
    stage.play(0, "sign_up")
    stage.run(59)
    assert stage.sent == []
    stage.run(60)
    assert stage.sent == [("email hello", "01-05 11:00")]
    assert stage.ends == [("finished", "")]


def test_day_keeps_the_clock_time():
    """One day over the change to summer time is one day on the clock, 24 hours are 24 hours."""
    text = (
        "flow f:\n  enter when sign_up\n  wait 1 day\n  send email hello\n"
        "flow g:\n  enter when sign_up\n  wait 24 hours\n  send email hours\n"
    )
    stage = Stage(text, start="2026-03-28 12:00")
    stage.play(0, "sign_up")
    stage.run(3 * DAY)
    assert stage.sent == [("email hello", "03-29 12:00"), ("email hours", "03-29 13:00")]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("18:00", "01-05 18:00"),
        ("09:00", "01-06 09:00"),
        ("tuesday at 10:00", "01-06 10:00"),
        ("monday at 09:00", "01-12 09:00"),
        ("weekday at 09:00", "01-06 09:00"),
        ("2026-01-24 08:00", "01-24 08:00"),
        ("2026-01-02 08:00", "01-05 10:00"),
        ("1 day before entry.starts_at", "01-19 00:00"),
        ("1 day before entry.starts_at at 09:00", "01-19 09:00"),
        ("entry.starts_at", "01-20 00:00"),
        ("best time within 24 hours", "01-05 10:00"),
    ],
)
def test_until_a_moment(moment, sent):
    """A wait until a moment ends at the next such moment, and at once when it has passed."""
    stage = Stage(f"flow f:\n  enter when sign_up\n  wait until {moment}\n  send email hello\n")
    stage.play(0, "sign_up", starts_at="2026-01-20")
    stage.run(30 * DAY)
    assert stage.sent == [("email hello", sent)]


def test_until_a_date_that_is_not_known():
    """A wait for a date that is missing goes on at once and says so."""
    stage = Stage(
        "flow f:\n  enter when sign_up\n  wait until entry.starts_at\n  send email hello\n"
    )
    stage.play(0, "sign_up")
    assert stage.messages == ["email hello"]
    assert any("not known" in detail for detail in stage.outcomes("done"))


def test_three_weeks_then_tuesday_is_three_weeks():
    """Three weeks from a Tuesday at ten, until Tuesday at ten, is that very Tuesday."""
    text = """\
flow f:
  enter when sign_up
  repeat 2 times:
    wait 3 weeks
    wait until tuesday at 10:00
    send email hello
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(90 * DAY)
    assert stage.sent == [("email hello", "01-27 10:00"), ("email hello", "02-17 10:00")]


def test_a_moment_after_a_send_is_the_next_one():
    """After a message at nine, until nine means tomorrow."""
    text = """\
flow f:
  enter when sign_up
  wait until 09:00
  send email one
  wait until 09:00
  send email two
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(5 * DAY)
    assert stage.sent == [("email one", "01-06 09:00"), ("email two", "01-07 09:00")]


@pytest.mark.parametrize(
    ("days", "sent"), [(3, "01-08 10:00"), (0, "01-05 10:00"), (-4, "01-05 10:00"),
                       (None, "01-05 10:00"), (1.5, "01-06 22:00")]
)  # fmt: skip
def test_computed_wait(days, sent):
    """A computed wait waits that long; missing, zero or negative goes on at once."""
    stage = Stage(
        "flow f:\n  enter when sign_up\n  wait (customer.days + 0) days\n  send email hello\n",
        days=days,
    )
    stage.play(0, "sign_up")
    stage.run(10 * DAY)
    assert stage.sent == [("email hello", sent)]


FOR_CLICK = """\
flow f:
  enter when sign_up
  send email first as touch
  wait up to 2 days for click_email of touch:
    send email clicked
  else:
    send email silent
"""


def test_what_is_waited_for_happens():
    """The first block runs when it happens, at that moment."""
    stage = Stage(FOR_CLICK)
    stage.play(0, "sign_up")
    stage.play(90, "click_email", message="first")
    stage.run(5 * DAY)
    assert stage.sent[1:] == [("email clicked", "01-05 11:30")]


def test_time_is_up():
    """The second block runs when time is up; a click on another message does not count."""
    stage = Stage(FOR_CLICK)
    stage.play(0, "sign_up")
    stage.play(90, "click_email", message="other")
    stage.run(5 * DAY)
    assert stage.sent[1:] == [("email silent", "01-07 10:00")]


def test_event_at_the_very_end_beats_the_timer():
    """An event at the very moment when time is up wins: exactly one branch runs."""
    stage = Stage(FOR_CLICK)
    stage.play(0, "sign_up")
    event = stage.event(2 * DAY, "click_email", message="first")
    stage.apply([event], event.at)
    stage.run(5 * DAY)
    assert stage.messages == ["email first", "email clicked"]


def test_event_behind_the_end_of_the_wait_loses():
    """A worker that comes late still lets the timer win over a later event."""
    stage = Stage(FOR_CLICK)
    stage.play(0, "sign_up")
    event = stage.event(2 * DAY + 1, "click_email", message="first")
    stage._apply([event], event.at + 60_000)
    assert stage.messages == ["email first", "email silent"]


def test_a_click_between_the_send_and_the_wait_counts():
    """A wait looks back to the message that it is about."""
    text = """\
flow f:
  enter when sign_up
  send email first as touch
  wait 1 hour
  wait up to 2 days for click_email of touch:
    send email clicked
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(30, "click_email", message="first")
    stage.run(60)
    assert stage.sent[1:] == [("email clicked", "01-05 11:00")]


def test_without_of_a_wait_looks_back_to_the_previous_send():
    """What came before the previous message of this run does not count."""
    text = """\
flow f:
  enter when sign_up
  send email one
  wait 1 hour
  send email two
  wait 1 hour
  wait up to 1 day for page_view:
    send email seen
  else:
    send email unseen
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(30, "page_view")
    stage.run(5 * DAY)
    assert stage.messages[-1] == "email unseen"
    other = Stage(text)
    other.play(0, "sign_up")
    other.play(90, "page_view")
    other.run(5 * DAY)
    assert other.sent[-1] == ("email seen", "01-05 12:00")


def test_without_a_send_a_wait_counts_from_its_arrival():
    """Without a message before it, a wait sees only what comes after it began."""
    text = """\
flow f:
  enter when sign_up
  wait 1 hour
  wait up to 1 day for page_view:
    add tag "seen"
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(30, "page_view")
    stage.run(3 * DAY)
    assert stage.facts.tags == set()


def test_the_entering_event_satisfies_no_wait():
    """The event that began a run ends none of its waits."""
    text = """\
flow f:
  enter when page_view
  re-enter never
  send email one
  wait up to 1 day for page_view:
    send email two
"""
    stage = Stage(text)
    stage.play(0, "page_view")
    assert stage.messages == ["email one"]
    stage.play(5, "page_view")
    assert stage.messages == ["email one", "email two"]


def test_first_of_several_arms():
    """Of several arms the first that happens runs; its event can be spoken of."""
    text = """\
flow f:
  enter when sign_up
  wait up to 30 days:
    for purchase where value >= 100:
      set customer.budget to event.value
    for unsubscribe or refund:
      add tag "gone"
    else:
      add tag "late"
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(10, "purchase", value=99)
    assert stage.lane.runs[0].state == "waiting"
    stage.play(20, "purchase", value=120)
    assert stage.facts.customer["budget"] == 12_000
    other = Stage(text)
    other.play(0, "sign_up")
    other.play(9, "refund")
    assert other.facts.tags == {"gone"}


def test_wait_without_a_block_goes_on_at_whichever_comes_first():
    """Without a block a wait only shortens."""
    text = "flow f:\n  enter when sign_up\n  wait up to 2 days for page_view\n  send email go\n"
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(60, "page_view")
    assert stage.sent == [("email go", "01-05 11:00")]
    other = Stage(text)
    other.play(0, "sign_up")
    other.run(9 * DAY)
    assert other.sent == [("email go", "01-07 10:00")]


def test_wait_until_a_moment_for_something():
    """A wait may end at a moment or with an event."""
    text = """\
flow f:
  enter when sign_up
  wait until 18:00 for purchase:
    send email bought
  else:
    send email evening
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(DAY)
    assert stage.sent == [("email evening", "01-05 18:00")]


def test_waits_count_from_when_the_step_before_really_happened():
    """After an outage of an hour the next wait counts from when the message really went."""
    text = """\
flow f:
  enter when sign_up
  wait 1 hour
  send email one
  wait 1 hour
  send email two
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage._apply([], stage.at(120))
    stage.run(DAY)
    assert stage.sent == [("email one", "01-05 12:00"), ("email two", "01-05 13:00")]


def test_one_event_ends_one_wait():
    """The same purchase does not stand for the first and the second one."""
    text = """\
flow f:
  enter when sign_up
  send email one
  wait up to 9 days for purchase:
    wait up to 9 days for purchase:
      send email twice
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(10, "purchase")
    stage.run(60)
    assert stage.messages == ["email one"]
    stage.play(90, "purchase")
    assert stage.messages == ["email one", "email twice"]


@pytest.mark.parametrize(
    ("body", "days"),
    [
        ("  wait until weekday at 10:00\n  send email one\n", [0]),
        ("  repeat 3 times:\n    wait until weekday at 10:00\n    send email one\n", [0, 1, 2]),
        ("  repeat 2 times:\n    wait until weekday at 10:00\n  send email one\n", [1]),
        ("  repeat 2 times:\n    wait until 10:00\n    send email one\n", [0, 1]),
        ("  wait until 10:00 as back\n  send email one\n  go to back up to 2 times\n", [0, 1, 2]),
        ("  wait until 10:00 as back\n  go to back up to 2 times\n  send email one\n", [2]),
    ],
)
def test_who_comes_at_the_very_minute_waits_no_day(body, days):
    """A clock time that is now is meant, in the first round of a loop as without one; each
    further round waits for the next.
    """
    stage = Stage("flow f:\n  enter when sign_up\n" + body)
    stage.play(0, "sign_up")
    stage.run(9 * DAY)
    assert [intent.ready_at for intent in stage.changes.intents] == [
        stage.at(day * DAY) for day in days
    ]
