"""Local time for SQLite, which knows no time zones: the calendar's own rules as SQL functions."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import lru_cache

from engine import calendar
from engine.model import Instant
from engine.values import as_date, as_instant


@lru_cache(maxsize=65_536)
def _midnight(day: str | None, zone: str) -> Instant | None:
    return as_instant(day, zone)


@lru_cache(maxsize=4_096)
def _moment(moment: str, zone: str) -> Instant:
    return calendar.instant(datetime.fromisoformat(moment), zone)


def _day(at: Instant | None, zone: str) -> str | None:
    day = as_date(at, zone)
    return None if day is None else day.isoformat()


def teach(connection: sqlite3.Connection) -> None:
    """Make `local_midnight(day, zone)`, `local_moment(text, zone)` and `local_day(instant, zone)`
    known to a connection. Days and moments are ISO text, instants milliseconds, zones IANA names.
    """
    connection.create_function("local_midnight", 2, _midnight, deterministic=True)
    connection.create_function("local_moment", 2, _moment, deterministic=True)
    connection.create_function("local_day", 2, _day, deterministic=True)
