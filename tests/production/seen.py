"""What came of a test, as the lab and production can both tell it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from engine.core.model import SECOND
from engine.lab.outcome import Chronicle


class Seen(NamedTuple):
    """What came of a test: when and what went out, how many entered, when whose runs ended, whose
    goals were reached when, the customer's tags. Moments are whole seconds.
    """

    out: Counter[tuple[int, str, str]]
    entered: int
    ended: Counter[tuple[int, str]]
    goals: Counter[tuple[int, str]]
    tags: frozenset[str]
    coupons: Counter[tuple[int, str]]
    tracked: Counter[tuple[int, str]]
    answers: tuple[bool, ...]


def seen_by_the_lab(chronicle: Chronicle) -> Seen:
    return Seen(
        Counter((it.at // SECOND, it.kind, it.name) for it in chronicle.messages),
        chronicle.entered,
        Counter((it.at // SECOND, it.flow) for it in chronicle.endings),
        Counter((it.reached_at // SECOND, it.flow) for it in chronicle.goals if it.reached_at),
        chronicle.tags,
        Counter((it.at // SECOND, it.coupon) for it in chronicle.coupons),
        Counter((it.at // SECOND, it.event) for it in chronicle.tracked),
        tuple(it.holds for it in chronicle.answers),
    )
