"""An operand of a condition as SQL, and what it is made of: literals, JSON, dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import orjson

from engine.core import calendar
from engine.core.model import HOUR
from engine.segments.sql.dialect import Element
from engine.segments.sql.levels import Place
from engine.segments.sql.writing import Writer


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


def known(value: Any, kind: str | None) -> Value:
    """A value that the text tells."""
    if isinstance(value, bool):
        number: str | None = "1" if value else "0"
    else:
        number = repr(value) if isinstance(value, int | float) else None
    return Value(
        kind, number=number, whole=number if isinstance(value, int) else None, known=value,
        empty=value, tame=True, literal=True,
    )  # fmt: skip


def element(writer: Writer, one: Element, kind: str | None) -> Value:
    """A value out of JSON."""
    dialect = writer.dialect
    compound = dialect.compound(one)
    return Value(
        kind,
        number=dialect.number(one),
        text=dialect.text(one),
        compound=compound,
        members=compound,
        printed=dialect.printed(one),
        whole=dialect.whole(one),
        there=dialect.there(one),
    )


def either(first: Value, second: Value) -> Value:
    """The first, or the second where that is missing."""

    def field(one: str | None, other: str | None) -> str:
        return f"case when {first.there} then {one or 'null'} else {other or 'null'} end"

    return Value(
        first.kind,
        number=field(first.number, second.number),
        text=field(first.text, second.text),
        compound=field(first.compound, second.compound),
        members=field(first.members, second.members),
        printed=field(first.printed, second.printed),
        whole=field(first.whole, second.whole),
        there=f"({first.there} or {second.there})",
    )


def text_of(writer: Writer, value: Value) -> str | None:
    """The SQL of its text, None where it is never text."""
    if isinstance(value.known, str):
        return writer.bound_text(value.known)
    return value.text


def compound_of(writer: Writer, value: Value) -> str | None:
    if isinstance(value.known, list):
        return writer.dialect.bound_json(writer.bound(orjson.dumps(value.known).decode()))
    return value.compound


# --- dates ---------------------------------------------------------------------------------


def moment(writer: Writer, literal: date | datetime, zone: str) -> str:
    """The instant of a literal date or time of day in a customer's zone."""
    if not isinstance(literal, datetime):
        literal = datetime.combine(literal, time(0))
    here = calendar.instant(literal, writer.zone)
    there = writer.dialect.local_moment(literal, zone)
    return f"case when {zone} = '{writer.zone}' then {here} else {there} end"


def instant(writer: Writer, value: Value, place: Place) -> Value:
    """What a date is compared as: a bare date is its local midnight."""
    if value.kind != "date" or value.tame or value.there == "false":
        return value
    number = value.whole
    if value.text is not None:
        midnight = writer.dialect.midnight(value.text, place.level.zone)
        number = f"coalesce({number or 'null'}, {midnight})"
    return Value("date", number=number, whole=number, there=f"({number} is not null)")


def on_day(writer: Writer, value: Value, day: date, place: Place) -> list[str]:
    """Tests of which one holds when a date value, read as a local day, is that day."""
    tests = []
    text = text_of(writer, value)
    if text is not None:
        tests.append(f"{text} = '{day.isoformat()}'")
    whole = value.whole
    if whole is not None:
        middle = calendar.at_clock(day, time(12), "UTC")
        local = writer.dialect.local_day(whole, place.level.zone)
        tests.append(
            f"({whole} between {middle - 40 * HOUR} and {middle + 40 * HOUR}"
            f" and {local} = '{day.isoformat()}')"
        )
    return tests
