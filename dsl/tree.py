"""The syntax tree of the flow language: frozen values, one class per construct.

Two trees are equal when they say the same thing: a node's `span` and the way a number was
written (`raw`) take no part in equality; comments do, so that losing one is a difference.

Every statement may carry comments: `lead` holds the comment lines directly above it (without
`#` and the blank after it; an empty string stands for a blank line between comments) and `tail`
the one at the end of its line. `dangling` holds the comments after the last statement of a block.
A `#` with nothing behind it is the comment `" "`. `blank_before` remembers that the author set a
statement apart by a blank line; it takes no part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from dsl.diagnostics import NOWHERE, Span

Channel = Literal["email", "sms", "push", "whatsapp"]
Unit = Literal["minute", "hour", "day", "week", "month", "year"]
Weekday = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekday"
]
PropertyType = Literal["text", "number", "money", "boolean", "date", "time", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything with a place in the text."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Node):
    """A line (with the block below it) that may carry comments."""

    lead: tuple[str, ...] = ()
    tail: str = ""
    blank_before: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unreadable(Statement):
    """A statement that could not be read, kept word for word with its block and its comments.

    `text` has line feeds as line ends and lacks the statement's own indentation.
    """

    text: str


@dataclass(frozen=True, slots=True)
class File(Node):
    """A `.flow` file."""

    declarations: tuple[Declaration, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block(Node):
    """The steps below a line that ends in `:`. Empty only below a broken statement."""

    steps: tuple[Step, ...] = ()
    dangling: tuple[str, ...] = ()


# --- values ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`"text"`, with escapes already resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`20`, `18.90`, `-3`, `1_000`; `raw` keeps how it was written."""

    value: Decimal
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Percent(Node):
    """`10%`: `value` is 10."""

    value: Decimal
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Date(Node):
    """`2026-11-27`."""

    value: date


@dataclass(frozen=True, slots=True)
class DateTime(Node):
    """`2026-11-27 07:00`, a local time without a zone."""

    value: datetime


@dataclass(frozen=True, slots=True)
class TimeOfDay(Node):
    """`18:00`."""

    value: time


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`30 minutes`, or `(item.usage_days - 5) days` when `amount` is not a `Number`."""

    amount: Value
    unit: Unit


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`["a", "b"]`."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`customer.country`, `now`, or a bare name inside `where`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
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
class Count(Node):
    """`count of EVENT ..`."""

    history: History


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`sum of purchase.value in last 365 days`."""

    function: Literal["sum", "average", "min", "max", "latest"]
    property: str
    history: History


@dataclass(frozen=True, slots=True)
class TimeSince(Node):
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

# --- conditions --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare(Node):
    op: Literal["<", "<=", ">", ">="]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Equals(Node):
    """`is`, `is not`."""

    left: Value
    right: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class State(Node):
    """`is set`, `is not set`, `is empty`, `is not empty`."""

    value: Value
    state: Literal["set", "empty"]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """`in [..]`, `not in [..]`."""

    value: Value
    options: ListOf
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Contains(Node):
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Edge(Node):
    """`starts with`, `ends with`."""

    left: Value
    edge: Literal["starts", "ends"]
    right: Value


@dataclass(frozen=True, slots=True)
class HasItem(Node):
    """`entry has item where ..`; `subject` is `entry`, `event`, `cart` or `order`."""

    subject: Path
    where: Condition


@dataclass(frozen=True, slots=True)
class InSegment(Node):
    segment: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasTag(Node):
    tag: str


@dataclass(frozen=True, slots=True)
class CanReceive(Node):
    """`customer can receive email`: `what` is a channel or a topic."""

    what: str


@dataclass(frozen=True, slots=True)
class CanBeTracked(Node):
    pass


@dataclass(frozen=True, slots=True)
class Did(Node):
    """`did EVENT ..`, `did not EVENT ..`."""

    history: History
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not(Node):
    condition: Condition


@dataclass(frozen=True, slots=True)
class All(Node):
    """`a and b and c`, inline."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
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


# --- happenings --------------------------------------------------------------------------


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

# --- triggers and headers ------------------------------------------------------------------


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
    """`enter 7 days before customer.DATE at TIME`."""

    offset: Offset
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
    | QuietHours
    | Transactional
    | Moved
    | Unreadable
)

# --- steps -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStatement(Statement):
    """A step that `as LABEL` may name."""

    label: str | None = None


@dataclass(frozen=True, slots=True)
class Strategy(Node):
    """What to recommend: `bought with cart`, `similar to this product`, `bestsellers` ...

    `of` is `cart`, `order`, `viewed` or `this product` for the first two kinds.
    """

    kind: Literal[
        "bought with", "similar to", "from search", "bestsellers", "recently viewed", "for customer"
    ]
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Subject(Statement):
    text: str


@dataclass(frozen=True, slots=True)
class Products(Statement):
    """`products 4 ..`, or `products 3 to 8 ..` (`least` is 3)."""

    most: int
    strategy: Strategy
    least: int | None = None


@dataclass(frozen=True, slots=True)
class To(Statement):
    """`to "address"`."""

    address: str


SendOption = Subject | Products | To | Unreadable


@dataclass(frozen=True, slots=True)
class Send(LabelledStatement):
    """`send push else sms else email NAME`."""

    channels: tuple[Channel, ...]
    message: str
    options: tuple[SendOption, ...] = ()
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Show(LabelledStatement):
    """`show banner NAME on "/c/*" for 7 days`, `show popup NAME on leaving`."""

    surface: Literal["banner", "popup", "block"]
    message: str
    where: str | None = None
    on_leaving: bool = False
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class Argument(Node):
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Notify(LabelledStatement):
    staff: str
    message: str


@dataclass(frozen=True, slots=True)
class Call(LabelledStatement):
    webhook: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class SetProperty(LabelledStatement):
    path: Path
    value: Value


@dataclass(frozen=True, slots=True)
class ClearProperty(LabelledStatement):
    path: Path


@dataclass(frozen=True, slots=True)
class AddTag(LabelledStatement):
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag(LabelledStatement):
    tag: str


@dataclass(frozen=True, slots=True)
class AddScore(LabelledStatement):
    points: Number
    score: str


@dataclass(frozen=True, slots=True)
class GiveCoupon(LabelledStatement):
    coupon: str


@dataclass(frozen=True, slots=True)
class Subscribe(LabelledStatement):
    """`subscribe customer to email` (or a topic)."""

    what: str


@dataclass(frozen=True, slots=True)
class Unsubscribe(LabelledStatement):
    what: str


@dataclass(frozen=True, slots=True)
class Track(LabelledStatement):
    event: str
    arguments: tuple[Argument, ...] = ()
    customer: Path | None = None


@dataclass(frozen=True, slots=True)
class StartFlow(LabelledStatement):
    flow: str


@dataclass(frozen=True, slots=True)
class StopFlow(LabelledStatement):
    flow: str


@dataclass(frozen=True, slots=True)
class GoTo(LabelledStatement):
    """`go to LABEL [up to N times]`; `times` is None where it is not written (100)."""

    target: str
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Exit(LabelledStatement):
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Else(Statement):
    """`else:` or `else as LABEL:` with its block."""

    block: Block
    label: str | None = None


# What a wait waits for.


@dataclass(frozen=True, slots=True)
class ForTime(Node):
    """`wait 2 days`: with happenings it is an error that the checks explain."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class UpTo(Node):
    """`wait up to 2 days ..`."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class UntilTime(Node):
    """`until 18:00`."""

    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class UntilWeekday(Node):
    """`until tuesday at 10:00`, `until weekday at 10:00`."""

    weekday: Weekday
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class UntilMoment(Node):
    """`until 2026-12-24 08:00 [store time]`."""

    moment: Date | DateTime
    store_time: bool = False


@dataclass(frozen=True, slots=True)
class UntilBestTime(Node):
    """`until best time within 24 hours`."""

    within: Duration


@dataclass(frozen=True, slots=True)
class UntilDate(Node):
    """`until [1 day before] entry.starts_at [at 09:00]`."""

    path: Path
    offset: Offset | None = None
    at: TimeOfDay | None = None


Timing = ForTime | UpTo | UntilTime | UntilWeekday | UntilMoment | UntilBestTime | UntilDate


@dataclass(frozen=True, slots=True)
class ForArm(Statement):
    """`for HAPPENING or HAPPENING:` with its block, below a wait."""

    happenings: tuple[Happening, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Wait(LabelledStatement):
    """Every form of `wait`.

    A timer has neither `happenings` nor `arms`. `wait up to .. for X` has `happenings` and may
    have `block` (what happens first) and `otherwise`. `wait up to ..:` with `for X:` lines has
    `arms` (an `Unreadable` may stand among them) and may have `otherwise`.
    """

    timing: Timing
    happenings: tuple[Happening, ...] = ()
    block: Block | None = None
    arms: tuple[ForArm | Unreadable, ...] = ()
    otherwise: Else | None = None
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ElseIf(Statement):
    condition: Condition
    block: Block


@dataclass(frozen=True, slots=True)
class If(LabelledStatement):
    condition: Condition
    block: Block
    others: tuple[ElseIf, ...] = ()
    otherwise: Else | None = None


@dataclass(frozen=True, slots=True)
class Case(Statement):
    values: tuple[Value, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Switch(LabelledStatement):
    path: Path
    cases: tuple[Case | Unreadable, ...]
    otherwise: Else | None = None
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm(Statement):
    """`50% as LABEL:` of an experiment."""

    share: Percent
    block: Block
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment(Statement):
    name: str
    title: str | None
    arms: tuple[Arm | Unreadable, ...]
    otherwise: Else | None = None
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat(LabelledStatement):
    times: int
    block: Block


Step = (
    Send
    | Show
    | Notify
    | Call
    | SetProperty
    | ClearProperty
    | AddTag
    | RemoveTag
    | AddScore
    | GiveCoupon
    | Subscribe
    | Unsubscribe
    | Track
    | StartFlow
    | StopFlow
    | GoTo
    | Exit
    | Wait
    | If
    | Switch
    | Experiment
    | Repeat
    | Unreadable
)

# --- tests -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class After(Node):
    """`after 2 hours`, from the test's start."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class At(Node):
    """`at 2026-03-03 18:00`, store time."""

    moment: Date | DateTime


When = After | At


@dataclass(frozen=True, slots=True)
class EventPlay(Node):
    """`click_email of first_touch (url: "/x")`."""

    event: str
    arguments: tuple[Argument, ...] = ()
    of: str | None = None


@dataclass(frozen=True, slots=True)
class ProductPlay(Node):
    """`product "tent-2p" (price: 150)`."""

    product: str
    arguments: tuple[Argument, ...] = ()


Play = EventPlay | ProductPlay


@dataclass(frozen=True, slots=True)
class StartAt(Statement):
    moment: Date | DateTime


@dataclass(frozen=True, slots=True)
class GivenCustomer(Statement):
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenProduct(Statement):
    product: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenArm(Statement):
    arm: str
    experiment: str


@dataclass(frozen=True, slots=True)
class GivenHoldout(Statement):
    pass


@dataclass(frozen=True, slots=True)
class GivenPast(Statement):
    """`given 3 days ago EVENT`: history, which enters nothing."""

    ago: Duration
    play: Play


@dataclass(frozen=True, slots=True)
class PlayAt(Statement):
    """`after 2 hours EVENT`, `at 2026-03-02 12:00 EVENT`."""

    when: When
    play: Play


@dataclass(frozen=True, slots=True)
class RunFor(Statement):
    duration: Duration


@dataclass(frozen=True, slots=True)
class ExpectNothing(Statement):
    """`expect no message`, `expect no email`; `channel` is None for any message."""

    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class ExpectMessage(Statement):
    channel: Channel
    message: str
    when: When | None = None


@dataclass(frozen=True, slots=True)
class ExpectOther(Statement):
    """`expect notify NAME`, `expect call NAME`, `expect show NAME`."""

    kind: Literal["notify", "call", "show"]
    name: str


@dataclass(frozen=True, slots=True)
class ExpectExit(Statement):
    """`expect exit [by EVENT] ["reason"] [after ..]`."""

    by: str | None = None
    reason: str | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class ExpectGoal(Statement):
    outcome: Literal["reached", "missed"]


@dataclass(frozen=True, slots=True)
class ExpectTag(Statement):
    tag: str


TestLine = (
    StartAt
    | GivenCustomer
    | GivenProduct
    | GivenArm
    | GivenHoldout
    | GivenPast
    | PlayAt
    | RunFor
    | ExpectNothing
    | ExpectMessage
    | ExpectOther
    | ExpectExit
    | ExpectGoal
    | ExpectTag
    | Unreadable
)

# --- declarations ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timezone(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class Currency(Statement):
    code: str


@dataclass(frozen=True, slots=True)
class Language(Statement):
    code: str


@dataclass(frozen=True, slots=True)
class Limit(Statement):
    """`limit 2 messages per day`, `limit 1 sms per 3 days`; `channel` None means all messages."""

    count: int
    channel: Channel | None
    every: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Sender(Statement):
    channel: Channel
    address: str


@dataclass(frozen=True, slots=True)
class Staff(Statement):
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Topic(Statement):
    name: str
    title: str


StoreLine = (
    Timezone | Currency | Language | QuietHours | Limit | Sender | Staff | Topic | Unreadable
)


@dataclass(frozen=True, slots=True)
class Store(Statement):
    name: str
    lines: tuple[StoreLine, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property(Statement):
    name: str
    type: PropertyType


@dataclass(frozen=True, slots=True)
class Properties(Statement):
    """`customer:` and `product:`."""

    subject: Literal["customer", "product"]
    properties: tuple[Property | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event(Statement):
    name: str
    title: str | None = None
    properties: tuple[Property | Unreadable, ...] = ()
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Url(Statement):
    url: str


@dataclass(frozen=True, slots=True)
class Secret(Statement):
    """`secret from CRM_SECRET`: the environment variable's name."""

    variable: str


@dataclass(frozen=True, slots=True)
class Webhook(Statement):
    name: str
    title: str | None
    lines: tuple[Url | Secret | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreRule(Statement):
    points: Number
    happening: Happening


@dataclass(frozen=True, slots=True)
class Decay(Statement):
    """`halves every 30 days`."""

    period: Duration


@dataclass(frozen=True, slots=True)
class Score(Statement):
    name: str
    title: str | None
    lines: tuple[ScoreRule | Decay | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discount(Statement):
    """`10% off`, `5.00 off orders over 40`."""

    amount: Percent | Number
    over: Number | None = None


@dataclass(frozen=True, slots=True)
class FreeShipping(Statement):
    pass


@dataclass(frozen=True, slots=True)
class ValidFor(Statement):
    duration: Duration


@dataclass(frozen=True, slots=True)
class CodePattern(Statement):
    """`code "WELCOME-????-????"`."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Coupon(Statement):
    name: str
    title: str | None
    lines: tuple[Discount | FreeShipping | ValidFor | CodePattern | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment(Statement):
    name: str
    title: str | None
    block: ConditionBlock


@dataclass(frozen=True, slots=True)
class Flow(Statement):
    """`headers` first, then `steps`."""

    name: str
    title: str | None
    headers: tuple[Header, ...]
    steps: Block


@dataclass(frozen=True, slots=True)
class Test(Statement):
    __test__ = False

    title: str
    flow: str
    lines: tuple[TestLine, ...]
    dangling: tuple[str, ...] = ()


Declaration = (
    Store | Properties | Event | Webhook | Score | Coupon | Segment | Flow | Test | Unreadable
)
