"""Who has to do with which product, kept beside the events and runs so that few are asked when one
changes: who did what about it, and who entered which flow because of it.

Events and runs are written from many places, so none of them keeps this: it follows each table by a
cursor for each name of event, or flow, that somebody asks about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

import orjson

from engine.core.conditions.operations import items_of
from engine.core.model import Instant
from engine.store import cursors
from engine.store.dialects import MEMBERS, TEXTS, members, text_in, texts
from engine.store.runs import RUNS_OF
from engine.store.writer import Transaction

SPAN: Final = 20_000
"""Rows that one piece of work looks at."""

Interest = tuple[str, str, int]
"""A product, why, a customer."""


def follow(transaction: Transaction, names: Collection[str]) -> bool:
    """Look at a piece of the events with these names; False when nothing is left to look at."""

    def read(start: int, end: int, mine: list[str]) -> set[Interest]:
        return {
            (product, name, customer)
            for name, customer, properties in transaction.rows(
                "select name, customer, properties from event"
                f" where id > ? and id <= ? and name in {TEXTS}",
                (start, end, texts(mine)),
            )
            for product in _products(orjson.loads(properties))
        }

    return _follow(transaction, "event", names, read)


def follow_runs(transaction: Transaction, flows: Mapping[str, int]) -> bool:
    """The same for the runs of flows, given by name with their numbers."""
    by_name = {_inside(flow): number for flow, number in flows.items()}
    by_number = {number: name for name, number in by_name.items()}

    def read(start: int, end: int, mine: list[str]) -> set[Interest]:
        return {
            (product, by_number[flow], customer)
            for flow, customer, product in transaction.rows(
                f"select flow, customer, {text_in('memory', 'product')} from run"
                f" where id > ? and id <= ? and flow in {MEMBERS}",
                (start, end, members([by_name[name] for name in mine])),
            )
            if isinstance(product, str)
        }

    return _follow(transaction, "run", by_name, read)


def _follow(
    transaction: Transaction,
    table: str,
    names: Collection[str],
    read: Callable[[int, int, list[str]], set[Interest]],
) -> bool:
    """Keep what `read` finds between two ids, the first left out, for those of `names` that have
    come so far.
    """
    if not names:
        return False
    by_cursor = cursors.positions(transaction, [_cursor(name) for name in names])
    positions = {name: by_cursor[_cursor(name)] for name in names}
    ((newest,),) = transaction.rows(f"select coalesce(max(id), 0) from {table}")
    start = min(positions.values())
    if start >= newest:
        return False
    mine = sorted(name for name, position in positions.items() if position == start)
    # As far as the next name has come: from there on they are read together.
    others = (position for position in positions.values() if position > start)
    end = min(start + SPAN, newest, *others)
    transaction.executemany(
        "insert into interest (product, event, customer) values (?, ?, ?) on conflict do nothing",
        sorted(read(start, end, mine)),
    )
    cursors.move(transaction, {_cursor(name): end for name in mine})
    return True


def interested(
    transaction: Transaction,
    products: Collection[str],
    names: Collection[str],
    after: int,
    count: int,
) -> list[int]:
    """At most `count` customers with an id above `after` who did one of these about one of
    `products`.
    """
    return [
        customer
        for (customer,) in transaction.rows(
            "select distinct coalesce(customer.merged_into, customer.id) as living from interest"
            " join customer on customer.id = interest.customer"
            f" where product in {TEXTS} and event in {TEXTS}"
            " and coalesce(customer.merged_into, customer.id) > ? order by living limit ?",
            (texts(sorted(products)), texts(sorted(names)), after, count),
        )
    ]


def inside(
    transaction: Transaction,
    products: Collection[str],
    flows: Mapping[str, int],
    after: int,
    count: int,
) -> list[int]:
    """At most `count` customers with an id above `after` who entered one of these flows because of
    one of `products`, whether they still are in it or not.
    """
    return interested(transaction, products, [_inside(flow) for flow in flows], after, count)


def standing(
    transaction: Transaction,
    customers: Collection[int],
    products: Collection[str],
    flows: Mapping[str, int],
    now: Instant,
) -> set[int]:
    """Those of `customers` who have a run of these flows about one of `products` that can still
    change.
    """
    everyone = members(customers)
    rows = transaction.rows(
        f"select distinct customer from run where id in ({RUNS_OF})"
        f" and flow in {MEMBERS} and {text_in('memory', 'product')} in {TEXTS}"
        " and (ended_at is null or unclaimed or goal_until >= ?)",
        (everyone, everyone, members(flows.values()), texts(sorted(products)), now),
    )
    return {customer for (customer,) in rows}


def _products(properties: dict[str, Any]) -> Iterator[str]:
    """The products that an event is about; see `conditions.meaning.is_about`."""
    found = [properties.get("item"), *(item.get("id") for item in items_of(properties))]
    yield from (product for product in found if isinstance(product, str))


def _inside(flow: str) -> str:
    # No event's name has a blank in it.
    return f"in {flow}"


def _cursor(name: str) -> str:
    return f"interest:{name}"
