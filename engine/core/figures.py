"""What is counted, and whom an order is credited to. Pure.

An hour is named by its first instant, in UTC. Amounts are minor units; what is paid back is below
zero. Sources: semantics, "Goals" and "Clicks"; the definitions stand in docs/reports.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from engine.core.model import DAY, HOUR, Event, Instant
from engine.core.orders import is_told, order_key

CHANNELS: Final = ("email", "sms", "push", "whatsapp", "onsite")
OPENS: Final = tuple(f"open_{channel}" for channel in CHANNELS)
CLICKS: Final = tuple(f"click_{channel}" for channel in CHANNELS)
VIEWS: Final = ("view_onsite",)
LEAVES: Final = ("unsubscribe",)
MONEY: Final = ("purchase", "refund", "order_cancelled")
FIGURED: Final = (*OPENS, *CLICKS, *VIEWS, *LEAVES, *MONEY)
"""The events that figures are counted from. The index `event_figured` holds these."""

STEPS: Final = frozenset({"entered", "done", "skipped", "held", "ended", "failed"})
"""Kinds that are added up from the history of runs, which only grows. That somebody waited, or was
moved by an edit, no report asks for.
"""

SHOP: Final = 0
"""The flow of figures that belong to none."""


class Rule(NamedTuple):
    """Whom an order is credited to: the last click at most `window` milliseconds before it; with
    `opens` an opening counts like a click.
    """

    window: int = 5 * DAY
    opens: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (*CLICKS, *OPENS) if self.opens else CLICKS

    def __str__(self) -> str:
        return f"{self.window} {int(self.opens)}"


class Place(NamedTuple):
    """Which message it was: `flow` by its name."""

    flow: str
    run: int
    step: str
    message: str
    channel: str


class Moved(NamedTuple):
    """Money that came or went: `kind` is order or refund, `amount` has its sign. `order` is the
    purchase it is about, None where it is not known.
    """

    kind: str
    at: Instant
    amount: int
    order: Event | None


def hour_of(at: Instant) -> Instant:
    return at - at % HOUR


def place_of(name: str, properties: dict[str, Any]) -> Place | None:
    """The message that an event is about; None where it does not say so well."""
    flow, message = properties.get("flow"), properties.get("message")
    run, step = properties.get("run"), properties.get("step")
    if not (isinstance(flow, str) and isinstance(message, str) and isinstance(step, str)):
        return None
    if not isinstance(run, int) or isinstance(run, bool):
        return None
    return Place(flow, run, step, message, name.partition("_")[2])


def amount_of(properties: dict[str, Any], name: str = "value") -> int | None:
    """An amount of an event in minor units, None where it has none."""
    value = properties.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(round(value))
    return None


def moved(events: Iterable[Event]) -> list[Moved]:
    """What a customer's purchases, refunds and cancellations moved, in the order in which they
    happened. A refund takes at most what is left of its order, a cancellation all of it.
    """
    found: list[Moved] = []
    orders: dict[str, tuple[Event, int]] = {}
    refunds: list[Event] = []
    for event in events:
        key, value = order_key(event.properties), amount_of(event.properties)
        if event.name == "purchase":
            found.append(Moved("order", event.occurred_at, value or 0, event))
            if key:
                orders[key] = (event, value or 0)
            continue
        order, left = orders.get(key, (None, None)) if key else (None, None)
        if event.name == "refund":
            if is_told(event.properties, refunds):
                continue
            refunds.append(event)
            back = value if value is not None else left or 0
        elif left is None:
            continue  # of an order that nobody told of nothing is known to take back
        else:
            back = left
        if order is not None and left is not None:
            back = min(back, left)
            orders[key] = (order, left - back)
        if back:
            found.append(Moved("refund", event.occurred_at, -back, order))
    return found


class Touches:
    """A customer's clicks, in the order in which they happened."""

    def __init__(self, touches: Sequence[tuple[Instant, Place]], rule: Rule) -> None:
        self._touches = touches
        self._moments = [at for at, _ in touches]
        self._rule = rule

    def before(self, at: Instant) -> dict[str, Place]:
        """By flow the last one that counts for an order at `at`, the last of all first."""
        found: dict[str, Place] = {}
        place = bisect_right(self._moments, at)
        while place and self._moments[place - 1] >= at - self._rule.window:
            place -= 1
            touch = self._touches[place][1]
            found.setdefault(touch.flow, touch)
        return found


def items_of(event: Event) -> list[tuple[str, int, int]]:
    """What an order holds: product, quantity, worth."""
    found = []
    for item in event.properties.get("items") or ():
        if isinstance(item, dict) and item.get("id") is not None:
            told = item.get("quantity")
            quantity = 1
            if isinstance(told, int | float) and not isinstance(told, bool):
                quantity = max(round(told), 0)
            found.append((str(item["id"]), quantity, quantity * (amount_of(item, "price") or 0)))
        elif isinstance(item, str):
            found.append((item, 1, 0))
    return found
