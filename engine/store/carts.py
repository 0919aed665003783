"""Carts out of the events that made them, for who is told something late and for who is merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.core.carts import CART_EVENTS, cart_of
from engine.core.dispatch import CustomerState
from engine.core.facts import Cart
from engine.core.model import Event, Occurrence
from engine.store import events
from engine.store.writer import Transaction


def told_late(
    lanes: Mapping[int, CustomerState], happened: Mapping[int, Sequence[Occurrence]]
) -> set[int]:
    """Those about whose cart something comes that happened before what is known already."""
    late = set()
    for customer, occurrences in happened.items():
        lane = lanes.get(customer)
        newest = lane.facts.cart.updated_at or 0 if lane is not None else 0
        for one in occurrences:
            if isinstance(one, Event) and one.name in CART_EVENTS:
                if one.occurred_at < newest:
                    late.add(customer)
                newest = max(newest, one.occurred_at)
    return late


def know_carts(
    transaction: Transaction, lanes: Mapping[int, CustomerState], customers: Iterable[int]
) -> None:
    """Let the histories of these customers hold all that their carts were made of."""
    wanted = [customer for customer in customers if customer in lanes]
    if not wanted:
        return
    for customer in wanted:
        facts = lanes[customer].facts
        facts.carts_known = True
        for name in CART_EVENTS:
            facts.history.pop(name, None)
    for customer, event in events.applied(transaction, wanted, CART_EVENTS):
        lanes[customer].facts.history.setdefault(event.name, []).append(event)


def cart_from(transaction: Transaction, customer: int) -> Cart:
    """The cart that all applied events of a customer leave."""
    return cart_of(event for _, event in events.applied(transaction, [customer], CART_EVENTS))
