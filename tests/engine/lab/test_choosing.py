"""A language test of an experiment that chooses."""

from tests.engine.lab.theatre import outcomes, wrong


def test_who_waits_for_the_winner_gets_what_the_others_chose():
    """The arm that the test says was chosen, at the clock's end; without a word the first."""
    text = """\
flow news:
  enter when ping
  exit when purchase

  experiment words winner by click_email after 4 hours:
    20% as short:
      send email short
    20% as long:
      send email long

test "the others chose" for news:
  given customer (email: "a@example.com")
  given arm else of words
  given chosen long of words
  after 0 minutes ping
  expect email long after 4 hours

test "nobody said" for news:
  given customer (email: "a@example.com")
  given arm else of words
  after 0 minutes ping
  expect email short after 4 hours

test "in an arm" for news:
  given customer (email: "a@example.com")
  given arm long of words
  after 0 minutes ping
  expect email long after 0 minutes

test "left while waiting" for news:
  given customer (email: "a@example.com")
  given arm else of words
  after 0 minutes ping
  after 3 hours purchase
  expect no message
  expect exit after 3 hours
"""
    for played in outcomes(text):
        assert played.passed, wrong(played)
