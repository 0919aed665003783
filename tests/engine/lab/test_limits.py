"""What becomes of a message over a limit, played in the lab."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.project import project_of
from engine.lab.suite import Suite
from tests.engine.lab.theatre import SHOP, outcome, wrong


def _told(option: str, *, header: str = "") -> str:
    return f"""\
flow promise:
  enter when ping
{header}
  send email one
  send email two
  send email three
  send email answer:
    {option}
  send email after

"""


def test_a_promised_message_goes_over_the_limit_and_counts() -> None:
    """`over limits send anyway` goes although the day is full, and what follows is over it."""
    played = outcome(
        _told("over limits send anyway")
        + """\
test "promised" for promise:
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  expect email one
  expect email two
  expect email three
  expect email answer after 0 minutes
"""
    )
    assert played.passed, wrong(played)


def test_a_message_waits_for_room_and_the_run_with_it() -> None:
    """`over limits wait up to 2 days` goes when the first message is a day old; so what follows."""
    played = outcome(
        _told("over limits wait up to 2 days")
        + """\
test "waits" for promise:
  start at 2026-01-05 10:00
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  expect email one
  expect email two
  expect email three
  expect email answer at 2026-01-06 10:00
  expect email after at 2026-01-06 10:00
"""
    )
    assert played.passed, wrong(played)


def test_a_message_that_waited_its_time_is_skipped_and_the_run_goes_on() -> None:
    """Without room in time the message is skipped when the time is up; later ones still go."""
    text = _told("over limits wait up to 5 hours").replace(
        "  send email after", "  wait 20 hours\n  send email after"
    )
    played = outcome(
        text
        + """\
test "time is up" for promise:
  start at 2026-01-05 10:00
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  expect email one
  expect email two
  expect email three
  expect email after at 2026-01-06 11:00
"""
    )
    assert played.passed, wrong(played)


NIGHT = """\
test "night" for promise:
  start at 2026-01-05 07:30
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  expect email one
  expect email two
  expect email three
"""


@pytest.mark.parametrize(("within", "goes"), [("2 days", "at 2026-01-05 11:00"), ("3 hours", None)])
def test_room_in_quiet_hours_is_used_when_they_are_over(within: str, goes: str | None) -> None:
    """Room at 9:30 is of no use before quiet hours end at 11; time may be up by then."""
    text = _told(f"over limits wait up to {within}", header="  quiet hours 08:00 to 11:00\n")
    project = project_of(
        SHOP.replace("per day", "per 2 hours")
        + text
        + NIGHT
        + (
            f"  expect email answer {goes}\n  expect email after {goes}\n"
            if goes
            else "  expect email after at 2026-01-05 11:00\n"
        ),
        "play.flow",
    )
    suite = Suite.of(project)
    played = suite.run(suite.cases[0])
    assert played.passed, wrong(played)


def test_who_waits_for_room_may_still_leave() -> None:
    """An exit while the message waits for room ends the run; nothing goes."""
    played = outcome(
        _told("over limits wait up to 2 days", header="  exit when purchase\n")
        + """\
test "left" for promise:
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  after 3 hours purchase (value: 20)
  expect email one
  expect email two
  expect email three
  expect exit by purchase after 3 hours
"""
    )
    assert played.passed, wrong(played)


@pytest.mark.parametrize("words", ["over limits send anyway", "over limits wait up to 1 day"])
def test_a_transactional_flow_cannot_speak_of_limits(words: str) -> None:
    """Below `transactional` the line is an error: there are no limits to be over."""
    text = _told(words, header="  transactional\n")
    found = diagnose(project_of("event ping:\n  kind text\n\n" + text, "a.flow"))
    assert {(one.code, one.severity) for one in found} == {("no-limits-here", "error")}
