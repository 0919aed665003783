"""What conditions need and SQLite lacks: local time by the calendar's rules, long arithmetic."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.core import calendar
from engine.core.conditions import operations as meaning
from engine.core.model import Instant
from engine.core.values import as_date, as_instant


@lru_cache(maxsize=65_536)
def _midnight(day: str | None, zone: str) -> Instant | None:
    return as_instant(day, zone)


@lru_cache(maxsize=4_096)
def _moment(moment: str, zone: str) -> Instant:
    return calendar.instant(datetime.fromisoformat(moment), zone)


def _day(at: Instant | None, zone: str) -> str | None:
    day = as_date(at, zone)
    return None if day is None else day.isoformat()


def _calculated(program: str, *operands: float | None) -> float | None:
    """Operands and signs, each sign behind its two operands: `vv+v*`."""
    stack: list[Any] = []
    rest = iter(operands)
    for step in program:
        if step == "v":
            stack.append(next(rest))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(meaning.ARITHMETIC[step](left, right))
    result = stack.pop()
    return float(result) if isinstance(result, int) and abs(result) >= 1 << 63 else result


def teach(connection: sqlite3.Connection) -> None:
    """Make `local_midnight(day, zone)`, `local_moment(text, zone)`, `local_day(instant, zone)` and
    `calculated(program, numbers ..)` known to a connection. Days and moments are ISO text, instants
    milliseconds, zones IANA names.
    """
    connection.create_function("local_midnight", 2, _midnight, deterministic=True)
    connection.create_function("local_moment", 2, _moment, deterministic=True)
    connection.create_function("local_day", 2, _day, deterministic=True)
    connection.create_function("calculated", -1, _calculated, deterministic=True)
    try:
        connection.execute("select power(0.5, 2)")
    except sqlite3.OperationalError:
        # Not every SQLite comes with its mathematics.
        connection.create_function("power", 2, pow, deterministic=True)
