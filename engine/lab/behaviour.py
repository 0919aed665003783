"""What invented people do: visits that go so far, other events, answers to messages.

Everything is drawn from the seed. Who does what does not depend on the flow, so two edits of a flow
meet the same people; an answer is drawn by its person, message and moment.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from zlib import crc32

from engine.core.model import DAY, HOUR, MINUTE, Instant, Properties

MONTH: Final = 30 * DAY

CHAIN: Final = ("page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")
"""What a visit is, as far as it goes."""

ONCE: Final = frozenset(("subscribe", "sign_up", "confirm_subscription"))
"""What everybody does one time."""

ANSWERS: Final = ("open_", "click_", "sent_", "bounce_", "complain_", "delivered_")
_SCALE: Final = 1 << 32
_ALL: Final = (1 << 64) - 1


class Answer(NamedTuple):
    """Shares of messages that are opened, of those clicked, and of those that are followed by a
    purchase within the hour.
    """

    opened: float
    clicked: float
    bought: float


class Somebody(NamedTuple):
    """A customer as there may be one; `consent` None: to everything."""

    properties: Mapping[str, Any]
    tags: Collection[str] = ()
    consent: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What people do. `visits` and `events` are a month (30 days) and person; `viewed` to `bought`
    are shares of the step before, `views` products that are looked at in a visit with any.
    `trigger` is the share of visits with an event that lets people into the flow, where `events`
    does not say how often that happens; `other` the same a month for what else the flow asks
    about. `answers` are by message, `opened` and so on for all others; `delay` is how long people
    take to open (mean hours). `changes` of stock or price are a month and product. `past` is for
    how many days people have been there before, where that can matter. `says` are properties that
    events may have, `people` customers and `products`
    things as they may be (values as `engine.core.values` reads them).
    `source` says where all that is from.
    """

    visits: float = 4.0
    trigger: float = 0.3
    other: float = 0.3
    viewed: float = 0.7
    views: float = 2.0
    carted: float = 0.25
    checkout: float = 0.5
    bought: float = 0.5
    opened: float = 0.35
    clicked: float = 0.15
    bought_after_click: float = 0.1
    delay: float = 4.0
    email: float = 0.9
    sms: float = 0.5
    push: float = 0.4
    regulars: float = 0.1
    often: float = 5.0
    dormant: float = 0.1
    mailed: float = 4.0
    tagged: float = 0.2
    fitting: float = 0.5
    changes: float = 1.0
    past: int = 180
    events: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    says: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    people: Sequence[Somebody] = ()
    products: Sequence[Properties] = ()
    source: str = "made up: usual rates, not those of a shop"

    def answer(self, message: str) -> Answer:
        return self.answers.get(message) or Answer(
            self.opened, self.clicked, self.bought_after_click
        )


def mixed(*of: int) -> int:
    """A number below 2**64 that belongs to these, with all bits as good as drawn.

    Source: the finaliser of splitmix64 (Steele and others 2014), on what Python hashes a tuple of
    numbers to; that is the same in every process.
    """
    drawn = hash(of) & _ALL
    drawn = (drawn ^ drawn >> 30) * 0xBF58476D1CE4E5B9 & _ALL
    drawn = (drawn ^ drawn >> 27) * 0x94D049BB133111EB & _ALL
    return drawn ^ drawn >> 31


class Answering:
    """What people do with messages: open, click, buy, as far as one draw goes."""

    def __init__(
        self, profile: Profile, seed: int, products: int, heard: Collection[str] | None
    ) -> None:
        self._profile = profile
        self._seed = seed
        self._products = products
        self._heard = heard
        self._known: dict[tuple[str, str], tuple[int, float, list[tuple[str, Instant, float]]]] = {}

    def to(
        self, person: int, channel: str, message: str, at: Instant
    ) -> Sequence[tuple[Instant, str, int]]:
        """When who does what (with which product) with a message that went at `at`."""
        known = self._known.get((channel, message))
        if known is None:
            known = self._known[channel, message] = self._what(channel, message)
        code, most, acts = known
        drawn = mixed(self._seed, person, code, at)
        share = (drawn >> 32) / _SCALE
        if share >= most:
            return ()
        low = drawn & _SCALE - 1
        hours = -math.log(1.0 - low / _SCALE) * self._profile.delay
        when = at + MINUTE + int(hours * HOUR)
        product = low % self._products
        return [(when + later, name, product) for name, later, upto in acts if share < upto]

    def _what(self, channel: str, message: str) -> tuple[int, float, list[Any]]:
        opened, clicked, bought = self._profile.answer(message)
        acts = [
            (name, later, share)
            for name, later, share in (
                (f"open_{channel}", 0, opened),
                (f"click_{channel}", MINUTE, opened * clicked),
                ("purchase", HOUR, opened * clicked * bought),
            )
            if self._heard is None or name in self._heard
        ]
        code = crc32(f"{channel} {message}".encode())
        return code, max((share for _, _, share in acts), default=0.0), acts


def made_up(kinds: Mapping[str, str], *which: str) -> list[tuple[str, str]]:
    """The declared properties, of some types, that get a value where nothing is known."""
    told = which or ("number", "money", "boolean")
    return sorted((name, kind) for name, kind in kinds.items() if kind in told)


def value_of(kind: str, drawn: int) -> int | bool:
    """A number from 1 to 5, money from 10.00 to 200.00, or a boolean."""
    if kind == "number":
        return 1 + drawn % 5
    return 1_000 + drawn % 19_000 if kind == "money" else drawn % 2 == 0
