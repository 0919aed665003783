"""Whom a moment of the calendar may mean: who was there, in which zones."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import TEXTS, Dialect, day_of, texts
from engine.store.rows import Rows


class Present(NamedTuple):
    """A condition over customers with its values."""

    where: str
    values: tuple[object, ...]

    @property
    def numbers(self) -> str:
        """A query of their numbers."""
        return f"select id from customer{self.where}"


def present(at: Instant, zones: Collection[str] | None, own: str) -> Present:
    """Who was there at a moment, in one of these zones (None: anywhere). `own` is the store's, of
    those who have told none.
    """
    where = " where merged_into is null and created_at <= ?"
    if zones is None:
        return Present(where, (at,))
    return Present(
        f"{where} and (zone in {TEXTS} or (zone is null and ?))", (at, texts(zones), own in zones)
    )


def with_date(
    rows: Rows, who: Present, dialect: Dialect, name: str, days: Collection[str], *, yearly: bool
) -> list[Row]:
    """Those of them whose property `name` falls on one of these days (`MM-DD` where `yearly`), by
    number: number, zone, properties.
    """
    day = day_of(dialect, "properties", name)
    if yearly:
        day = f"substr({day}, 6, 5)"
    return rows.rows(
        f"select id, zone, properties from customer{who.where} and {day} in {TEXTS} order by id",
        (*who.values, texts(sorted(days))),
    )
