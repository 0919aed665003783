"""When a price has dropped: what it is compared with, and what was told of it before.

A price counts once it has stood for ten minutes. Source: semantics, "Entry", price drops; the
reference is the EU's for announced reductions (directive 98/6/EC, article 6a). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.core.model import DAY, MINUTE, Fall, Instant

STANDS: Final = 10 * MINUTE
"""How long a price must have stood to be one."""

LOOKS_BACK: Final = 30 * DAY


class Step(NamedTuple):
    """From `at` on, the price was `price` (minor units; None for none)."""

    at: Instant
    price: float | None


class _Stood(NamedTuple):
    start: Instant
    end: Instant
    price: float


def price_of(value: Any) -> float | None:
    """A stored price; 0 is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return value


def fall_of(steps: Sequence[Step], now: Instant) -> Fall | None:
    """How the last of `steps` (ascending, each another price than the one before) has fallen.

    None while it has not stood for ten minutes at `now`, where it is no price, and where it is not
    below the price before.
    """
    stood = _stood(steps, now)
    if not stood or steps[-1].price is None or stood[-1].start != steps[-1].at:
        return None
    first = len(stood) - 1
    while first and stood[first - 1].price >= stood[first].price:
        first -= 1
    top = stood[first].price
    fallen = [one for one in stood[first:] if one.price < top]
    if not fallen:
        return None
    until = fallen[0].start
    reference = min(
        (
            one.price
            for one in stood
            if min(one.end, until) - max(one.start, until - LOOKS_BACK) >= STANDS
        ),
        default=None,
    )
    if reference is None:
        return None
    return Fall(reference, tuple(one.price for one in fallen))


def dropped(fall: Fall, percent: float) -> bool:
    """Whether the last price of a fall is news: far enough below the reference, and as far below
    the last one that was. Without a percentage, any lower price.
    """
    told = fall.reference
    news = False
    for price in fall.prices:
        news = price < told and price * 100 <= told * (100 - percent)
        if news:
            told = price
    return news


def _stood(steps: Sequence[Step], now: Instant) -> list[_Stood]:
    ends = [step.at for step in steps[1:]] + [now]
    return [
        _Stood(step.at, end, step.price)
        for step, end in zip(steps, ends, strict=True)
        if step.price is not None and end - step.at >= STANDS
    ]
