"""Who did what about which product, kept beside the events so that few are asked when one changes.

Events are written from many places, so none of them keeps this: it follows the table of events by
a cursor for each name of event that somebody asks about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import orjson

from engine.conditions.meaning import items_of
from engine.store.dialects import TEXTS, texts
from engine.store.writer import Transaction

SPAN: Final = 20_000
"""Events that one piece of work looks at."""


def follow(transaction: Transaction, names: Collection[str]) -> bool:
    """Look at a piece of the events with these names; False when nothing is left to look at."""
    if not names:
        return False
    positions = _positions(transaction, names)
    ((newest,),) = transaction.rows("select coalesce(max(id), 0) from event")
    start = min(positions.values())
    if start >= newest:
        return False
    mine = sorted(name for name, position in positions.items() if position == start)
    # As far as the next name has come: from there on they are read together.
    others = (position for position in positions.values() if position > start)
    end = min(start + SPAN, newest, *others)
    rows = {
        (product, name, customer)
        for name, customer, properties in transaction.rows(
            "select name, customer, properties from event"
            f" where id > ? and id <= ? and name in {TEXTS}",
            (start, end, texts(mine)),
        )
        for product in _products(orjson.loads(properties))
    }
    transaction.executemany(
        "insert into interest (product, event, customer) values (?, ?, ?) on conflict do nothing",
        sorted(rows),
    )
    transaction.executemany(
        "insert into cursor (name, position) values (?, ?)"
        " on conflict (name) do update set position = excluded.position",
        [(_cursor(name), end) for name in mine],
    )
    return True


def interested(
    transaction: Transaction, product: str, names: Collection[str], after: int, count: int
) -> list[int]:
    """At most `count` customers with an id above `after` who did one of these about `product`."""
    return [
        customer
        for (customer,) in transaction.rows(
            "select distinct coalesce(customer.merged_into, customer.id) as living from interest"
            " join customer on customer.id = interest.customer"
            f" where product = ? and event in {TEXTS}"
            " and coalesce(customer.merged_into, customer.id) > ? order by living limit ?",
            (product, texts(sorted(names)), after, count),
        )
    ]


def _products(properties: dict[str, Any]) -> Iterator[str]:
    """The products that an event is about; see `conditions.meaning.is_about`."""
    found = [properties.get("item"), *(item.get("id") for item in items_of(properties))]
    yield from (product for product in found if isinstance(product, str))


def _positions(transaction: Transaction, names: Collection[str]) -> dict[str, int]:
    known: dict[str, int] = dict(
        transaction.rows(
            f"select name, position from cursor where name in {TEXTS}",
            (texts(sorted(map(_cursor, names))),),
        )
    )
    return {name: known.get(_cursor(name), 0) for name in names}


def _cursor(name: str) -> str:
    return f"interest:{name}"
