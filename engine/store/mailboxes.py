"""Whose address is also somebody else's, and what went there."""

from __future__ import annotations

from collections.abc import Collection

from engine.core.model import Instant
from engine.store import identities
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows

_SHARED = "same "


def shared(rows: Rows, customers: Collection[int]) -> dict[tuple[int, str], set[int]]:
    """By customer and kind of address the others who have the same one; in most shops nobody."""
    if (
        rows.row("select 1 from identity where kind in ('same email', 'same phone') limit 1")
        is None
    ):
        return {}
    found: dict[tuple[int, str], set[int]] = {}
    for kind, value, customer in rows.rows(
        "select kind, value, customer from identity"
        " where kind in ('email', 'phone', 'same email', 'same phone')"
        f" and customer in {MEMBERS}",
        (members(sorted(customers)),),
    ):
        second = kind.startswith(_SHARED)
        plain = kind.removeprefix(_SHARED)
        address = value.rpartition(" ")[0] if second else value
        span = (f"{address} ", f"{address}!")
        others = identities.sharing(rows, plain, address, f"{_SHARED}{plain}", span)
        if len(others) > 1:
            found[customer, plain] = others - {customer}
    return found


def gone(rows: Rows, customers: Collection[int], since: Instant) -> list[Row]:
    """What may have left for these customers since: customer, when, channel, key, flow (number),
    run key.
    """
    return rows.rows(
        "select intent.customer, claimed_at, channel, run, step, visit, recipient, intent.flow,"
        " run.key from intent join run on run.id = intent.run"
        f" where intent.customer in {MEMBERS} and made_at > ? and claimed_at > ? and counts"
        " and intent.state in ('claimed', 'sent', 'unknown')",
        (members(sorted(customers)), since - 2 * 86_400_000, since),
    )
