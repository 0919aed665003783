"""The steps of a flow, and the block that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.tree.expressions import (
    Condition,
    Duration,
    Number,
    Path,
    Percent,
    Value,
)
from dsl.tree.flow import Happening
from dsl.tree.node import Appears, Channel, Node, Statement, Unreadable
from dsl.tree.timings import Timing


@dataclass(frozen=True, slots=True)
class Block(Node):
    """The steps below a line that ends in `:`. Empty only below a broken statement."""

    steps: tuple[Step, ...] = ()
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStatement(Statement):
    """A step that `as LABEL` may name."""

    label: str | None = None


@dataclass(frozen=True, slots=True)
class Strategy(Node):
    """What to recommend: `bought with cart`, `similar to this product`, `bestsellers` ...

    `of` is `cart`, `order`, `viewed` or `this product` for `bought with`, `similar to` and
    `dearer than`; `period` is that of `new in last 30 days`.
    """

    kind: Literal[
        "bought with",
        "similar to",
        "from search",
        "bestsellers",
        "recently viewed",
        "for customer",
        "dearer than",
        "new in last",
    ]
    of: str | None = None
    period: Duration | None = None


@dataclass(frozen=True, slots=True)
class Subject(Statement):
    text: str


@dataclass(frozen=True, slots=True)
class Products(Statement):
    """`products 4 ..`, or `products 3 to 8 ..` (`least` is 3).

    `where` is a condition on products; `filling` what `else` fills up with.
    """

    most: int
    strategy: Strategy
    least: int | None = None
    where: Condition | None = None
    filling: Strategy | None = None


@dataclass(frozen=True, slots=True)
class To(Statement):
    """`to "address"`."""

    address: str


@dataclass(frozen=True, slots=True)
class OverLimits(Statement):
    """`over limits wait up to 2 days`; without a duration `over limits send anyway`."""

    duration: Duration | None = None


SendOption = Subject | Products | To | OverLimits | Unreadable


@dataclass(frozen=True, slots=True)
class Send(LabelledStatement):
    """`send push else sms else email NAME`."""

    channels: tuple[Channel, ...]
    message: str
    options: tuple[SendOption, ...] = ()
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Show(LabelledStatement):
    """`show popup NAME on "/c/*" after 20 seconds`: `amount` counts what `appears` waits for."""

    surface: Literal["banner", "popup", "block"]
    message: str
    where: str | None = None
    appears: Appears = "at once"
    amount: int | None = None
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
class GoOn(Statement):
    """`go on`: nothing happens; what a block holds that has no step, since none can be empty."""


@dataclass(frozen=True, slots=True)
class Else(Statement):
    """`else:` or `else as LABEL:` with its block."""

    block: Block
    label: str | None = None


# What a wait waits for.


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
class Winner(Node):
    """`winner by click_email after 4 hours`: who is in no arm waits, and gets the arm of which most
    people did this `event`. The time counts from when the first person came.
    """

    event: str
    after: Duration


@dataclass(frozen=True, slots=True)
class Experiment(Statement):
    name: str
    title: str | None
    winner: Winner | None
    arms: tuple[Arm | Unreadable, ...]
    otherwise: Else | None = None
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat(LabelledStatement):
    times: int
    block: Block


@dataclass(frozen=True, slots=True)
class UnreadableHead(Unreadable):
    """A first line that could not be read, with what stands below it.

    The steps are in `block` (of an `if`, a `repeat`, an arm) or in `arms` (of a `switch`, an
    experiment, a `wait`); `others` and `otherwise` are the `else` lines that follow.
    """

    block: Block | None = None
    arms: tuple[Case | Arm | ForArm | Unreadable, ...] = ()
    others: tuple[ElseIf, ...] = ()
    otherwise: Else | None = None
    dangling: tuple[str, ...] = ()


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
    | GoOn
    | Wait
    | If
    | Switch
    | Experiment
    | Repeat
    | Unreadable
)
