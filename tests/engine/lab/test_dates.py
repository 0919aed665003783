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
