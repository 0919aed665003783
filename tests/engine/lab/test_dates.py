"""Dates of the customer in tests of the language."""

from __future__ import annotations

import pytest

from tests.engine.lab.theatre import outcome, wrong


@pytest.mark.parametrize("line", ["on customer.renewal", "0 days before customer.renewal"])
def test_a_flow_may_be_entered_on_a_date_itself(line: str) -> None:
    """`enter on customer.DATE` and `0 days before` it mean that day."""
    played = outcome(f"""\
flow renews:
  enter {line} at 09:00

  send email one

test "on the day" for renews:
  given customer (email: "ada@example.com", renewal: 2026-01-20)
  run for 30 days
  expect email one at 2026-01-20 09:00
""")
    assert played.passed, wrong(played)


TRIP = """\
flow trip:
  enter 10 days before customer.renewal at 18:00

  send email first
  wait until 1 day before customer.renewal at 09:00
  send email last

"""


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("2026-01-18", ["expect email first", "expect email last at 2026-01-17 09:00"]),
        (
            "2026-01-25",
            [
                "expect email first at 2026-01-10 18:00",
                "expect email first at 2026-01-15 18:00",
                "expect email last at 2026-01-24 09:00",
                'expect exit "the date moved"',
            ],
        ),
        ("2026-01-03", ["expect email first", 'expect exit "the date moved away"']),
    ],
)
def test_a_run_follows_the_date_that_it_is_about(to: str, expected: list[str]) -> None:
    """What the service does with a date that moves, a test does, too."""
    lines = "\n  ".join(expected)
    played = outcome(
        TRIP
        + f"""\
test "moves" for trip:
  given customer (email: "ada@example.com", renewal: 2026-01-20)
  at 2026-01-11 12:00 set customer (renewal: {to})
  run for 30 days
  {lines}
"""
    )
    assert played.passed, wrong(played)


def test_a_flow_of_every_year_re_times_nobody() -> None:
    """Who is in an anniversary's flow keeps the moment of a wait, whatever the date is now."""
    played = outcome("""\
flow yearly:
  enter every year 3 days before customer.birthday at 09:00

  wait until 1 day before customer.renewal at 09:00
  send email one

test "stays" for yearly:
  given customer (email: "ada@example.com", birthday: 1990-01-10, renewal: 2026-01-20)
  at 2026-01-11 12:00 set customer (renewal: 2026-01-28)
  run for 30 days
  expect email one at 2026-01-19 09:00
""")
    assert played.passed, wrong(played)
