"""What people agreed to: rows for what holds now, and proofs that are only appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
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


def held(rows: Rows, customers: Sequence[int]) -> dict[int, dict[str, Holding]]:
    """What holds for each of these customers."""
    found: dict[int, dict[str, Holding]] = {each: {} for each in customers}
    for customer, what, allowed, at in all_of(rows, sorted(customers)):
        found[customer][what] = Holding(bool(allowed), at)
    return found


def told(rows: Rows, customers: Sequence[int]) -> dict[int, list[Told]]:
    """The proofs of each of these customers, the oldest first."""
    found: dict[int, list[Told]] = {each: [] for each in customers}
    for customer, what, act, at, source, detail in rows.rows(
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


def of(rows: Rows, customer: int, what: str) -> Holding | None:
    """What holds of one thing; None where it was never told."""
    row = rows.row(
        "select allowed, at from consent where customer = ? and what = ?", (customer, what)
    )
    return None if row is None else Holding(bool(row[0]), row[1])


def all_of(rows: Rows, customers: Sequence[int]) -> list[Row]:
    """What holds for these customers: customer, what, allowed, since when."""
    return rows.rows(
        "select customer, what, allowed, at from consent"
        f" where customer in {MEMBERS} order by customer, what",
        (members(customers),),
    )


def words(rows: Rows) -> list[str]:
    """Everything that anybody ever agreed to or not."""
    return [what for (what,) in rows.rows("select distinct what from consent")]


def history(rows: Rows, customer: int) -> list[Row]:
    """The proofs of one customer, newest first: what, act, when, source."""
    return rows.rows(
        "select what, act, at, source from consent_proof where customer = ? order by id desc",
        (customer,),
    )


def asked(rows: Rows, after: int, limit: int, what: str) -> list[Row]:
    """The next requests to confirm: number, customer, what, address, when, detail."""
    return rows.rows(
        "select id, customer, what, address, at, detail from consent_proof"
        " where id > ? and act = 'asked' and what = ? order by id limit ?",
        (after, what, limit),
    )


def asking(rows: Rows, number: int) -> Row | None:
    """A request to confirm: what, when, detail."""
    return rows.row("select what, at, detail from consent_proof where id = ?", (number,))


class Request(NamedTuple):
    """A request to confirm, or a try at it: the proof's number, whose, for which address, when."""

    number: int
    customer: int
    address: str
    at: Instant


def asked_of(rows: Rows, what: str, since: Instant) -> list[Request]:
    """The requests after a moment."""
    found = rows.rows(
        "select id, customer, address, at from consent_proof"
        " where act = 'asked' and at > ? and what = ?",
        (since, what),
    )
    return [Request(*row) for row in found]


def acts_of(rows: Rows, customer: int, what: str, act: str) -> list[Request]:
    """What one customer did about one thing."""
    found = rows.rows(
        "select id, customer, address, at from consent_proof"
        " where customer = ? and what = ? and act = ?",
        (customer, what, act),
    )
    return [Request(*row) for row in found]


def asked_since(transaction: Transaction, what: str, at: Instant) -> list[str]:
    """The addresses that were asked for a consent after a moment, as they were typed."""
    found = transaction.rows(
        "select distinct address from consent_proof where act = 'asked' and at > ? and what = ?",
        (at, what),
    )
    return [row[0] for row in found]
