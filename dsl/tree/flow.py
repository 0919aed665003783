"""What starts, moves and ends a flow: happenings, triggers and header lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.tree.expressions import (
    Condition,
    ConditionBlock,
    Date,
    DateTime,
    Duration,
    Path,
    Percent,
    TimeOfDay,
)
from dsl.tree.node import Node, Statement, Unreadable, Weekday


@dataclass(frozen=True, slots=True)
class EventHappens(Node):
    """`purchase of this product with same order_id where value >= 20`."""

    event: str
    of: str | None = None
    of_this_product: bool = False
    same: str | None = None
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SegmentMove(Node):
    """`customer joins segment vip`, `customer leaves segment vip`."""

    move: Literal["joins", "leaves"]
    segment: str


@dataclass(frozen=True, slots=True)
class BackInStock(Node):
    """`product back in stock`."""


@dataclass(frozen=True, slots=True)
class PriceDrop(Node):
    """`product price drops by 10%`; any fall when `by` is None."""

    by: Percent | None = None


@dataclass(frozen=True, slots=True)
class StockFalls(Node):
    """`product stock falls below 5`."""

    below: int


Happening = EventHappens | SegmentMove | BackInStock | PriceDrop | StockFalls


@dataclass(frozen=True, slots=True)
class OnHappening(Node):
    """`enter when HAPPENING or .. [per KEY | for each item [where ..] | for customers who ..]`."""

    happenings: tuple[Happening, ...]
    per: str | None = None
    each_item: bool = False
    item_where: Condition | None = None
    audience: Condition | None = None


@dataclass(frozen=True, slots=True)
class Recurrence(Node):
    """`every day`, `every 3 days`, `every monday`, `every 2 weeks on thursday`,
    `every month on day 1`, `every year on 03-15`.

    `every` counts days or weeks; `weekday`, `day` and `month` are set where they are meant.
    """

    kind: Literal["day", "week", "month", "year"]
    every: int = 1
    weekday: Weekday | None = None
    day: int | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class OnSchedule(Node):
    """`enter every RECURRENCE at TIME [store time] for segment S`."""

    recurrence: Recurrence
    at: TimeOfDay
    segment: str
    store_time: bool = False


@dataclass(frozen=True, slots=True)
class Offset(Node):
    """`3 days before`, `1 week after`."""

    duration: Duration
    side: Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class OnAnniversary(Node):
    """`enter every year [3 days before | on] customer.DATE at TIME`."""

    path: Path
    at: TimeOfDay
    offset: Offset | None = None


@dataclass(frozen=True, slots=True)
class OnDate(Node):
    """`enter 7 days before customer.DATE at TIME`, `enter on customer.DATE at TIME`."""

    offset: Offset | None
    path: Path
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class Once(Node):
    """`enter once on 2026-11-27 07:00 [store time] for segment S`."""

    moment: DateTime | Date
    segment: str
    store_time: bool = False


@dataclass(frozen=True, slots=True)
class Manually(Node):
    """`enter manually`."""


Trigger = OnHappening | OnSchedule | OnAnniversary | OnDate | Once | Manually


@dataclass(frozen=True, slots=True)
class About(Statement):
    text: str


@dataclass(frozen=True, slots=True)
class Enter(Statement):
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class OnlyIf(Statement):
    condition: Condition | ConditionBlock


@dataclass(frozen=True, slots=True)
class ReEnter(Statement):
    """`re-enter never`, `re-enter always`, `re-enter after 7 days`."""

    rule: Literal["never", "always"] | Duration


@dataclass(frozen=True, slots=True)
class ExitWhen(Statement):
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class ExitIf(Statement):
    condition: Condition


@dataclass(frozen=True, slots=True)
class JumpWhen(Statement):
    """`go to LABEL when HAPPENING`, in the header."""

    target: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Goal(Statement):
    happenings: tuple[Happening, ...]
    within: Duration


@dataclass(frozen=True, slots=True)
class Holdout(Statement):
    share: Percent


@dataclass(frozen=True, slots=True)
class Priority(Statement):
    value: int


@dataclass(frozen=True, slots=True)
class SentBy(Statement):
    """`sender club`: which of the store's senders the messages of a flow come from."""

    name: str


@dataclass(frozen=True, slots=True)
class QuietHours(Statement):
    """`quiet hours 21:00 to 08:00`, in a flow or in the store."""

    start: TimeOfDay
    end: TimeOfDay


@dataclass(frozen=True, slots=True)
class Transactional(Statement):
    pass


@dataclass(frozen=True, slots=True)
class Moved(Statement):
    """`moved OLD to NEW`, or `to exit` when `new` is None."""

    old: str
    new: str | None


Header = (
    About
    | Enter
    | OnlyIf
    | ReEnter
    | ExitWhen
    | ExitIf
    | JumpWhen
    | Goal
    | Holdout
    | Priority
    | SentBy
    | QuietHours
    | Transactional
    | Moved
    | Unreadable
)
