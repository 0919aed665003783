"""What conditions need and SQLite lacks: local time by the calendar's rules, long arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import apsw

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


def teach(connection: apsw.Connection) -> None:
    """Make `local_midnight(day, zone)`, `local_moment(text, zone)`, `local_day(instant, zone)` and
    `calculated(program, numbers ..)` known to a connection. Days and moments are ISO text, instants
    milliseconds, zones IANA names.
    """
    functions: tuple[tuple[str, Callable[..., Any], int], ...] = (
        ("local_midnight", _midnight, 2),
        ("local_moment", _moment, 2),
        ("local_day", _day, 2),
        ("calculated", _calculated, -1),
    )
    for name, function, count in functions:
        connection.create_scalar_function(name, function, count, deterministic=True)
