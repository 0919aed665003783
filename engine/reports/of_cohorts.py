"""Who bought for the first time when, and who came back."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import Final

from engine.core import calendar
from engine.core.model import DAY, Instant
from engine.reports.asked import Asked
from engine.reports.told import Column, Number, Report, Row, Table, say, share
from engine.store import cohorts

WITHIN: Final = (30, 60, 90, 180, 365)
BUYERS: Final = Column(
    "buyers", say("First-time buyers"), "count",
    say("Different people whose first order fell into this month."), ("first order",),
)  # fmt: skip
ONCE: Final = Column(
    "bought_once",
    say("Bought once"),
    "count",
    say("Those of them who have not ordered again."),
    ("bought once",),
)
ONCE_SHARE: Final = Column(
    "once_share",
    say("Share"),
    "share",
    say("Bought once, of the first-time buyers."),
    ("bought once",),
)
AGAIN: Final = {
    30: say("Again within 30 days"),
    60: say("Within 60 days"),
    90: say("Within 90 days"),
    180: say("Within 180 days"),
    365: say("Within 365 days"),
}
_SAYS: Final = say("The share that ordered again so soon; empty while the month is too young to know.")  # noqa: E501  # fmt: skip


def cohorts_report(asked: Asked) -> Report:
    """By the month of the first order. The period says which months."""
    span = asked.period.span
    months: dict[str, list[tuple[Instant, Instant | None]]] = defaultdict(list)
    names, begins = _months(span, asked.period.zone)
    for _, first, second in cohorts.first_orders(asked.rows, span):
        months[names[bisect_right(begins, first) - 1]].append((first, second))
    now = cohorts.newest(asked.rows)
    rows: list[Row] = []
    for month, people in sorted(months.items()):
        once = sum(second is None for _, second in people)
        cells: Row = {
            "month": month,
            "buyers": len(people),
            "bought_once": once,
            "once_share": share(once, len(people)),
        }
        youngest = max(first for first, _ in people)
        waits = sorted(second - first for first, second in people if second is not None)
        for days in WITHIN:
            came = bisect_right(waits, days * DAY)
            known = youngest + days * DAY <= now
            cells[f"within_{days}"] = share(came, len(people)) if known else None
        rows.append(cells)
    columns = (
        Column("month", say("Month of the first order"), "text"),
        *(BUYERS, ONCE, ONCE_SHARE),
        *(
            Column(f"within_{days}", AGAIN[days], "share", _SAYS, (f"again {days}",))
            for days in WITHIN
        ),
    )
    everybody = [one for people in months.values() for one in people]
    once = sum(second is None for _, second in everybody)
    period = asked.period
    return Report(
        "cohorts", say("Cohorts"), period.first.isoformat(), period.last.isoformat(),
        period.zone, asked.currency,
        [
            Number(BUYERS, len(everybody)),
            Number(ONCE, once),
            Number(ONCE_SHARE, share(once, len(everybody))),
        ],
        [
            Table(
                "cohorts", say("By month"), columns, rows,
                about=[{"month": str(row["month"])} for row in rows],
                empty=say("Nobody ordered for the first time in this time. Choose a longer one."),
            )
        ],
    )  # fmt: skip


def _months(span: tuple[Instant, Instant], zone: str) -> tuple[list[str], list[Instant]]:
    """The months of a time in a zone: what they are called, and when each begins."""
    day = calendar.local_date(span[0], zone).replace(day=1)
    names: list[str] = []
    begins: list[Instant] = []
    while not begins or begins[-1] < span[1]:
        names.append(f"{day:%Y-%m}")
        begins.append(calendar.instant(datetime.combine(day, time()), zone))
        day = (day + timedelta(days=31)).replace(day=1)
    return names, begins
