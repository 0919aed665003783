"""What the pieces of one query share: its bound values, its aliases, how truths combine."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from engine.core.conditions.context import ConditionError, Names
from engine.core.model import Instant
from engine.segments.sql.dialect import Dialect
from engine.store.dialects import members

Suppressed = Mapping[str, Collection[int]]
"""By channel the customers whose address is suppressed."""

_MARKER: Final = re.compile("\x00(\\d+)\x00")


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: SQL that is true or false and never null.

    `empty` is its answer for a customer without any of the history that its level gathers; None
    where that depends on something else.
    """

    sql: str
    empty: bool | None = None

    @staticmethod
    def of(value: bool) -> Truth:
        return Truth("true" if value else "false", value)

    def __invert__(self) -> Truth:
        if self.sql in ("true", "false"):
            return Truth.of(self.sql == "false")
        return Truth(f"(not {self.sql})", None if self.empty is None else not self.empty)


def every(truths: list[Truth]) -> Truth:
    """All hold."""
    truths = [one for one in truths if one.sql != "true"]
    if any(one.sql == "false" for one in truths):
        return Truth.of(False)
    if len(truths) < 2:
        return truths[0] if truths else Truth.of(True)
    empties = [one.empty for one in truths]
    empty = False if False in empties else (None if None in empties else True)
    return Truth("(" + " and ".join(one.sql for one in truths) + ")", empty)


def some(truths: list[Truth]) -> Truth:
    """At least one holds."""
    truths = [one for one in truths if one.sql != "false"]
    if any(one.sql == "true" for one in truths):
        return Truth.of(True)
    if len(truths) < 2:
        return truths[0] if truths else Truth.of(False)
    empties = [one.empty for one in truths]
    empty = True if True in empties else (None if None in empties else False)
    return Truth("(" + " or ".join(one.sql for one in truths) + ")", empty)


@dataclass(slots=True)
class Writer:
    """Writes one query. `zone` is the store's."""

    names: Names
    dialect: Dialect
    now: Instant
    zone: str
    within: str | None
    suppressions: Suppressed | None
    segments: tuple[str, ...] = ()
    depth: int = 0
    _tables: list[str] = field(default_factory=list)
    _bound: list[object] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def alias(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def bound(self, value: object) -> str:
        """A place for a value that is handed over apart from the text."""
        self._bound.append(value)
        return f"\x00{len(self._bound) - 1}\x00"

    def bound_text(self, value: str) -> str:
        return self.dialect.bound_text(self.bound(value))

    def suppressed(self, channel: str) -> str | None:
        """A place for the customers who must get nothing by a channel; None when there are none.

        Raises ConditionError where nobody has looked.
        """
        if self.suppressions is None:
            raise ConditionError(f"who must get nothing by {channel} has not been looked up")
        found = self.suppressions.get(channel)
        return self.bound(members(sorted(found))) if found else None

    def embedded(self, sql: str, values: tuple[object, ...]) -> str:
        """Somebody else's query as a piece of this one."""
        rest = iter(values)
        return re.sub(r"\?", lambda _: self.bound(next(rest)), sql)

    def table(self, name: str, sql: str) -> str:
        """Put a query before the main one, under a name: parsers have only so much depth."""
        self._tables.append(f"{name} as ({sql})")
        return name

    def finished(self, sql: str) -> tuple[str, tuple[object, ...]]:
        """The text with placeholders, and the values in their order."""
        if self._tables:
            sql = f"with {', '.join(self._tables)} {sql}"
        values: list[object] = []

        def place(found: re.Match[str]) -> str:
            values.append(self._bound[int(found[1])])
            return "?"

        return _MARKER.sub(place, sql), tuple(values)

    @staticmethod
    def refusal(what: object) -> ConditionError:
        return ConditionError(f"no meaning for {what!r}")
