"""What an order is worth, told in several ways and paid back in parts. Pure.

Source: semantics, "What is newer wins" and "Goals": one purchase per order id, one refund per its
id (else its order and amount); what is paid back is never more than what was paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.core.model import Event, Properties

ORDER_EVENTS = frozenset({"purchase", "refund", "order_cancelled"})
AGAIN = "$"
"""What stands before the name of an event that only tells again what is known: `$purchase`."""
COUNTED = "$counted"
"""A purchase that enters flows, and that an import has counted before."""
FILLED = "$filled"
"""An event that holds more than its own telling said."""


ORDER = "$order"
"""By what the order of an event is known, where the event calls it by another of its numbers."""


class TakenBack(NamedTuple):
    """What a refund or a cancellation takes away: of which purchase, minor units, orders."""

    purchase: Event | None
    value: int
    orders: int


def order_key(properties: Mapping[str, Any]) -> str:
    """By what an order is known, however its number is written; "" for none.

    >>> order_key({"order_id": " #1001"}), order_key({"order_id": 1001}), order_key({})
    ('1001', '1001', '')
    """
    return number_key(properties.get(ORDER, properties.get("order_id")))


def number_key(told: Any) -> str:
    """An order's number, however it is written; "" for none."""
    if told is None or isinstance(told, bool | dict | list):
        return ""
    return str(told).strip().lstrip("#").strip().casefold()


def refund_keys(properties: Mapping[str, Any]) -> tuple[str, str]:
    """A refund's own id and its order with the amount, "" where it has none."""
    told = properties.get("refund_id")
    own = "" if told is None or isinstance(told, bool | dict | list) else str(told).strip()
    order = order_key(properties)
    amount = _amount(properties)
    return own, f"{order}\t{'' if amount is None else amount}" if order else ""


def filled(first: Properties, later: Properties, *, replaces: bool) -> Properties:
    """What two tellings of one order say together: the first stands, the later fills in. One that
    `replaces` (the shop system's) has the last word on value and items.
    """
    both = {**{name: value for name, value in later.items() if value is not None}, **first}
    for name, value in later.items():
        if value is not None and (
            both.get(name) is None or (replaces and name in ("value", "items", "item"))
        ):
            both[name] = value
    return both


def taken_back(history: Mapping[str, list[Event]], event: Event) -> TakenBack:
    """What `event` (a refund or a cancellation, itself perhaps in the history) takes away.

    `history` holds the customer's purchases, refunds and cancellations.
    """
    order = order_key(event.properties)
    purchase = next(
        (
            one
            for one in reversed(history.get("purchase", []))
            if order and order_key(one.properties) == order
        ),
        None,
    )
    refunds = [one for one in history.get("refund", ()) if one is not event]
    before = [one for one in refunds if order and order_key(one.properties) == order]
    paid = None if purchase is None else _amount(purchase.properties)
    returned = sum(_amount(one.properties) or 0 for one in _once(before))
    cancelled = any(
        order and order_key(one.properties) == order
        for one in history.get("order_cancelled", ())
        if one is not event
    )
    gone = cancelled or (paid is not None and 0 < paid <= returned)
    if event.name == "order_cancelled":
        return TakenBack(purchase, 0, 0 if purchase is None or gone else 1)
    if is_told(event.properties, refunds):
        return TakenBack(purchase, 0, 0)
    value = _amount(event.properties)
    if value is None:
        value = 0 if paid is None else max(paid - returned, 0)
    if paid is not None:
        value = min(value, max(paid - returned, 0))
    all_of_it = paid is not None and returned + value >= paid
    return TakenBack(purchase, value, 1 if all_of_it and not gone else 0)


def is_told(properties: Mapping[str, Any], earlier: Iterable[Event]) -> bool:
    """Whether a refund is one of the `earlier` ones; of two only one may know its id."""
    own, amount = refund_keys(properties)
    for one in earlier:
        its_own, its_amount = refund_keys(one.properties)
        if own and its_own:
            if own == its_own:
                return True
        elif amount and amount == its_amount:
            return True
    return False


def _once(refunds: Iterable[Event]) -> list[Event]:
    found: list[Event] = []
    for one in refunds:
        if not is_told(one.properties, found):
            found.append(one)
    return found


def _amount(properties: Mapping[str, Any]) -> int | None:
    value = properties.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(round(value))
    return None
