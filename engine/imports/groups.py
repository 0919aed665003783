"""A group of rows into the store, in one transaction; a row that is not taken has a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import orjson

from engine.imports import agreements, headings, suppressions
from engine.imports.customers import CustomerImporter
from engine.imports.events import ImportedEvents, read_event, read_order
from engine.imports.people import Person, read_person
from engine.intake.ingest import take
from engine.intake.payload import check_item
from engine.intake.products import Around, read_row
from engine.intake.refusal import Refusal
from engine.store import products
from engine.store.writer import Transaction

T = TypeVar("T")
Kind = Literal["customers", "products", "orders", "events", "suppressions"]

Row = tuple[int, Mapping[str, Any] | str]
"""A line, and what it says by column, or why it cannot be read."""


@dataclass(slots=True, kw_only=True)
class Group(Around):
    """What surrounds the rows of a group. `source` names the file in proofs; `mark` is unique."""

    source: str
    mark: str
    seen: list[str] = field(default_factory=list)  # products that were named, taken or not


def store(
    transaction: Transaction, kind: Kind, rows: Sequence[Row], group: Group
) -> dict[int, str]:
    """Store what can be stored; give the reason for each row, by its index, that was not."""
    rejected: dict[int, str] = {}
    if kind == "suppressions":
        _store_stops(transaction, rows, group, rejected)
        return rejected
    known = headings.words(kind, group.types)
    rows = [
        (line, row if isinstance(row, str) else headings.read(row, known)) for line, row in rows
    ]
    if kind == "products":
        _store_products(transaction, rows, group, rejected)
        return rejected
    if kind == "customers":
        people = _each(rows, rejected, lambda line, row: _person(line, row, group))
        _census(transaction, group).store([person for _, person in people])
        return rejected
    happened = _each(rows, rejected, lambda line, row: _happened(kind, line, row, group))
    _store_happened(transaction, happened, group, rejected)
    return rejected


def _each(
    rows: Sequence[Row], rejected: dict[int, str], read: Callable[[int, Mapping[str, Any]], T]
) -> list[tuple[int, T]]:
    found = []
    for index, (line, row) in enumerate(rows):
        try:
            found.append((index, read(line, checked(row))))
        except Refusal as refusal:
            rejected[index] = reason_of(refusal)
    return found


def checked(row: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """A row that could be read and is within bounds. Raises `Refusal`."""
    if isinstance(row, str):
        raise Refusal("invalid", row)
    found = check_item(row)
    if isinstance(found, Refusal):
        raise found
    return found


def reason_of(refusal: Refusal) -> str:
    return f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message


def _person(line: int, row: Mapping[str, Any], group: Group) -> Person:
    return read_person(line, row, group.types, group.now, group.warnings)


def _happened(kind: Kind, line: int, row: Mapping[str, Any], group: Group) -> ImportedEvents:
    if kind == "orders":
        return read_order(line, row, group.types, group.now, group.source, group.warnings)
    return read_event(line, row, group.types, group.now, group.source)


def _census(transaction: Transaction, group: Group) -> CustomerImporter:
    return CustomerImporter(transaction, group.types, group.now, group.source, group.mark)


def _store_happened(
    transaction: Transaction,
    happened: Sequence[tuple[int, ImportedEvents]],
    group: Group,
    rejected: dict[int, str],
) -> None:
    # Who is told by an address, or described by an order, is found or made first.
    told = [one for _, one in happened if one.calls and (one.person.email or one.order)]
    customers = _census(transaction, group).store([one.person for one in told])
    for one, customer in zip(told, customers, strict=True):
        for call in one.calls:
            call.user, call.anonymous, call.customer = "", "", customer
    calls = [(index, call) for index, one in happened for call in one.calls]
    agreements.supersede(transaction, [call for _, call in calls])
    taken = take(transaction, [call for _, call in calls], group.types, group.now)
    for (index, call), each in zip(calls, taken, strict=True):
        if each.error == "conflict" and call.message_id.startswith("order "):
            group.warnings["an order of this number is known already, it stays as it is"] += 1
        elif each.error:
            rejected[index] = each.message


def _store_stops(
    transaction: Transaction, rows: Sequence[Row], group: Group, rejected: dict[int, str]
) -> None:
    read = _each(rows, rejected, lambda _, row: suppressions.read(row, group.types, group.now))
    stops = [stop for _, stop in read if stop is not None]
    if len(stops) < len(read):
        group.warnings[suppressions.PASSED_OVER] += len(read) - len(stops)
    suppressions.store(transaction, stops, group.source, group.now)


def _store_products(
    transaction: Transaction, rows: Sequence[Row], group: Group, rejected: dict[int, str]
) -> None:
    def read(_line: int, row: Mapping[str, Any]) -> products.Change:
        if isinstance(identifier := row.get("id"), str | int):
            group.seen.append(str(identifier))
        return read_row(row, group)

    changes = [change for _, change in _each(rows, rejected, read)]
    answers = products.put_many(transaction, _with_known_parents(transaction, changes), group.now)
    for change, (_, after) in zip(changes, answers, strict=True):
        if products.is_ringed(change, after):
            group.warnings["parent: leads back to the product itself, left out"] += 1
    products.call(transaction, group.numbers)


def _with_known_parents(
    transaction: Transaction, changes: Sequence[products.Change]
) -> list[products.Change]:
    """Parents that are told by another of their names, by the row that they have."""
    parents = {up for _, said in changes if isinstance(up := said.get("parent"), str)}
    parents -= {product for product, _ in changes}
    parents -= products.known(transaction, parents) if parents else set()
    rows = products.by_number(transaction, parents) if parents else {}
    return [
        (product, {**said, "parent": rows[said["parent"]]} if said.get("parent") in rows else said)
        for product, said in changes
    ]


def mark_of(*about: Any) -> str:
    """What makes the ids of an import's own events unique."""
    text = orjson.dumps(about, option=orjson.OPT_SORT_KEYS)
    return f"import {hashlib.sha256(text).hexdigest()[:24]}"
