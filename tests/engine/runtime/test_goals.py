"""Goals in the running service: late orders, orders out of order, one credit for one order."""

from __future__ import annotations

from typing import Any

from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.store import events
from tests.harness.workshop import START, Workshop

FLOW = """\
flow f:
  enter when ordered per note
  goal purchase within 5 days
  send email one
"""


def buy(shop: Workshop, customer: int, at: Instant, value: int, name: str) -> None:
    told = events.NewEvent(name, customer, "purchase", at, {"value": value})
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: events.append(tx, [told], now))
    shop.forward(MINUTE)


def goals(shop: Workshop) -> list[tuple[Any, ...]]:
    return shop.rows("select run, at, revenue from goal order by run")


def test_an_order_after_the_last_step_counts(workshop) -> None:
    """The run has ended, the goal is still open; the second order adds nothing."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered", note="a")
    shop.forward(2 * DAY)
    at = shop.clock.now()
    buy(shop, ada, at, 1000, "p1")
    buy(shop, ada, shop.clock.now(), 500, "p2")
    assert goals(shop) == [(1, at, 1000)]


def test_an_order_that_is_told_days_late_counts_when_it_happened(workshop) -> None:
    """Told a week after the goal's time was over, of a moment within it."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered", note="a")
    shop.forward(12 * DAY)
    buy(shop, ada, START + 6 * DAY, 700, "too late for it")
    assert goals(shop) == []
    buy(shop, ada, START + 3 * DAY, 1000, "p1")
    assert goals(shop) == [(1, START + 3 * DAY, 1000)]


def test_an_order_from_before_the_entry_is_no_goal(workshop) -> None:
    """It is told after the entry, but it happened before."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered", note="a")
    shop.forward(HOUR)
    buy(shop, ada, START - HOUR, 1000, "p1")
    assert goals(shop) == []


def test_of_two_runs_the_later_has_the_revenue(workshop) -> None:
    """One order reaches the goal of both runs and is credited once, to the latest."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered", note="a")
    shop.forward(HOUR)
    shop.happen(ada, "ordered", note="b")
    shop.forward(HOUR)
    at = shop.clock.now()
    buy(shop, ada, at, 1000, "p1")
    assert goals(shop) == [(1, at, 0), (2, at, 1000)]
