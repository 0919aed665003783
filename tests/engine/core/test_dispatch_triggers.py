"""What enters a flow besides an event: memberships, products, schedules, dates."""

import pytest

from tests.harness.stage import Stage

DAY = 24 * 60


def test_membership_that_changes_by_time():
    """Who bought nothing for ninety days joins when somebody looks."""
    text = """\
segment lapsed:
  did purchase
  time since purchase > 90 days
flow f:
  enter when customer joins segment lapsed
  send email back
"""
    stage = Stage(text)
    stage.past(80, "purchase", value=10)
    stage.settle()
    stage.refresh(9 * DAY)
    assert stage.sent == []
    stage.refresh(11 * DAY)
    assert stage.messages == ["email back"]


def test_who_is_in_from_the_start_does_not_join():
    """Nobody joins a segment that they were in all the time."""
    text = """\
segment germans:
  customer.country is "DE"
flow f:
  enter when customer joins segment germans
  send email one
"""
    stage = Stage(text, country="DE")
    stage.settle()
    stage.play(0, "page_view")
    assert stage.runs == []


PRODUCT = """\
flow drop:
  enter when product price drops by 10% for customers who did view_item of this product
  exit if product.price > entry.price
  send email drop
flow back:
  enter when product back in stock for customers who did view_item of this product
  send email back
flow low:
  enter when product stock falls below 5 for customers who did view_item of this product
  send email low
"""


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ({"price": 200}, {"price": 180}, ["email drop"]),
        ({"price": 200}, {"price": 180.01}, []),
        ({"price": 200}, {"price": 250}, []),
        ({"stock": 0}, {"stock": 9}, ["email back"]),
        ({"stock": 1}, {"stock": 9}, []),
        ({"stock": 5}, {"stock": 4}, ["email low"]),
        ({"stock": 4}, {"stock": 3}, []),
    ],
)
def test_product_triggers(before, after, sent):
    """A price compares with what stood before, stock crosses, and only interest counts."""
    stage = Stage(PRODUCT)
    stage.given("tent", **before)
    stage.past(1, "view_item", item="tent")
    stage.change(0, "tent", **after)
    assert stage.messages == sent
    stranger = Stage(PRODUCT)
    stranger.given("tent", **before)
    stranger.change(0, "tent", **after)
    assert stranger.runs == []


def test_entry_of_a_product_trigger():
    """A product trigger tells the price, the old price and the stock, and keys by product."""
    stage = Stage(PRODUCT)
    stage.given("tent", price=200, stock=3)
    stage.past(1, "view_item", item="tent")
    stage.change(0, "tent", price=100)
    (run,) = stage.runs
    assert run.key == "tent"
    entry = run.memory["entry"]
    assert (entry["price"], entry["old_price"], entry["stock"]) == (10_000, 20_000, 3)


def test_a_variant_and_its_product_are_one_key():
    """Where there is a run for each product, a variant has none beside its product's."""
    text = """\
flow f:
  enter when view_item per item
  exit when remove_from_wishlist of this product
  wait 9 days
"""
    stage = Stage(text)
    stage.given("B-41", parent="boots")
    stage.play(0, "view_item", item="B-41")
    stage.play(1, "view_item", item="boots")
    stage.play(2, "view_item", item="mug")
    assert [run.key for run in stage.runs] == ["boots", "mug"]
    stage.play(3, "remove_from_wishlist", item="boots")
    assert [run.state for run in stage.runs] == ["ended", "waiting"]


def test_schedule_evaluates_its_audience_at_the_moment():
    """A schedule enters who is in the segment at that moment; entry has no properties."""
    text = """\
segment readers:
  customer can receive email
flow f:
  enter every day at 09:00 for segment readers
  send email news
"""
    stage = Stage(text)
    line = stage.deployment.programs["f"].schedules[0]
    at, day = line.next_after(stage.facts, stage.now)
    assert (at, day.isoformat()) == (stage.at("2026-01-06 09:00"), "2026-01-06")
    stage.fire("2026-01-06 09:00", "f")
    stage.facts.consent["email"] = False
    stage.fire("2026-01-07 09:00", "f")
    assert stage.messages == ["email news"]
    assert "entry" not in stage.runs[0].memory


def test_dates_of_customers():
    """A date line is due per customer, and not at all without the date."""
    text = "flow f:\n  enter 7 days before customer.birthday at 09:00\n  send email x\n"
    stage = Stage(text, birthday="2026-03-01")
    line = stage.deployment.programs["f"].schedules[0]
    assert line.next_after(stage.facts, stage.now)[0] == stage.at("2026-02-22 09:00")
    assert line.next_after(stage.facts, stage.at("2026-02-22 09:00")) is None
    assert line.next_after(Stage(text).facts, stage.now) is None
