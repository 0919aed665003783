"""What a failing test tells: pictures of reports, so that their wording is reviewed like code."""

import pytest

from engine.lab.report import text
from tests.engine.lab.theatre import outcome

CART = """\
# Comes back once.
flow basket:
  enter when add_to_cart where value >= 20
  exit when purchase
  exit if cart is empty
  goal purchase within 5 days
  quiet hours 21:00 to 08:00

  wait 1 hour
  send email reminder as first    # the first touch
  wait up to 1 day for click_email of first:
    send push thanks
  else:
    send sms nudge

"""
PLAYS = {
    "another time": """\
  given customer (email: "ada@example.com", phone: "+4915112345678")
  after 0 minutes add_to_cart (value: 59, item: "tent-2p")
  expect email reminder after 2 hours
  expect sms nudge after 25 hours
""",
    "no channel": """\
  given customer (email: "ada@example.com")
  given 2 days ago view_item (item: "tent-2p")
  after 0 minutes add_to_cart (value: 59, item: "tent-2p")
  expect email reminder
  expect sms nudge
""",
    "night and an exit": """\
  start at 2026-01-05 20:30
  given customer (email: "ada@example.com")
  after 0 minutes add_to_cart (value: 59, item: "tent-2p")
  at 2026-01-06 07:30 remove_from_cart (item: "tent-2p")
  expect email reminder at 2026-01-06 08:00
  expect goal reached
""",
    "not entered": """\
  given customer (email: "ada@example.com")
  after 0 minutes add_to_cart (value: 19, item: "spork")
  expect email reminder
  expect exit by purchase
""",
    "two runs": """\
  given customer (email: "ada@example.com", push: true)
  after 0 minutes add_to_cart (value: 59, item: "tent-2p")
  after 2 hours click_email of first
  after 3 hours add_to_cart (value: 30, item: "mug")
  expect push thanks
  expect no sms
""",
}


@pytest.mark.parametrize("play", PLAYS)
def test_a_failing_test_tells_its_story(play, snapshot):
    """What was expected, what came instead and when, through which steps, with their lines."""
    failed = outcome(f'{CART}test "{play}" for basket:\n{PLAYS[play]}')
    assert not failed.passed
    assert text(failed) == snapshot


def test_skipped_entries_and_limits_give_their_reason(snapshot):
    """A message that did not go and a run that did not begin both say why."""
    failed = outcome(
        """\
flow often:
  enter when ping
  only if entry.amount > 0
  re-enter after 1 hour

  send email often
  wait 10 minutes

test "limits" for often:
  given customer (email: "ada@example.com")
  after 0 minutes ping (amount: 1)
  after 5 minutes ping (amount: 1)
  after 70 minutes ping (amount: 0)
  after 2 hours ping (amount: 1)
  after 4 hours ping (amount: 1)
  after 6 hours ping (amount: 1)
  expect email often
"""
    )
    assert text(failed) == snapshot


def test_a_long_story_is_cut_in_its_middle():
    """A report stays readable: of a long story the first and last scenes are shown."""
    failed = outcome(
        """\
flow looped:
  enter when ping
  transactional

  repeat 100 times:
    send email looped
    wait 1 hour

test "long" for looped:
  given customer (email: "ada@example.com")
  after 0 minutes ping
  expect no message
"""
    )
    drawn = text(failed)
    assert "more …" in drawn
    assert len(drawn.splitlines()) < 180
