"""The order of what happens in one and the same millisecond."""

import pytest

from engine.core.model import Event, ManualStart, ProductChange
from tests.harness.stage import Stage


@pytest.mark.parametrize("number", [1, 1_000])
def test_at_a_tie_events_go_before_products(number: int) -> None:
    """Who bought in the millisecond in which it came back is not told of it, whatever the numbers
    that changes of products have among themselves.
    """
    text = """\
flow f:
  enter when product back in stock for customers who did add_to_wishlist of this product
  exit when purchase
  goal purchase within 1 day
  wait 1 hour
  send email there
"""
    stage = Stage(text)
    stage.given("tent", stock=0)
    stage.past(1, "add_to_wishlist", item="tent")
    change = ProductChange("tent", {"stock": 0}, {"stock": 5}, stage.at(0), number)
    bought = stage.event(0, "purchase", item="tent", value=9)
    stage.apply([change, bought], stage.at(0))
    assert [run.state for run in stage.runs] == ["waiting"]
    stage.run(2 * 60)
    assert stage.messages == ["email there"]


def test_a_start_by_hand_has_its_place_among_events() -> None:
    """What came before it is applied before it, what came after it after it."""
    text = """\
flow f:
  enter manually
  exit when purchase
  wait 1 day
"""
    stage = Stage(text)
    first = stage.event(0, "purchase", value=9)
    start = ManualStart("f", {}, stage.at(0), first.seq + 1)
    stage.apply([start, first], stage.at(0))
    assert [run.state for run in stage.runs] == ["waiting"]
    last = Event("purchase", {}, stage.at(0), stage.at(0), first.seq + 2)
    stage.apply([last], stage.at(0))
    assert stage.ends == [("event", "purchase")]
