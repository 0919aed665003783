"""However a run ends, nothing can move it any more."""

from __future__ import annotations

import pytest

from engine.core.model import DAY, HOUR
from engine.customers import merging
from engine.customers.erasure import erase
from engine.store import events
from engine.store.events import NewEvent

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
    shop.service.writer.run(lambda tx: merging.merge(tx, ada, bob, shop.clock.now()))


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


CART = """\
flow f:
  enter when add_to_cart
  exit when ordered
  wait 2 days
  send email one
"""


def _import(shop, customer: int, occurred: int) -> None:
    """An order as a file of past orders tells it."""

    def work(transaction) -> None:
        new = NewEvent(f"i{occurred}", customer, "ordered", occurred, {}, enters=False)
        events.append(transaction, [new], shop.clock.now())

    shop.service.writer.run(work)


@pytest.mark.parametrize(("occurred", "messages"), [(-365 * DAY, ["one"]), (HOUR, [])])
def test_an_imported_order_ends_only_a_run_that_it_followed(workshop, occurred, messages) -> None:
    """Orders of last year leave today's reminder in place; one from after the cart does not."""
    shop = workshop(CART)
    ada = shop.customer("ada")
    began = shop.clock.now()
    shop.happen(ada, "add_to_cart")
    shop.forward(2 * HOUR)
    _import(shop, ada, began + occurred)
    shop.forward(3 * DAY)
    assert shop.notebook.messages == messages
