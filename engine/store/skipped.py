"""Entries that were refused, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.core.model import EntrySkipped
from engine.store.dialects import MEMBERS, members
from engine.store.states import FlowNumbers
from engine.store.writer import Transaction

_NEW: Final = "insert into skipped_entry (customer, flow, key, at, reason) values (?, ?, ?, ?, ?)"


def write(transaction: Transaction, skipped: Iterable[EntrySkipped], flows: FlowNumbers) -> None:
    """Keep what was refused. Of what the calendar tries again and again only the first refusal of
    its kind: somebody who may never enter again would have a row a day, for ever.
    """
    rows = [
        ((one.customer, flows.number(transaction, one.flow), one.key, one.at, one.reason), one)
        for one in skipped
    ]
    repeating = {row[0] for row, one in rows if one.by_calendar}
    latest: dict[tuple[int, int, str], str] = {}
    if repeating:
        found = transaction.rows(
            "select customer, flow, key, reason from skipped_entry"
            " where id in (select max(id) from skipped_entry"
            f" where customer in {MEMBERS} group by customer, flow, key)",
            (members(repeating),),
        )
        latest = {(customer, flow, key): reason for customer, flow, key, reason in found}
    new = []
    for row, one in rows:
        place, reason = row[:3], row[4]
        if not (one.by_calendar and latest.get(place) == reason):
            new.append(row)
        latest[place] = reason
    if new:
        transaction.executemany(_NEW, new)
