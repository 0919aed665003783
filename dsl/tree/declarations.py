"""Declarations, and the file that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.tree.expressions import ConditionBlock, Duration, Number, Percent
from dsl.tree.flow import Happening, Header, QuietHours
from dsl.tree.language_tests import TestLine
from dsl.tree.node import Channel, Declared, Node, PropertyType, Statement, Unit, Unreadable
from dsl.tree.steps import Block


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
    """`sender email "Shop <a@b>" reply to "c@d"`; with a name one that a flow may choose."""

    channel: Channel
    address: str
    name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class WarmUp(Statement):
    """`warm up over 30 days from 200 a day`: so many mails on the first day, each day more."""

    over: Duration
    count: int


@dataclass(frozen=True, slots=True)
class Staff(Statement):
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Topic(Statement):
    name: str
    title: str


StoreLine = (
    Timezone
    | Currency
    | Language
    | QuietHours
    | Limit
    | Sender
    | WarmUp
    | Staff
    | Topic
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Store(Declared):
    name: str
    lines: tuple[StoreLine, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property(Statement):
    name: str
    type: PropertyType


@dataclass(frozen=True, slots=True)
class Properties(Declared):
    """`customer:` and `product:`."""

    subject: Literal["customer", "product"]
    properties: tuple[Property | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event(Declared):
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
class Webhook(Declared):
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
class Score(Declared):
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
class Coupon(Declared):
    name: str
    title: str | None
    lines: tuple[Discount | FreeShipping | ValidFor | CodePattern | Unreadable, ...]
    dangling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment(Declared):
    name: str
    title: str | None
    block: ConditionBlock


@dataclass(frozen=True, slots=True)
class Flow(Declared):
    """`headers` first, then `steps`."""

    name: str
    title: str | None
    headers: tuple[Header, ...]
    steps: Block


@dataclass(frozen=True, slots=True)
class Test(Declared):
    __test__ = False

    title: str
    flow: str
    lines: tuple[TestLine, ...]
    dangling: tuple[str, ...] = ()


Declaration = (
    Store | Properties | Event | Webhook | Score | Coupon | Segment | Flow | Test | Unreadable
)


@dataclass(frozen=True, slots=True)
class File(Node):
    """A `.flow` file."""

    declarations: tuple[Declaration, ...]
    dangling: tuple[str, ...] = ()
