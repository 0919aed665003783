"""How sure a comparison of shares is, whenever one looks.

Two things that are never mixed. The fixed interval (`engine.reports.statistics`) holds for one
look, at a sample that was planned before. The confidence sequence holds at all looks together, so
it alone may say that an arm has won: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021,
"Time-uniform central limit theory and asymptotic confidence sequences", theorem 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log, sqrt
from typing import Final, NamedTuple

from engine.reports.statistics import Interval

ALPHA: Final = 0.05
EFFECT: Final = 0.2
"""The smallest effect of interest that a sample is planned for: a fifth of the rate."""
_Z_BOTH: Final = 1.959963984540054
_Z_POWER: Final = 0.8416212335729143


class Arm(NamedTuple):
    """`reached` of `people` reached the goal."""

    people: int
    reached: int

    @property
    def rate(self) -> float:
        return self.reached / self.people if self.people else 0.0


def planned(rate: float, effect: float = EFFECT) -> int | None:
    """People per arm to find `effect` (a part of `rate`) with 80 % power at 5 %, two-sided: the
    normal approximation for two shares. None where no effect could be found.
    """
    better = rate * (1 + effect)
    if not 0 < rate < 1 or not 0 < better < 1 or effect == 0:
        return None
    spread = rate * (1 - rate) + better * (1 - better)
    return ceil((_Z_BOTH + _Z_POWER) ** 2 * spread / (better - rate) ** 2)


def sequence(one: Arm, other: Arm, plan: int) -> Interval | None:
    """How much higher the first share is: holds the truth in 95 % of experiments at all times
    together. Narrowest when `plan` people are in each arm. None before both have any spread.
    """
    found = _parts(one, other, plan)
    if found is None:
        return None
    value, error, weight = found
    width = error * sqrt(2 * (weight + 1) / weight * log(sqrt(weight + 1) / ALPHA))
    return Interval(value, value - width, value + width)


def chance(one: Arm, other: Arm, plan: int) -> float:
    """The smallest alpha at which the sequence leaves out 0: a p-value that holds at any time."""
    found = _parts(one, other, plan)
    if found is None:
        return 1.0
    value, error, weight = found
    exponent = (value / error) ** 2 * weight / (2 * (weight + 1))
    return min(sqrt(weight + 1) * exp(-min(exponent, 700.0)), 1.0)


def _parts(one: Arm, other: Arm, plan: int) -> tuple[float, float, float] | None:
    """The difference, its standard error, and the sample times rho squared."""
    if not one.people or not other.people:
        return None
    spread = sum(arm.rate * (1 - arm.rate) / arm.people for arm in (one, other))
    if spread <= 0:
        return None
    # Their equation for the rho that makes the sequence narrowest at a sample.
    tuned = -2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)
    weight = (one.people + other.people) * tuned / max(2 * plan, 1)
    return one.rate - other.rate, sqrt(spread), weight


def rejected(chances: Sequence[float], alpha: float = ALPHA) -> list[bool]:
    """Which of several hypotheses fall, none wrongly in 95 % of the families (Holm 1979)."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    fallen = [False] * len(chances)
    for rank, place in enumerate(order):
        if chances[place] > alpha / (len(chances) - rank):
            break
        fallen[place] = True
    return fallen


def winner(arms: Sequence[Arm], plan: int) -> int | None:
    """The arm that has won against every other one, None while none has."""
    pairs = [(one, two) for one in range(len(arms)) for two in range(one)]
    fallen = rejected([chance(arms[one], arms[two], plan) for one, two in pairs])
    won = [0] * len(arms)
    for (one, two), falls in zip(pairs, fallen, strict=True):
        if falls:
            won[one if arms[one].rate > arms[two].rate else two] += 1
    return next((place for place, wins in enumerate(won) if wins == len(arms) - 1 > 0), None)
