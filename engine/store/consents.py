"""What people agreed to: rows for what holds now, and proofs that are only appended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.core.model import Instant
from engine.store.writer import Transaction


class Proof(NamedTuple):
    """How a consent came or went. `detail` is JSON."""

    customer: int
    what: str
    act: str
    at: Instant
    source: str
    address: str = ""
    detail: bytes = b"{}"


def keep(transaction: Transaction, rows: Iterable[tuple[int, str, bool, Instant]]) -> None:
    """Let consents hold or not: customer, what, allowed, since when. No two for the same."""
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)"
        " on conflict (customer, what) do update set allowed = excluded.allowed, at = excluded.at",
        rows,
    )


def prove(transaction: Transaction, proofs: Iterable[Proof]) -> None:
    """Append proofs, in their order."""
    transaction.executemany(
        "insert into consent_proof (customer, what, act, at, source, address, detail)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        proofs,
    )
