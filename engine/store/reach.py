"""People counted once: from the rows of the asked time, never from sums."""

from __future__ import annotations

from typing import Final

from engine.core.figures import CLICKS, OPENS
from engine.core.model import Instant
from engine.store.rows import Rows

_ACTS: Final = ", ".join(f"'{name}'" for name in (*OPENS, *CLICKS))
_SENT: Final = (
    "from intent i where i.done_at is not null and i.done_at >= ? and i.done_at < ?"
    " and i.recipient = 0 and i.state = 'sent'"
)


def people(rows: Rows, span: tuple[Instant, Instant]) -> tuple[int, int]:
    """How many were sent a message in a time, and how many of them opened or clicked any in it."""
    reached = rows.row(f"select count(distinct i.customer) {_SENT}", span)
    engaged = rows.row(
        "select count(*) from ("
        f"select distinct i.customer as customer {_SENT}) p where exists"
        f" (select 1 from event e where e.customer = p.customer and e.name in ({_ACTS})"
        " and e.occurred_at >= ? and e.occurred_at < ?)",
        (*span, *span),
    )
    assert reached is not None
    assert engaged is not None
    return int(reached[0]), int(engaged[0])
