"""Keys of the interface, by the hash of their text: the text itself is not kept."""

from __future__ import annotations

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.writer import Transaction


def add(transaction: Transaction, name: str, kind: str, digest: Digest, at: Instant) -> None:
    """One that is there already stays as it is."""
    transaction.execute(
        "insert into api_key (name, kind, hash, created_at) values (?, ?, ?, ?)"
        " on conflict (hash) do nothing",
        (name, kind, digest, at),
    )


def revoke(transaction: Transaction, name: str, at: Instant) -> int:
    """End all keys of this name; how many."""
    return transaction.execute(
        "update api_key set revoked_at = ? where name = ? and revoked_at is null", (at, name)
    )


def kind_of(rows: Rows, name: str) -> Row | None:
    """The kind of the newest valid key of this name."""
    return rows.row(
        "select kind from api_key where name = ? and revoked_at is null order by id desc", (name,)
    )


def valid(rows: Rows, digest: Digest) -> Row | None:
    """Number, name, kind of the valid key with this hash."""
    return rows.row(
        "select id, name, kind from api_key where hash = ? and revoked_at is null", (digest,)
    )


def all_of(rows: Rows) -> list[Row]:
    """Name, kind, whether it was revoked; oldest first."""
    return rows.rows("select name, kind, revoked_at is not null from api_key order by id")
