"""Which moment a `wait until best time within ..` ends at, and why. Pure.

The profile of the person (`engine.core.habits`) is read over the hours between now and the
bound; the likeliest of them that is not quiet is taken, the earliest at a tie. One in twenty runs
goes at another hour, drawn from that profile, so that a habit that changed is found out; not before
the shop has habits of its own to learn from. The draw is a hash, so a replay decides alike.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Final, NamedTuple

from engine.core import calendar
from engine.core.facts import Facts
from engine.core.habits import ENOUGH_OF_A_SHOP, NOTHING_KNOWN, Habits, acts_of, person
from engine.core.model import Instant
from engine.core.signals import ACTIVE

EXPLORING: Final = 0.05
_SATURDAY: Final = 5


class Chosen(NamedTuple):
    """`why` is a fragment of a sentence for people."""

    at: Instant
    why: str


def choose(
    facts: Facts,
    at: Instant,
    end: Instant,
    *,
    shop: Habits | None = None,
    quiet: tuple[time, time] | None = None,
    drawn: float = 1.0,
) -> Chosen:
    """The best moment in [at, end] for this customer; `at` where quiet hours leave none.

    `drawn` in [0, 1) decides whether to explore, and where.
    """
    habits = NOTHING_KNOWN if shop is None else shop
    happened = (
        (name, event.occurred_at) for name in ACTIVE for event in facts.history.get(name, ())
    )
    known = person(acts_of(happened, facts.zone, at), habits)
    moments: list[tuple[Instant, datetime, float]] = []
    for moment, here in calendar.hours_until(at, end, facts.zone):
        if quiet and calendar.quiet_until(moment, *quiet, facts.zone) is not None:
            continue
        chance = float(known.on(weekend=here.weekday() >= _SATURDAY).hours[here.hour])
        moments.append((moment, here, chance))
    if not moments:
        return Chosen(at, "goes on at once: all of the time is quiet")
    if drawn < EXPLORING and habits.weight >= ENOUGH_OF_A_SHOP:
        moment, here, _ = _drawn(moments, drawn / EXPLORING)
        return Chosen(moment, f"{here.hour} o'clock, to try another hour than the best one")
    moment, here, _ = max(moments, key=lambda one: (round(one[2], 9), -one[0]))
    profile = known.on(weekend=here.weekday() >= _SATURDAY)
    if profile.own >= 0.5:
        why = "the hour at which they are most active"
    elif habits.weight > 0:
        why = "the hour at which most are active, as little is known of them"
    else:
        why = "a good hour, as nothing is known of anybody's habits"
    return Chosen(moment, f"{here.hour} o'clock, {why}")


def _drawn(
    moments: list[tuple[Instant, datetime, float]], share: float
) -> tuple[Instant, datetime, float]:
    left = share * sum(chance for _, _, chance in moments)
    for moment in moments:
        left -= moment[2]
        if left < 0:
            return moment
    return moments[-1]
