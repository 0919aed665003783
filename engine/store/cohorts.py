"""First orders and second ones."""

from __future__ import annotations

from engine.core.model import Instant
from engine.store.rows import Rows
from engine.store.tables.events import IS_FIGURED


def first_orders(
    rows: Rows, span: tuple[Instant, Instant]
) -> list[tuple[int, Instant, Instant | None]]:
    """Everybody whose first order fell into a time: who, when it was, and when the second was."""
    found = rows.rows(
        "select customer, first_at, second_at from (select customer, min(occurred_at) as first_at,"
        " min(case when place = 2 then occurred_at end) as second_at from ("
        "select customer, occurred_at, row_number() over"
        " (partition by customer order by occurred_at, id) as place"
        f" from event where {IS_FIGURED} and name = 'purchase' and occurred_at >= 0) orders"
        " where place <= 2 group by customer) people where first_at >= ? and first_at < ?",
        span,
    )
    return [(row[0], row[1], row[2]) for row in found]


def newest(rows: Rows) -> Instant:
    """Until when orders are known: the newest event."""
    row = rows.row("select received_at from event where id = (select max(id) from event)")
    return 0 if row is None else int(row[0])
