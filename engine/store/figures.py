"""How much there is of what, for whoever watches a running server."""

from __future__ import annotations

from engine.store.rows import Rows

COUNTS = {
    "events_stored": "select max(id) from event",
    "customers": "select max(id) from customer",
    "events_pending": "select count(*) from pending",
    "intents_ready": "select count(*) from intent where state = 'ready'",
    "webhooks_unread": "select count(*) from shop_delivery where due_at is null and reason <> ''",
}


def count(rows: Rows, name: str) -> float:
    """One of `COUNTS`; 0 for nothing."""
    row = rows.row(COUNTS[name])
    return float(row[0] or 0) if row else 0.0
