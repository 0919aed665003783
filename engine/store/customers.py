"""Customers' rows, and who somebody is, from what people type: a user id, an e-mail address or our
own number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from engine.store import identities, merging
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members, text_in
from engine.store.rows import Rows
from engine.store.writer import Transaction


def find_customer(rows: Rows, who: str | int) -> int | None:
    """The customer's number, None when there is nobody. A user id goes before an address.

    Somebody who was merged into another is found as that other.
    """
    text = str(who).strip()
    if "\0" in text:  # no name holds one, and not every database can be asked for it
        return None
    number: int | None = None
    for kind, value in (
        ("user", text),
        ("email", text.lower()),
        ("email", text),
        ("anonymous", text),
    ):
        number = identities.owner(rows, kind, value)
        if number is not None:
            break
    if number is None and text.isascii() and text.isdigit() and len(text) < 19:
        number = int(text)
    while number is not None:
        row = merging.became(rows, number)
        if row is None:
            return None
        if row[0] is None:
            return number
        number = int(row[0])
    return None


# --- rows ----------------------------------------------------------------------------------


def add(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make customers: number, when, properties as JSON."""
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)", rows
    )


def add_described(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make customers: number, when, zone, properties and tags as JSON."""
    transaction.executemany(
        "insert into customer (id, created_at, zone, properties, tags) values (?, ?, ?, ?, ?)",
        rows,
    )


def describe(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    """Properties and tags as JSON, zone, of a customer."""
    transaction.executemany(
        "update customer set properties = ?, tags = ?, zone = ? where id = ?", rows
    )


def described(rows: Rows, customers: Collection[int]) -> list[Row]:
    """Number, properties, tags, zone of these customers."""
    return rows.rows(
        f"select id, properties, tags, zone from customer where id in {MEMBERS}",
        (members(customers),),
    )


def properties_of(rows: Rows, customer: int) -> bytes | None:
    """One customer's, as JSON; None where there is none."""
    row = rows.row("select properties from customer where id = ?", (customer,))
    return None if row is None else row[0] or b"{}"


def with_cart(rows: Rows, customer: int) -> Row | None:
    """Properties, tags, cart of one customer."""
    return rows.row("select properties, tags, cart from customer where id = ?", (customer,))


def carts(rows: Rows, customers: Collection[int]) -> list[Row]:
    """Number, zone, cart of these customers, by number."""
    return rows.rows(
        f"select id, zone, cart from customer where id in {MEMBERS} order by id",
        (members(sorted(customers)),),
    )


def put_carts(transaction: Transaction, rows: Iterable[tuple[bytes, int]]) -> None:
    """Cart (JSON), customer."""
    transaction.executemany("update customer set cart = ? where id = ?", rows)


def page(rows: Rows, after: int, limit: int) -> list[Row]:
    """The next customers who were not merged into others: number, properties, tags, zone."""
    return rows.rows(
        "select id, properties, tags, zone from customer where merged_into is null and id > ?"
        " order by id limit ?",
        (after, limit),
    )


def numbers(rows: Rows, after: int, limit: int) -> list[int]:
    """The numbers of the next customers who were not merged into others."""
    return [
        row[0]
        for row in rows.rows(
            "select id from customer where id > ? and merged_into is null order by id limit ?",
            (after, limit),
        )
    ]


def standing(rows: Rows, customers: Collection[int]) -> list[int]:
    """Those of these customers who were not merged into others, by number."""
    return [
        row[0]
        for row in rows.rows(
            f"select id from customer where id in {MEMBERS} and merged_into is null order by id",
            (members(sorted(customers)),),
        )
    ]


def since(rows: Rows, customer: int) -> int | None:
    """When somebody who was not merged into another was first seen."""
    row = rows.row(
        "select created_at from customer where id = ? and merged_into is null", (customer,)
    )
    return None if row is None else int(row[0])


def count(rows: Rows) -> int:
    """How many there are, without those who were merged into others."""
    return int(rows.rows("select count(*) from customer where merged_into is null")[0][0])


def is_empty(rows: Rows) -> bool:
    return rows.row("select 1 from customer limit 1") is None


def languages(rows: Rows) -> dict[str, int]:
    """How many customers read each language, as it was told; "" where it was not."""
    language = text_in("properties", "language")
    found: dict[str, int] = {}
    for told, number in rows.rows(
        f"select {language}, count(*) from customer where merged_into is null group by {language}"
    ):
        name = str(told or "").strip().replace("_", "-").lower()
        found[name] = found.get(name, 0) + number
    return found
