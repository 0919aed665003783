"""Settings that the database keeps for itself, by name."""

from __future__ import annotations

from collections.abc import Callable

from engine.store.rows import Rows
from engine.store.writer import Transaction


def read(rows: Rows, name: str) -> str:
    """Its value, "" where it was never kept."""
    row = rows.row("select value from setting where name = ?", (name,))
    return "" if row is None else str(row[0])


def keep(transaction: Transaction, name: str, value: str) -> None:
    transaction.execute(
        "insert into setting (name, value) values (?, ?)"
        " on conflict (name) do update set value = excluded.value",
        (name, value),
    )


def kept(transaction: Transaction, name: str, make: Callable[[], str]) -> str:
    """Its value, made and kept at first use."""
    value = read(transaction, name)
    if not value:
        value = make()
        keep(transaction, name, value)
    return value


def forget(transaction: Transaction, name: str) -> None:
    transaction.execute("delete from setting where name = ?", (name,))


def beginning(rows: Rows, start: str) -> list[tuple[str, str]]:
    """Those whose name begins so: name and value, by name."""
    found = rows.rows(
        "select name, value from setting where name >= ? and name < ? order by name",
        (start, start + "\U0010ffff"),
    )
    return [(str(name), str(value)) for name, value in found]
