"""However a run ends, nothing can move it any more."""

from __future__ import annotations

import pytest

from engine.core.model import DAY, HOUR
from engine.customers import identity
from engine.customers.erasure import erase

FLOW = """\
flow f:
  enter when ordered
  goal ordered within 30 days
  wait 2 days
  send email one
"""
ENDS = (
    "select state, end_kind, wake_at, asleep_until, unclaimed from run where ended_at is not null"
)


def _erased(shop, ada: int, bob: int) -> None:
    suppressions = shop.service.live.suppressions
    shop.service.writer.run(lambda tx: erase(tx, bob, suppressions, shop.clock.now(), "test"))


def _merged(shop, ada: int, bob: int) -> None:
    shop.service.writer.run(lambda tx: identity.merge(tx, ada, bob, shop.clock.now()))


def _stopped(shop, ada: int, bob: int) -> None:
    shop.service.hold("f", "stop", "test")


@pytest.mark.parametrize(
    ("act", "kind", "count"),
    [(_erased, "stopped", 1), (_merged, "merged", 1), (_stopped, "stopped", 2)],
)
def test_who_is_taken_out_of_a_paused_flow_does_not_sleep_on(workshop, act, kind, count) -> None:
    """Erasing, merging and stopping end a run that sleeps, and resuming wakes none of them."""
    shop = workshop(FLOW)
    ada, bob = shop.customer("ada"), shop.customer("bob")
    shop.happen(ada, "ordered")
    shop.happen(bob, "ordered")
    shop.forward(HOUR)
    shop.service.hold("f", "pause", "test")
    act(shop, ada, bob)
    assert [(*row[:4], bool(row[4])) for row in shop.rows(ENDS)] == [
        (2, kind, None, None, False)
    ] * count
    if act is not _stopped:
        shop.service.hold("f", "resume", "test")
    shop.forward(3 * DAY)
    assert len(shop.rows(ENDS)) == 2
    assert len(shop.notebook.taken) == 2 - count
