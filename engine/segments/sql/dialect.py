"""What conditions say differently on SQLite and on PostgreSQL: JSON, text order, local time.

An `Element` is one JSON value in a row. What it holds is known only while the query runs, so it is
asked for as a number, as text or as a list, and is null as everything that it is not: a property
of an unexpected type compares as false, exactly as over one customer. Booleans are the numbers 1
and 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

DialectName = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Element:
    """The value at `path` (names and list places, outermost first) in the JSON `source`."""

    source: str
    path: tuple[str | int, ...] = ()

    def at(self, name: str | int) -> Element:
        return Element(self.source, (*self.path, name))


class Dialect(Protocol):
    """How a database says it. What comes in and goes out are pieces of SQL."""

    empty_list: str
    once: str
    """Ends a select whose columns are evaluated once, however often they are named outside."""

    def column(self, name: str) -> Element:
        """A JSON column."""
        ...

    def number(self, one: Element) -> str:
        """Null for anything but a number or a boolean."""
        ...

    def plain_number(self, one: Element) -> str:
        """Null for anything but a number."""
        ...

    def whole(self, one: Element) -> str:
        """Null for anything but a whole number."""
        ...

    def text(self, one: Element) -> str:
        """Null for anything but text."""
        ...

    def compound(self, one: Element) -> str:
        """The JSON of a list or an object, null for anything else."""
        ...

    def printed(self, one: Element) -> str:
        """As text or number, whichever it is; lists and objects as JSON. For equality with text
        that is not JSON.
        """
        ...

    def there(self, one: Element) -> str:
        """Whether it is neither absent nor null."""
        ...

    def json(self, one: Element) -> str:
        """The JSON of the element itself, to be selected and looked into later."""
        ...

    def holds_something(self, one: Element) -> str:
        """Python's truth of it."""
        ...

    def is_empty_compound(self, json: str) -> str: ...

    def members(self, json: str, alias: str) -> tuple[str, Element]:
        """What to select from to walk a list, and the element that each row is; a JSON that is no
        list has no rows.
        """
        ...

    def items(self, json: str, alias: str) -> tuple[str, Element]:
        """The same for items: what is not an object is the id of one."""
        ...

    def values_of(self, json: str, alias: str) -> tuple[str, Element]:
        """The same for the values of an object."""
        ...

    def bound_text(self, marker: str) -> str: ...

    def bound_json(self, marker: str) -> str: ...

    def ordered(self, text: str) -> str:
        """Text that is compared by code point."""
        ...

    def as_float(self, number: str) -> str: ...

    def operand(self, number: str) -> str:
        """A number to calculate with."""
        ...

    def in_steps(self, steps: tuple[str, ...], nested: str) -> tuple[str, tuple[str, ...]]:
        """Arithmetic of several signs, and what of it further signs go on from. `nested` is the
        same as selects within selects.
        """
        ...

    def summand(self, one: Element) -> str:
        """A number to be summed up, null for one that is beyond all reason and for all else."""
        ...

    def whole_of(self, number: str) -> str:
        """The number where it is whole, else null."""
        ...

    def never(self) -> str:
        """Longer than any duration."""
        ...

    def rounded(self, number: str) -> str:
        """To 6 decimals, as `meaning.rounded` does."""
        ...

    def nearest(self, number: str) -> str:
        """The nearest whole number, as `meaning.nearest` has it."""
        ...

    def found(self, text: str, part: str) -> str: ...

    def begins(self, text: str, part: str) -> str: ...

    def finishes(self, text: str, part: str) -> str: ...

    def midnight(self, day: str, zone: str) -> str:
        """The instant at which a local day (ISO text) begins, null for what is no day."""
        ...

    def local_moment(self, moment: datetime, zone: str) -> str: ...

    def local_day(self, instant: str, zone: str) -> str:
        """The local day (ISO text) of an instant, null for one beyond the calendar."""
        ...

    def listed(self, one: Element, rows: str) -> str:
        """A JSON list of the elements in `rows`."""
        ...

    def applied(self, event: str) -> str:
        """Whether no lane has yet to apply the event of this number."""
        ...

    def consents(self, customer: str) -> str:
        """A JSON list of what a customer consents to."""
        ...


def is_plain(text: str) -> bool:
    """Whether no number, list or object is printed like this text."""
    return bool(text) and text[0] not in '[{-0123456789"' and text not in ("true", "false", "null")
