"""The browsers that take pushes, each known by a hash of its address at the push service."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


class Kept(NamedTuple):
    """A browser's row. `key` and `secret` are what messages for it are encrypted with, in base64url
    as the browser told them.
    """

    name: str
    customer: int
    endpoint: str
    key: str
    secret: str
    at: Instant


_COLUMNS = "name, customer, endpoint, key, secret, at"


def keep(transaction: Transaction, kept: Kept) -> None:
    """A browser that is known already may have become another person's."""
    transaction.execute(
        f"insert into push_device ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)"
        " on conflict (name) do update set customer = excluded.customer, key = excluded.key,"
        " secret = excluded.secret, at = excluded.at",
        tuple(kept),
    )


def find(rows: Rows, name: str) -> Kept | None:
    row = rows.row(f"select {_COLUMNS} from push_device where name = ?", (name,))
    return None if row is None else _read(row)


def of_customer(rows: Rows, customer: int) -> list[Kept]:
    """The newest first."""
    found = rows.rows(
        f"select {_COLUMNS} from push_device where customer = ? order by at desc, name",
        (customer,),
    )
    return [_read(row) for row in found]


def drop(transaction: Transaction, name: str) -> None:
    transaction.execute("delete from push_device where name = ?", (name,))


def _read(row: Row) -> Kept:
    return Kept(*row)
