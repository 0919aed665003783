"""Values and conditions: what is compared, counted and asked of a customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from dsl.tree.node import Expression, Node, Statement, Unit, Unreadable


@dataclass(frozen=True, slots=True)
class Text(Expression):
    """`"text"`, with escapes already resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """`20`, `18.90`, `-3`, `1_000`; `raw` keeps how it was written."""

    value: Decimal
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Percent(Expression):
    """`10%`: `value` is 10."""

    value: Decimal
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Boolean(Expression):
    value: bool


@dataclass(frozen=True, slots=True)
class Date(Expression):
    """`2026-11-27`."""

    value: date


@dataclass(frozen=True, slots=True)
class DateTime(Expression):
    """`2026-11-27 07:00`, a local time without a zone."""

    value: datetime


@dataclass(frozen=True, slots=True)
class TimeOfDay(Expression):
    """`18:00`."""

    value: time


@dataclass(frozen=True, slots=True)
class Duration(Expression):
    """`30 minutes`, or `(item.usage_days - 5) days` when `amount` is not a `Number`."""

    amount: Value
    unit: Unit


@dataclass(frozen=True, slots=True)
class ListOf(Expression):
    """`["a", "b"]`."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Path(Expression):
    """`customer.country`, `now`, or a bare name inside `where`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    op: Literal["+", "-", "*", "/"]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class History(Node):
    """`EVENT [of this product] [with same KEY] [at least 3 times] [in last ..] [where ..]`.

    `of` is a label or a message of this flow. `bound` and `times` go together.
    """

    event: str
    of: str | None = None
    of_this_product: bool = False
    same: str | None = None
    bound: Literal["at least", "at most", "exactly"] | None = None
    times: int | None = None
    period: Duration | None = None
    since: Path | Date | DateTime | None = None
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Count(Expression):
    """`count of EVENT ..`."""

    history: History


@dataclass(frozen=True, slots=True)
class Aggregate(Expression):
    """`sum of purchase.value in last 365 days`."""

    function: Literal["sum", "average", "min", "max", "latest"]
    property: str
    history: History


@dataclass(frozen=True, slots=True)
class TimeSince(Expression):
    """`time since EVENT ..`."""

    history: History


Value = (
    Text
    | Number
    | Percent
    | Boolean
    | Date
    | DateTime
    | TimeOfDay
    | Duration
    | ListOf
    | Path
    | Arithmetic
    | Count
    | Aggregate
    | TimeSince
)


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    op: Literal["<", "<=", ">", ">="]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Equals(Expression):
    """`is`, `is not`."""

    left: Value
    right: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class State(Expression):
    """`is set`, `is not set`, `is empty`, `is not empty`."""

    value: Value
    state: Literal["set", "empty"]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf(Expression):
    """`in [..]`, `not in [..]`."""

    value: Value
    options: ListOf
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Contains(Expression):
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Edge(Expression):
    """`starts with`, `ends with`."""

    left: Value
    edge: Literal["starts", "ends"]
    right: Value


@dataclass(frozen=True, slots=True)
class HasItem(Expression):
    """`entry has item where ..`; `subject` is `entry`, `event`, `cart` or `order`."""

    subject: Path
    where: Condition


@dataclass(frozen=True, slots=True)
class InSegment(Expression):
    segment: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasTag(Expression):
    tag: str


@dataclass(frozen=True, slots=True)
class CanReceive(Expression):
    """`customer can receive email`: `what` is a channel or a topic."""

    what: str


@dataclass(frozen=True, slots=True)
class CanBeTracked(Expression):
    pass


@dataclass(frozen=True, slots=True)
class Did(Expression):
    """`did EVENT ..`, `did not EVENT ..`."""

    history: History
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not(Expression):
    condition: Condition


@dataclass(frozen=True, slots=True)
class All(Expression):
    """`a and b and c`, inline."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Expression):
    """`a or b or c`, inline."""

    conditions: tuple[Condition, ...]


Condition = (
    Compare
    | Equals
    | State
    | OneOf
    | Contains
    | Edge
    | HasItem
    | InSegment
    | HasTag
    | CanReceive
    | CanBeTracked
    | Did
    | Not
    | All
    | AnyOf
)


@dataclass(frozen=True, slots=True)
class ConditionLine(Statement):
    """One line of a condition block."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class ConditionGroup(Statement):
    """`all of:`, `any of:`, `none of:` with lines below it."""

    quantifier: Literal["all", "any", "none"]
    block: ConditionBlock


@dataclass(frozen=True, slots=True)
class ConditionBlock(Node):
    """Conditions a line each; all must hold."""

    lines: tuple[ConditionLine | ConditionGroup | Unreadable, ...]
    dangling: tuple[str, ...] = ()
