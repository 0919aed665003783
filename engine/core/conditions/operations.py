"""Operations whose answers the language decides. None stands for a missing value throughout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from engine.core import calendar
from engine.core.conditions.context import Sending
from engine.core.conditions.scope import Scope
from engine.core.facts import CONTACT, Cart, Facts
from engine.core.families import ASKS
from engine.core.model import Event, Instant
from engine.core.values import as_instant, line_price

NEVER = float("inf")
"""`time since` what never happened: longer than any duration."""

FOREVER = -(1 << 62)
"""Before everything that ever happened."""

EventTest = Callable[[Scope, Event], bool]


LARGEST, SMALLEST = 1e100, 1e-100
"""Numbers beyond these cannot be calculated with: their results might be no numbers any more."""


def can_calculate(a: Any) -> bool:
    return isinstance(a, int | float) and (a == 0 or SMALLEST <= abs(a) <= LARGEST)


def _exact(a: Any) -> Any:
    """Whole numbers beyond 2 ** 53 are floats, as they are to the databases."""
    return float(a) if isinstance(a, int) and not -(1 << 53) <= a <= 1 << 53 else a


def add(a: Any, b: Any) -> Any:
    return _exact(_exact(a) + _exact(b)) if can_calculate(a) and can_calculate(b) else None


def subtract(a: Any, b: Any) -> Any:
    return _exact(_exact(a) - _exact(b)) if can_calculate(a) and can_calculate(b) else None


def multiply(a: Any, b: Any) -> Any:
    return _exact(_exact(a) * _exact(b)) if can_calculate(a) and can_calculate(b) else None


def divide(a: Any, b: Any) -> Any:
    """Nothing can be divided by nothing: the answer is missing."""
    return _exact(a) / _exact(b) if can_calculate(a) and can_calculate(b) and b else None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
}

_EXACT = 4_503_599_627_370_496  # 2 ** 52: larger floats are whole


def nearest(value: float) -> float:
    """The nearest whole number; half goes away from zero."""
    if isinstance(value, int) or not -_EXACT < value < _EXACT:
        return value
    return math.trunc(value - 0.5 if value < 0 else value + 0.5)


def rounded(value: float) -> float:
    """To 6 decimals, half away from zero: in steps that every database can follow to the bit."""
    if not -4_503_599_627 <= value <= 4_503_599_627:
        return value
    return nearest(value * 1_000_000.0) / 1_000_000.0


def less(a: Any, b: Any) -> bool:
    return _ordered(a, b) and bool(a < b)


def at_most(a: Any, b: Any) -> bool:
    return _ordered(a, b) and bool(a <= b)


def more(a: Any, b: Any) -> bool:
    return _ordered(a, b) and bool(a > b)


def at_least(a: Any, b: Any) -> bool:
    return _ordered(a, b) and bool(a >= b)


def _ordered(a: Any, b: Any) -> bool:
    """Whether two values can be compared at all: what is of different kinds cannot."""
    return (isinstance(a, str) and isinstance(b, str)) or (
        isinstance(a, int | float) and isinstance(b, int | float)
    )


def is_empty(value: Any) -> bool:
    """Missing, "", an empty list, a cart without items."""
    if isinstance(value, Cart):
        return not value.items
    return (
        value is None or value == "" or (isinstance(value, list | tuple | set | dict) and not value)
    )


def contains(whole: Any, part: Any) -> bool:
    """Text within text; a value, or the item with that id, within a list."""
    if whole is None or part is None:
        return False
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list | tuple | set | frozenset):
        return any(
            one == part or (isinstance(one, Mapping) and one.get("id") == part) for one in whole
        )
    return False


def starts(whole: Any, part: Any) -> bool:
    return isinstance(whole, str) and isinstance(part, str) and whole.startswith(part)


def ends(whole: Any, part: Any) -> bool:
    return isinstance(whole, str) and isinstance(part, str) and whole.endswith(part)


def of_item(facts: Facts, item: Mapping[str, Any] | None, name: str) -> Any:
    """`item.x` falls back to `product.x`."""
    if item is None:
        return None
    value = item.get(name)
    return facts.product(item.get("id")).get(name) if value is None else value


def items_of(properties: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    items = properties.get("items") if properties else None
    if not isinstance(items, list):
        return []
    return [one if isinstance(one, Mapping) else {"id": one} for one in items]


def is_about(scope: Scope, event: Event) -> bool:
    """Whether an event concerns the scope's product, or one that is one with it: as its item or
    one of its items.
    """
    product = scope.product
    if product is None:
        return False
    properties = event.properties
    told = [properties.get("item"), *(item.get("id") for item in items_of(properties))]
    if scope.asked is not None and event.name in ASKS:
        return scope.asked in told
    if product in told:
        return True
    family = scope.facts.family
    return family(product) in [family(one) for one in told if one is not None]


LARGEST_PRICE, LARGEST_QUANTITY = 100_000_000_000, 1_000_000
"""What a shop may mean; sums of these are the same in whatever order they are added up."""


def cart_value(facts: Facts) -> float:
    total: float = 0
    for item in facts.cart.items.values():
        price = _within_reason(line_price(item, facts.catalogue), LARGEST_PRICE, 0)
        total += price * _within_reason(item.get("quantity"), LARGEST_QUANTITY, 1)
    return nearest(total)


def cart_count(facts: Facts) -> float:
    total = sum(
        _within_reason(item.get("quantity"), LARGEST_QUANTITY, 1)
        for item in facts.cart.items.values()
    )
    return total if isinstance(total, int) else rounded(total)


def _within_reason(value: Any, limit: int, otherwise: float) -> float:
    return value if isinstance(value, int | float) and -limit <= value <= limit else otherwise


def cart_items(facts: Facts) -> tuple[Mapping[str, Any], ...]:
    return tuple(facts.cart.items.values())


def score(facts: Facts, name: str, halves: Instant | None, now: Instant) -> float:
    """Points after decay, rounded to 6 decimals."""
    kept = facts.scores.get(name)
    return 0 if kept is None else rounded(decayed(kept.points, now - kept.at, halves))


def decayed(points: float, elapsed: Instant, halves: Instant | None) -> float:
    """Half of the points are gone after each `halves`."""
    if halves is None or elapsed <= 0:
        return points
    return float(points * 0.5 ** (elapsed / halves))


def can_receive(facts: Facts, what: str) -> bool:
    """On a channel: contact data, consent and no suppression. Of a topic: not unsubscribed."""
    contact = CONTACT.get(what)
    if contact is None:
        return facts.consent.get(what, True)
    return bool(
        facts.customer.get(contact) and facts.consent.get(what) and what not in facts.suppressed
    )


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """A literal date or time of the text, as an instant in the customer's zone."""

    moment: date | datetime

    def __call__(self, zone: str) -> Instant:
        return _local_moment(self.moment, zone)


@lru_cache(maxsize=4096)
def _local_moment(moment: date | datetime, zone: str) -> Instant:
    if isinstance(moment, datetime):
        return calendar.instant(moment, zone)
    return calendar.at_clock(moment, time(0), zone)


@dataclass(frozen=True, slots=True)
class Past:
    """Which past events a history condition looks at, newest first.

    `period` is a window (now - period, now]; `since` an inclusive start.
    """

    event: str
    period: Instant | None = None
    since: Callable[[Scope], Instant] | None = None
    test: EventTest | None = None

    def __call__(self, scope: Scope) -> Iterator[Event]:
        past = scope.facts.history.get(self.event)
        if not past:
            return
        start = FOREVER if self.period is None else scope.now - self.period
        if self.since is not None:
            start = max(start, self.since(scope) - 1)
        test = self.test
        for event in reversed(past):
            if event.occurred_at <= start:
                return
            if test is None or test(scope, event):
                yield event

    def happened(self, scope: Scope) -> bool:
        return next(self(scope), None) is not None

    def count(self, scope: Scope) -> int:
        return sum(1 for _ in self(scope))

    def elapsed(self, scope: Scope) -> float:
        latest = next(self(scope), None)
        return NEVER if latest is None else scope.now - latest.occurred_at

    def values(self, scope: Scope, name: str) -> list[Any]:
        """The values that are there, newest first."""
        found = (event.properties.get(name) for event in self(scope))
        return [value for value in found if value is not None]


def total(values: list[Any]) -> float:
    """0 for nothing."""
    return rounded(_sum(_numbers(values)))


def average(values: list[Any]) -> float | None:
    numbers = _numbers(values)
    return rounded(_sum(numbers) / len(numbers)) if numbers else None


def _sum(numbers: list[float]) -> float:
    """Whole numbers exactly, others whatever their order."""
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    return math.fsum(numbers)


def smallest(values: list[Any]) -> Any:
    """Numbers come before text; what has no order does not count."""
    numbers, words = _ordered_kinds(values)
    return min(numbers or words, default=None)


def largest(values: list[Any]) -> Any:
    numbers, words = _ordered_kinds(values)
    return max(words or numbers, default=None)


def _ordered_kinds(values: list[Any]) -> tuple[list[Any], list[Any]]:
    numbers = [value for value in values if isinstance(value, int | float)]
    return numbers, [value for value in values if isinstance(value, str)]


def moments(values: list[Any], zone: str) -> list[Instant]:
    """Dates and moments as moments, so that they can be compared."""
    found = (as_instant(value, zone) for value in values)
    return [at for at in found if at is not None]


def latest(values: list[Any]) -> Any:
    return values[0] if values else None


def _numbers(values: list[Any]) -> list[int | float]:
    return [
        value
        for value in values
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and -LARGEST <= value <= LARGEST
    ]


def is_of(scope: Scope, event: Event, name: str, sending: Sending | None, flow: str) -> bool:
    """`of LABEL`: about the message that this run sent there; `of MESSAGE`: about that message.

    An event that does not know its run belongs to it when it came after the entry.
    """
    properties = event.properties
    if sending is None:
        return properties.get("message") == name
    if properties.get("message") != sending.message:
        return False
    if (of := properties.get("flow")) is not None and of != flow:
        return False
    run = scope.run
    if run is None:
        return False
    if (number := properties.get("run")) is not None:
        step = properties.get("step")
        return number == run.id and (step is None or step == sending.step)
    return event.received_at >= run.entered_at
