"""Events that wait for the worker, in the order in which they came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.rows import Rows
from engine.store.shards import within
from engine.store.writer import Transaction


def oldest(rows: Rows, limit: int, shards: Collection[int] | None = None) -> list[Row]:
    """The events that wait longest, of customers in these shards: id, customer."""
    where, values = within("customer", shards)
    return rows.rows(
        f"select id, customer from pending where {where} order by id limit ?", (*values, limit)
    )


def of(rows: Rows, customers: Collection[int]) -> list[Row]:
    """All that wait for these customers: id, customer."""
    return rows.rows(
        f"select id, customer from pending where customer in {MEMBERS} order by id",
        (members(customers),),
    )


def waiting(rows: Rows, customers: Collection[int]) -> set[int]:
    """Those of these customers for whom anything waits."""
    return {
        customer
        for (customer,) in rows.rows(
            f"select distinct customer from pending where customer in {MEMBERS}",
            (members(customers),),
        )
    }


def events(rows: Rows, ids: Sequence[int]) -> list[Row]:
    """Stored events: id, customer, name, occurred, received, whether it enters, properties."""
    return rows.rows(
        "select id, customer, name, occurred_at, received_at, enters, properties from event"
        f" where id in {MEMBERS} order by id",
        (members(ids),),
    )


def done(transaction: Transaction, ids: Iterable[int]) -> None:
    """They were applied, or set aside."""
    transaction.execute(f"delete from pending where id in {MEMBERS}", (members(ids),))


def again(transaction: Transaction, ids: Iterable[int]) -> int:
    """Let stored events be applied once more; how many."""
    return transaction.execute(
        "insert into pending (id, customer) select id, customer from event"
        f" where id in {MEMBERS} on conflict (id) do nothing",
        (members(sorted(ids)),),
    )


def any_there(rows: Rows) -> bool:
    """Whether anything waits."""
    return rows.row("select 1 from pending limit 1") is not None


def queue_up(transaction: Transaction, names: Collection[str]) -> None:
    """Let events with these names, which went past the list, stand on it where one of the same
    customer that came before them still does: whoever is told of them now is told in their order.
    """
    transaction.execute(
        "insert into pending (id, customer) select event.id, event.customer from event"
        " join (select customer, min(id) as first from pending group by customer) as waiting"
        " on waiting.customer = event.customer and event.id > waiting.first"
        f" where event.name in {TEXTS} on conflict (id) do nothing",
        (texts(sorted(names)),),
    )


def oldest_at(rows: Rows) -> Instant | None:
    """When what waits longest was received, None where nothing waits."""
    row = rows.row("select received_at from event where id = (select min(id) from pending)")
    return row[0] if row else None
