"""By what people are found: user ids, visitors' ids, addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction


def keep(transaction: Transaction, rows: Iterable[tuple[str, str, int, Instant]]) -> None:
    """Let customers be found: kind, value, customer, since when. The last one told has it."""
    transaction.executemany(
        "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)"
        " on conflict (kind, value) do update set customer = excluded.customer,"
        " at = excluded.at",
        rows,
    )


def user_of(rows: Rows, customer: int) -> str:
    """A user id of a customer, "" for none."""
    row = rows.row(
        "select value from identity where kind = 'user' and customer = ? limit 1", (customer,)
    )
    return "" if row is None else str(row[0])


def add(transaction: Transaction, rows: Iterable[tuple[str, str, int, Instant]]) -> None:
    """Let customers be found: kind, value, customer, since when. Nobody has any of them yet."""
    transaction.executemany(
        "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)", rows
    )


def add_free(transaction: Transaction, rows: Iterable[tuple[str, str, int, Instant]]) -> None:
    """The same, where nobody has it: the first one told has it."""
    transaction.executemany(
        "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)"
        " on conflict (kind, value) do nothing",
        rows,
    )


def take(transaction: Transaction, kind: str, value: str, customer: int, at: Instant) -> bool:
    """Let one customer be found, where nobody has it; whether it was free."""
    return bool(
        transaction.execute(
            "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)"
            " on conflict do nothing",
            (kind, value, customer, at),
        )
    )


def find(rows: Rows, kind: str, values: Iterable[str]) -> dict[str, int]:
    """The customers with these identities of one kind, with one query."""
    wanted = list(values)
    if not wanted:
        return {}
    return dict(
        rows.rows(
            f"select value, customer from identity where kind = ? and value in {TEXTS}",
            (kind, texts(wanted)),
        )
    )


def owner(rows: Rows, kind: str, value: str) -> int | None:
    """Who is found by it."""
    row = rows.row("select customer from identity where kind = ? and value = ?", (kind, value))
    return None if row is None else int(row[0])


def find_newer(rows: Rows, kind: str, values: Iterable[str], since: Instant) -> dict[str, int]:
    """The same, without those that were told before a moment."""
    return dict(
        rows.rows(
            f"select value, customer from identity where kind = ? and at > ? and value in {TEXTS}",
            (kind, since, texts(values)),
        )
    )


def is_named(rows: Rows, customer: int) -> bool:
    """Whether a customer is found by anything but ids of visitors: a user id, an address."""
    row = rows.row(
        "select 1 from identity where customer = ? and kind in"
        " ('user', 'email', 'phone', 'same email', 'same phone') limit 1",
        (customer,),
    )
    return row is not None


def drop(transaction: Transaction, kind: str, value: str) -> None:
    """Let nobody be found by it."""
    transaction.execute("delete from identity where kind = ? and value = ?", (kind, value))


def users(rows: Rows, customers: Collection[int]) -> list[Row]:
    """The user ids of these customers: customer, user id."""
    return rows.rows(
        f"select customer, value from identity where kind = 'user' and customer in {MEMBERS}",
        (members(customers),),
    )


def names(rows: Rows, customers: Collection[int]) -> list[Row]:
    """What these customers are called, the oldest last: kind, value, customer."""
    return rows.rows(
        "select kind, value, customer from identity where kind in ('user', 'anonymous')"
        f" and customer in {MEMBERS} order by at desc, value",
        (members(sorted(customers)),),
    )


def others(rows: Rows, customer: int, kind: str, value: str) -> list[str]:
    """The values of a kind by which a customer is found, other than `value`."""
    return [
        row[0]
        for row in rows.rows(
            "select value from identity where customer = ? and kind = ? and value <> ?",
            (customer, kind, value),
        )
    ]


def drop_others(transaction: Transaction, rows: Iterable[tuple[int, str, str, str, str]]) -> None:
    """Let customers no longer be found by two kinds but for a value of each: customer, the kinds,
    the values.
    """
    transaction.executemany(
        "delete from identity where customer = ? and kind in (?, ?) and value <> ? and value <> ?",
        rows,
    )


def sharing(rows: Rows, kind: str, value: str, shared: str, span: tuple[str, str]) -> set[int]:
    """Who is found by a value, and who shares it: whose value of kind `shared` is in the span."""
    return {
        row[0]
        for row in rows.rows(
            "select customer from identity where kind = ? and value = ? union"
            " select customer from identity where kind = ? and value >= ? and value < ?",
            (kind, value, shared, *span),
        )
    }


def inherit(
    transaction: Transaction, rows: Iterable[tuple[str, str, str, str, str, Instant]]
) -> None:
    """Let values that their owner has left lead to the first of those who share them: kind, value,
    the kind of those who share it, their span of values, when.
    """
    told = list(rows)
    transaction.executemany(
        "insert into identity (kind, value, customer, at)"
        " select ?, ?, customer, ? from identity where kind = ? and value >= ? and value < ?"
        " order by customer limit 1 on conflict (kind, value) do nothing",
        [(kind, value, at, *span) for kind, value, *span, at in told],
    )
    transaction.executemany(
        "delete from identity where kind = ? and value >= ? and value < ? and customer ="
        " (select customer from identity where kind = ? and value = ?)",
        [(*span, kind, value) for kind, value, *span, _ in told],
    )
