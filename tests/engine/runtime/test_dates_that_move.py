"""A date of the customer that moves while runs wait for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from engine.core.model import DAY
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from tests.harness.workshop import HEAD, Workshop

Make = Callable[..., Workshop]
DATED = HEAD.replace("event ordered", "customer:\n  trip_on date\n\nevent ordered")
TRIP = """\
flow trip:
  enter 10 days before customer.trip_on at 11:00

  send email one
  wait until 1 day before customer.trip_on at 09:00
  send email two
"""


def _move(shop: Workshop, customer: int, date: str | None) -> None:
    at = shop.clock.now()
    call = Incoming(
        "identify", f"m{at}", customer=customer, traits={"trip_on": date}, occurred_at=at
    )
    shop.service.writer.run(lambda tx: take(tx, [call], shop.service.deployment.types, at))
    shop.forward()


def _when(shop: Workshop) -> list[tuple[str, str]]:
    rows = shop.rows("select message, claimed_at from intent order by claimed_at")
    return [(name, f"{datetime.fromtimestamp(at / 1000, UTC):%m-%d}") for name, at in rows]


def _away(shop: Workshop, trip: str) -> int:
    """Somebody who travels on a day, ten days before which the first mail goes."""
    ada = shop.customer(trip_on=trip)
    shop.service.tick()
    shop.forward(6 * DAY)
    return ada


def test_a_wait_follows_the_date_that_it_names(workshop: Make) -> None:
    """A trip comes nearer: the mail of the day before goes on the new day before, once."""
    shop = workshop(TRIP, head=DATED)
    ada = _away(shop, "2026-01-20")  # entered on the 10th
    _move(shop, ada, "2026-01-18")
    shop.forward(20 * DAY)
    assert _when(shop) == [("one", "01-10"), ("two", "01-17")]


def test_a_date_that_moves_on_enters_anew_at_its_moment(workshop: Make) -> None:
    """A trip is put off: the old run ends, and the new date enters ten days before it."""
    shop = workshop(TRIP, head=DATED)
    ada = _away(shop, "2026-01-20")
    _move(shop, ada, "2026-01-25")
    assert shop.rows("select end_reason from run") == [("the date moved",)]
    shop.forward(30 * DAY)
    assert _when(shop) == [("one", "01-10"), ("one", "01-15"), ("two", "01-24")]


def test_a_date_that_is_just_over_goes_on_at_once_and_one_long_over_ends(workshop: Make) -> None:
    """Some hours late is in time; days late, or no date at all, ends the run."""
    for date, then in (
        ("2026-01-12", [("one", "01-10"), ("two", "01-11")]),
        ("2026-01-10", [("one", "01-10")]),
        (None, [("one", "01-10")]),
    ):
        shop = workshop(TRIP, head=DATED)
        ada = _away(shop, "2026-01-20")
        _move(shop, ada, date)
        shop.forward(20 * DAY)
        assert _when(shop) == then
        if len(then) == 1:
            assert shop.rows("select end_reason from run") == [("the date moved away",)]


def test_what_stays_the_same_moves_nobody(workshop: Make) -> None:
    """The same date told again, or another trait, changes nothing."""
    shop = workshop(TRIP, head=DATED)
    ada = _away(shop, "2026-01-20")
    _move(shop, ada, "2026-01-20")
    shop.happen(ada, "ordered")
    shop.forward(20 * DAY)
    assert _when(shop) == [("one", "01-10"), ("two", "01-19")]
    assert orjson.loads(shop.rows("select properties from customer")[0][0])["trip_on"]
