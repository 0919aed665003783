"""The syntax tree of the flow language: frozen values, one class per construct.

Two trees are equal when they say the same thing: a node's `span`, the way a number was written
(`raw`), parentheses that change nothing (`parens`) and where a line is broken (`rows`) take no
part in equality; comments do, so that losing one is a difference.

Every statement may carry comments: `lead` holds the comment lines directly above it (without
`#` and the blank after it; an empty string stands for a blank line between comments) and `tail`
the one at the end of its line. `dangling` holds the comments after the last statement of a block.
A `#` with nothing behind it is the comment `" "`. `blank_before` remembers that the author set a
statement apart by a blank line; it takes no part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dsl.diagnostics import NOWHERE, Span

Channel = Literal["email", "sms", "push", "whatsapp"]
Unit = Literal["minute", "hour", "day", "week", "month", "year"]
Weekday = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekday"
]
Parens = Literal["none", "one row", "broken"]
Appears = Literal["at once", "on leaving", "after seconds", "after pages", "after scrolling"]
PropertyType = Literal["text", "number", "money", "boolean", "date", "time", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything with a place in the text."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Node):
    """A value or a condition. `parens` says whether the author put it in parentheses, and whether
    on one line; which of them stay is the printer's choice.
    """

    parens: Parens = field(default="none", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Node):
    """A line (with the block below it) that may carry comments.

    `inner` holds the comments between the brackets of its first line; `rows` is that line as the
    author broke it, empty where it stands on one row.
    """

    lead: tuple[str, ...] = ()
    tail: str = ""
    inner: tuple[str, ...] = ()
    blank_before: bool = field(default=False, compare=False)
    rows: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(Statement):
    """A declaration. `unread` is its first line word for word where that cannot be read: its name
    is then the one that can be made out, and its block is as it was read.
    """

    unread: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable(Statement):
    """A statement that could not be read, kept word for word with its block and its comments.

    `text` has line feeds as line ends and lacks the statement's own indentation. `label` is the
    step's name, where one can be read.
    """

    text: str
    label: str | None = None
