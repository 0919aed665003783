"""Messages that went out before the database was restored, which it does not know itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from engine.store import runs as store_runs
from engine.store import settings_rows
from engine.store.rows import Rows
from engine.store.writer import RUN_FLOOR, Transaction

Key = tuple[int, str, int, int]
"""Run, step, visit, recipient."""

POSITION: Final = "ledger"
_AT_ONCE: Final = 500


def unknown_of(rows: Rows, keys: Sequence[Key]) -> list[Key]:
    """Those of the keys that the database cannot have claimed: their run is yet to come, or stands
    there without a claim of such a message. A run that was erased since says nothing.
    """
    newest = store_runs.newest(rows)
    runs = sorted({key[0] for key in keys if key[0] <= newest})
    there: set[int] = set()
    claimed: set[Key] = set()
    for start in range(0, len(runs), _AT_ONCE):
        some = tuple(runs[start : start + _AT_ONCE])
        marks = ", ".join("?" * len(some))
        there |= {one for (one,) in rows.rows(f"select id from run where id in ({marks})", some)}
        claimed |= set(
            rows.rows(
                "select run, step, visit, recipient from intent"
                f" where state not in ('ready', 'paused') and run in ({marks})",
                some,
            )
        )
    return [key for key in keys if key[0] > newest or (key[0] in there and key not in claimed)]


def keep(transaction: Transaction, keys: Iterable[Key]) -> None:
    """Remember them; new runs get numbers that none of them has."""
    rows = list(keys)
    transaction.executemany(
        "insert into gone_before (run, step, visit, recipient) values (?, ?, ?, ?)"
        " on conflict do nothing",
        rows,
    )
    floor = max((key[0] for key in rows), default=0)
    if floor > int(settings_rows.read(transaction, RUN_FLOOR) or 0):
        settings_rows.keep(transaction, RUN_FLOOR, str(floor))


def all_of(rows: Rows) -> frozenset[Key]:
    return frozenset(rows.rows("select run, step, visit, recipient from gone_before"))
