"""What was told before under the same `messageId`: it changes nothing, or is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from engine.core.orders import AGAIN, FILLED, ORDER, number_key
from engine.customers.addresses import NOTES
from engine.intake.incoming import Incoming, Taken
from engine.store import events
from engine.store.writer import Transaction

_FILLED_IN = frozenset(("item", "items", "name", "price", "category", "brand", "value"))


def stored(transaction: Transaction, incoming: Iterable[Incoming]) -> dict[str, tuple[Any, ...]]:
    """Which message ids are known, with what they were used for: id, customer, name, properties."""
    return events.by_message(transaction, (each.message_id for each in incoming))


def says_the_same(name: str, record: dict[str, Any], stored_name: str, told: bytes) -> bool:
    """Whether an event of `name` with this `record` is the stored one, but for what we added."""
    if stored_name not in (name, AGAIN + name):
        return False
    before = orjson.loads(told)
    if before.get(FILLED):
        return number_key(before.get("order_id")) == number_key(record.get("order_id"))
    # Through JSON, as the stored one went.
    after = orjson.loads(orjson.dumps(record))
    ours = {key: value for key, value in before.items() if key in after}
    added = before.keys() - after.keys() - _FILLED_IN - NOTES - {ORDER}
    same = not added and all(
        ours.get(key) == value for key, value in after.items() if key != "items"
    )
    return same and len(ours.get("items") or ()) == len(after.get("items") or ())


def again(customer: int, *, same: bool) -> Taken:
    """The answer to a repeated `messageId`: a duplicate, or a conflict if it tells other things."""
    if same:
        return Taken(customer, duplicate=True)
    message = "This messageId was used before, for something else."
    return Taken(customer, error="conflict", message=message, place="messageId")
