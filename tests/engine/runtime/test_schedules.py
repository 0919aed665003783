"""Schedules fire once for everybody they mean, at the clock time of each zone."""

from __future__ import annotations

from engine.core.model import DAY, HOUR
from tests.harness.workshop import START

DAILY = """\
segment germans:
  customer.country is "DE"

flow daily:
  enter every day at 12:00 for segment germans
  send email one
"""
BIRTHDAY = """\
flow birthday:
  enter every year 3 days before customer.birthday at 12:00
  send email one
"""
ONCE = """\
segment everybody:
  customer.email is set

flow campaign:
  enter once on 2026-01-06 07:00 for segment everybody
  send email one
"""


def moments(shop) -> list[tuple[str, float]]:
    return sorted(
        (envelope.to, (envelope.at - START) / HOUR) for _, envelope in shop.notebook.taken
    )


def test_a_daily_line_fires_in_each_zone(workshop) -> None:
    """Noon is noon where the customer lives, and only the segment is meant."""
    shop = workshop(DAILY)
    shop.customer("berlin", country="DE")
    shop.customer("lisbon", zone="Europe/Lisbon", country="DE")
    shop.customer("paris", country="FR")
    shop.forward(DAY)
    assert moments(shop) == [("berlin@shop.example", 2.0), ("lisbon@shop.example", 3.0)]


def test_a_firing_is_not_repeated_after_a_restart(workshop) -> None:
    """A cursor that is lost costs nothing: a local date fires once for a customer."""
    shop = workshop(DAILY)
    shop.customer("berlin", country="DE")
    shop.forward(3 * HOUR)
    shop.reopen()
    shop.service.writer.run(
        lambda tx: tx.execute("update schedule_line set looked_at = ?", (START,))
    )
    shop.forward(HOUR)
    assert len(shop.notebook.taken) == 1


def test_downtime_is_caught_up_or_skipped(workshop) -> None:
    """A moment missed by some hours fires late; one missed by more than a day is skipped."""
    shop = workshop(DAILY)
    shop.customer("berlin", country="DE")
    shop.forward()
    shop.clock.turn(START + 3 * DAY + 5 * HOUR)
    shop.forward()
    assert moments(shop) == [("berlin@shop.example", 77.0)]
    assert shop.rows("select count(*) from audit where act = 'skipped: too late'") == [(3,)]


def test_a_birthday_fires_three_days_before(workshop) -> None:
    """Each customer's own date decides, once a year."""
    shop = workshop(BIRTHDAY)
    shop.customer("ada", birthday="1990-01-09")
    shop.customer("bob", birthday="1990-01-20")
    shop.customer("none")
    shop.forward(3 * DAY)
    assert moments(shop) == [("ada@shop.example", 26.0)]


def test_a_campaign_fires_once(workshop) -> None:
    """`enter once` reaches everybody once, and never again."""
    shop = workshop(ONCE)
    for number in range(3):
        shop.customer(f"c{number}")
    shop.forward(10 * DAY)
    assert [hours for _, hours in moments(shop)] == [21.0] * 3
