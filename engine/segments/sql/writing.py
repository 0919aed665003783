"""What the pieces of one query share: its bound values, its aliases, where a name is looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from dsl import tree
from engine.core.conditions.context import ConditionError, Names
from engine.core.conditions.values import Where
from engine.core.model import Instant
from engine.segments.sql.dialect import Dialect, Element
from engine.store.dialects import members

if TYPE_CHECKING:
    from engine.segments.sql.levels import Level

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


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Value:
    """A value by what it may turn out to be: each field is SQL that is null where the value is
    something else, and None where it never is that.

    `number` counts booleans as 1 and 0; `compound` is the JSON of a list or object that can be
    equal to another one, `members` the JSON of one that can only be looked into. `printed` may
    stand for text and number at once where the other side is plain (`Dialect.printed`). `whole` and
    `text` are what a date is read from. `there` is whether it is not missing; None for always.
    `known` is the value itself where the text of the flow tells it, `empty` what it is without
    history. A `tame` number can be calculated with safely. `steps` are the operands and
    signs of arithmetic, each sign behind its two operands. `day` is a literal day.
    """

    kind: str | None = None
    number: str | None = None
    text: str | None = None
    compound: str | None = None
    members: str | None = None
    printed: str | None = None
    whole: str | None = None
    there: str | None = None
    known: Any = UNKNOWN
    empty: Any = UNKNOWN
    tame: bool = False
    steps: tuple[str, ...] = ()
    literal: bool = False
    day: date | None = None

    @property
    def is_known(self) -> bool:
        return self.known is not UNKNOWN


MISSING: Final = Value(there="false", known=None, empty=None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands: what bare names and `event` mean there. `row` is the SQL of the
    event's number.
    """

    level: Level
    where: Where = ""
    events: tuple[str, ...] = ()
    properties: Element | None = None
    row: str = ""
    item: Element | None = None
    product: Element | None = None

    def top(self) -> Place:
        """Outside of every `where`, for the conditions of a segment."""
        return Place(self.level)

    def within_event(self, level: Level, event: str, properties: Element, row: str) -> Place:
        return Place(level, "event", (event,), properties, row)

    def within_item(self, item: Element, product: Element) -> Place:
        return replace(self, where="item", item=item, product=product)


@dataclass(slots=True)
class Writer:
    """Writes one query. `zone` is the store's; `condition` compiles what stands in a `where`."""

    names: Names
    dialect: Dialect
    now: Instant
    zone: str
    within: str | None
    suppressions: Suppressed | None
    condition: Callable[[Writer, tree.Condition, Place], Truth]
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
