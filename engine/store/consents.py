"""What people agreed to: rows for what holds now, and proofs that are only appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from engine.core.model import Instant
from engine.store.dialects import MEMBERS, members
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


class Holding(NamedTuple):
    """Whether a consent holds, and since when by the word of whoever gave or withdrew it."""

    allowed: bool
    at: Instant


class Told(NamedTuple):
    """One proof, as far as it says what came before what."""

    what: str
    act: str
    at: Instant
    source: str
    detail: dict[str, Any]


def held(transaction: Transaction, customers: Sequence[int]) -> dict[int, dict[str, Holding]]:
    """What holds for each of these customers."""
    found: dict[int, dict[str, Holding]] = {each: {} for each in customers}
    for customer, what, allowed, at in transaction.rows(
        f"select customer, what, allowed, at from consent where customer in {MEMBERS}",
        (members(sorted(customers)),),
    ):
        found[customer][what] = Holding(bool(allowed), at)
    return found


def told(transaction: Transaction, customers: Sequence[int]) -> dict[int, list[Told]]:
    """The proofs of each of these customers, the oldest first."""
    found: dict[int, list[Told]] = {each: [] for each in customers}
    for customer, what, act, at, source, detail in transaction.rows(
        "select customer, what, act, at, source, detail from consent_proof"
        f" where customer in {MEMBERS} order by id",
        (members(sorted(customers)),),
    ):
        found[customer].append(Told(what, act, at, source, orjson.loads(detail)))
    return found


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
