"""The lines of a test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dsl.tree.expressions import Condition, Date, DateTime, Duration
from dsl.tree.node import Channel, Node, Statement, Unreadable
from dsl.tree.steps import Argument

TEST_START = datetime(2026, 1, 5, 10, 0)  # noqa: DTZ001 - local time in the store's zone
"""When a test starts that does not say it: a Monday."""


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


@dataclass(frozen=True, slots=True)
class CustomerPlay(Node):
    """`set customer (city: "Bonn")`."""

    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class StartPlay(Node):
    """`start flow NAME`, by hand."""

    flow: str


Happened = EventPlay | ProductPlay
Play = EventPlay | ProductPlay | CustomerPlay | StartPlay


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
    """`given arm short of words`; `else` is the rest of the people."""

    arm: str
    experiment: str


@dataclass(frozen=True, slots=True)
class GivenChosen(Statement):
    """`given chosen short of words`: what the others did has this arm chosen, when it is time."""

    arm: str
    experiment: str


@dataclass(frozen=True, slots=True)
class GivenHoldout(Statement):
    pass


@dataclass(frozen=True, slots=True)
class GivenPast(Statement):
    """`given 3 days ago EVENT`: history, which enters nothing."""

    ago: Duration
    play: Happened


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
class ExpectNoOther(Statement):
    """`expect no notify [NAME]`; `name` is None for none at all."""

    kind: Literal["notify", "call", "show"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectNoExit(Statement):
    """`expect no exit`: no run is ended by one."""


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
    """`expect tag "x"`, `expect no tag "x"`: at the test's end."""

    tag: str
    none: bool = False


@dataclass(frozen=True, slots=True)
class ExpectCoupon(Statement):
    """`expect coupon NAME`, `expect no coupon NAME`: given by a step."""

    coupon: str
    none: bool = False


@dataclass(frozen=True, slots=True)
class ExpectTrack(Statement):
    """`expect track NAME (key: value)`: recorded by a step, with these properties at least."""

    event: str
    arguments: tuple[Argument, ...] = ()
    none: bool = False


@dataclass(frozen=True, slots=True)
class ExpectCondition(Statement):
    """`expect customer.tier is "gold"`: holds at the test's end."""

    condition: Condition


TestLine = (
    StartAt
    | GivenCustomer
    | GivenProduct
    | GivenArm
    | GivenChosen
    | GivenHoldout
    | GivenPast
    | PlayAt
    | RunFor
    | ExpectNothing
    | ExpectMessage
    | ExpectOther
    | ExpectNoOther
    | ExpectExit
    | ExpectNoExit
    | ExpectGoal
    | ExpectTag
    | ExpectCoupon
    | ExpectTrack
    | ExpectCondition
    | Unreadable
)
