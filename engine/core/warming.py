"""How many mails a young sender may send a day: few at first, each day a fifth more.

Mailbox providers know no sender at first, and turn away who begins with many. Between a fifth and a
third more a day is what large mail services advise (the warm-up guides of SendGrid and of Amazon
SES). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from dsl import tree
from engine.core import calendar
from engine.core.model import Instant

MORE: Final = 1.2
"""What a day may send, of what the day before might."""
_IN_DAYS: Final = {"day": 1, "week": 7}


class WarmUp(NamedTuple):
    """`warm up over 30 days from 200 a day`."""

    days: int
    first: int

    def most(self, day: int) -> int | None:
        """How many mails the day may send, the first is 0; None from when it is over.

        >>> WarmUp(30, 200).most(0), WarmUp(30, 200).most(7), WarmUp(30, 200).most(30)
        (200, 717, None)
        """
        return None if day >= self.days else round(self.first * MORE**day)


def warm_up_of(lines: Iterable[tree.StoreLine]) -> WarmUp | None:
    """What a store says of it."""
    for line in lines:
        if isinstance(line, tree.WarmUp) and isinstance(line.over.amount, tree.Number):
            days = round(float(line.over.amount.value) * _IN_DAYS.get(line.over.unit, 1))
            return WarmUp(days, line.count)
    return None


def day_number(since: Instant, now: Instant, zone: str) -> int:
    """Which day of the shop's calendar it is, counted from the first, which is 0."""
    first, today = (calendar.local_date(at, zone) for at in (since, now))
    return max(0, (today - first).days)
