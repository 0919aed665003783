"""When people are active: a profile of the hours of a day, per person, shrunk towards the shop's.

What is known of a person are acts at local hours x with weights w (a click or a purchase 1, an open
0.3; half of it is left after 180 days). They either follow the shop's profile q, or have an habit
of their own: a peak hour h, a spread s and a share e of acts at any hour,

    p(x | h, s, e) = e / 24 + (1 - e) * K_s(x - h)

with K a normal distribution wrapped around the clock and counted by hours. Both are weighed by how
well they explain the acts (Bayesian model averaging, Hoeting et al. 1999); h has the prior
(q + uniform) / 2, so who has done little is timed like the shop (empirical Bayes, Efron and Morris
1973). The profile of a person is the probability of their next act by hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erf, sqrt
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core import calendar
from engine.core.model import DAY, HOUR, Instant
from engine.core.signals import ACTIVE

Reals = npt.NDArray[np.float64]

HALF_LIFE: Final = 180 * DAY
ENOUGH_FOR_WEEKENDS: Final = 30.0
"""From this weight of acts on either kind of day, working days and weekends are told apart."""

ENOUGH_OF_A_SHOP: Final = 100.0
"""The weight of acts from which a shop has habits to learn from."""

MORNING: Final = 10
"""The hour where nothing is known of anybody."""

_SPREADS: Final = (0.2, 0.6, 1.0, 1.5, 2.5)
_SHARES: Final = (0.05, 0.2, 0.4, 0.6)
_OWN_HABIT: Final = 0.1
_STANDARD_WEIGHT: Final = 20.0


@lru_cache(maxsize=1)
def standard() -> Reals:
    """A shop's profile before anything is known: awake by day, best at 10."""
    hours = np.where((np.arange(24) >= 8) & (np.arange(24) <= 21), 1.0, 0.2)
    hours[MORNING] = 1.5
    result: Reals = hours / hours.sum()
    return result


@lru_cache(maxsize=1)
def _shapes() -> Reals:
    """p(x | h, shape) as an array [shape, h, x]."""
    kernels = []
    for spread in _SPREADS:
        kernel = np.zeros(24)
        for turn in range(-48, 49):
            above, below = (turn + 0.5) / spread, (turn - 0.5) / spread
            kernel[turn % 24] += (erf(above / sqrt(2)) - erf(below / sqrt(2))) / 2
        kernels.append(kernel)
    place = (np.arange(24)[None, :] - np.arange(24)[:, None]) % 24
    shapes: Reals = np.array(
        [share / 24 + (1 - share) * kernel[place] for kernel in kernels for share in _SHARES]
    )
    return shapes


@dataclass(frozen=True, slots=True)
class Habits:
    """The shop's own: weights of acts by hour of the week, Monday 0 o'clock first."""

    week: Reals

    def day(self, *, weekend: bool | None = None) -> Reals:
        """The profile of a day: of all, of Saturday and Sunday, or of the others."""
        days = self.week.reshape(7, 24)
        chosen = days if weekend is None else days[5:] if weekend else days[:5]
        weights = chosen.sum(axis=0) + _STANDARD_WEIGHT * standard()
        result: Reals = weights / weights.sum()
        return result

    @property
    def weight(self) -> float:
        return float(self.week.sum())


NOTHING_KNOWN: Final = Habits(np.zeros(168))


class Act(NamedTuple):
    """Something done at a local hour of the week, 0 to 167."""

    hour: int
    weight: float


class Profile(NamedTuple):
    """How likely each hour of a day is; `acts` is the weight of what it rests on, `own` how likely
    it is that the person has a habit of their own.
    """

    hours: Reals
    acts: float
    own: float

    @property
    def best(self) -> int:
        """The likeliest hour, the earliest at a tie."""
        return int(np.argmax(np.round(self.hours, 12)))


@dataclass(frozen=True, slots=True)
class Person:
    """Profiles of one person: of all days and, where enough is known, of the two kinds of days."""

    every: Profile
    working: Profile
    weekend: Profile

    def on(self, *, weekend: bool) -> Profile:
        return self.weekend if weekend else self.working


def acts_of(
    happened: Iterable[tuple[str, Instant]],
    zone: str,
    now: Instant,
    *,
    half_life: Instant = HALF_LIFE,
) -> list[Act]:
    """Events (name, occurred at) as weighted acts in the person's own time."""
    found = []
    for name, at in happened:
        weight = ACTIVE.get(name)
        if weight is not None:
            here = calendar.local(at, zone)
            age = max(now - at, 0)
            found.append(Act(here.weekday() * 24 + here.hour, weight * 0.5 ** (age / half_life)))
    return found


def person(acts: Sequence[Act], shop: Habits) -> Person:
    """What is known of one person."""
    week = np.zeros(168)
    for act in acts:
        week[act.hour] += act.weight
    days = week.reshape(7, 24)
    every = profile(days.sum(axis=0), shop.day())
    kinds = (days[:5].sum(axis=0), days[5:].sum(axis=0))
    if min(float(kind.sum()) for kind in kinds) < ENOUGH_FOR_WEEKENDS:
        return Person(every, every, every)
    working, weekend = (
        profile(kind, shop.day(weekend=bool(number))) for number, kind in enumerate(kinds)
    )
    return Person(every, working, weekend)


def profile(acts: Reals, shop: Reals) -> Profile:
    """The profile of somebody with these weights of acts by hour, in a shop with this profile."""
    total = float(acts.sum())
    if total <= 0:
        return Profile(shop, 0.0, 0.0)
    shapes = _shapes()
    following = float(acts @ np.log(shop))
    peak = np.log((shop + 1 / 24) / 2)
    explained = np.log(shapes) @ acts + peak[None, :] - np.log(len(shapes))
    top = explained.max()
    posterior = np.exp(explained - top)
    evidence = float(np.log(posterior.sum()) + top)
    own = 1 / (1 + (1 - _OWN_HABIT) / _OWN_HABIT * np.exp(np.clip(following - evidence, -700, 700)))
    habit = np.einsum("sh,shx->x", posterior / posterior.sum(), shapes)
    return Profile(own * habit + (1 - own) * shop, total, float(own))


def local_hours(acts: Iterable[tuple[str, Instant, float]], now: Instant, zone: str) -> Reals:
    """Acts (zone, at, weight) of many people as weights by hour of the week.

    `zone` stands in for a zone that is none.
    """
    week = np.zeros(168)
    known: dict[tuple[str, int], int] = {}
    for own, at, weight in acts:
        key = own, at // HOUR
        place = known.get(key)
        if place is None:
            here = calendar.local(at, own if calendar.is_zone(own) else zone)
            place = known[key] = here.weekday() * 24 + here.hour
        week[place] += weight * 0.5 ** (max(now - at, 0) / HALF_LIFE)
    return week
