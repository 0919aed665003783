"""Rates, differences and whether two groups can be compared: formulas with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95
_Z: Final = 1.959963984540054

SAMPLE_RATIO: Final = 0.001
"""Below this probability groups are not of the sizes that were asked for (Fabijan et al. 2019)."""


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


class Amounts(NamedTuple):
    """`number` amounts by their sum and the sum of their squares."""

    number: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.number if self.number else 0.0

    @property
    def variance(self) -> float:
        if self.number < 2:
            return 0.0
        return max(self.squares - self.total * self.mean, 0.0) / (self.number - 1)


def rate(reached: int, people: int) -> Interval | None:
    """A share with Wilson's score interval (Wilson 1927); None of nobody."""
    if not people:
        return None
    share, weight = reached / people, _Z**2 / people
    middle = (share + weight / 2) / (1 + weight)
    width = _Z * sqrt(share * (1 - share) / people + weight / (4 * people)) / (1 + weight)
    return Interval(share, max(middle - width, 0.0), min(middle + width, 1.0))


def rate_difference(reached: int, people: int, before: int, others: int) -> Interval | None:
    """How much higher the first share is: the hybrid score interval (Newcombe 1998, method 10)."""
    one, two = rate(reached, people), rate(before, others)
    if one is None or two is None:
        return None
    value = one.value - two.value
    below = sqrt((one.value - one.low) ** 2 + (two.high - two.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (two.value - two.low) ** 2)
    return Interval(value, value - below, value + above)


def mean_difference(one: Amounts, two: Amounts) -> Interval | None:
    """How much higher the first mean is: Welch's interval (Welch 1947). None under two amounts."""
    if one.number < 2 or two.number < 2:
        return None
    value = one.mean - two.mean
    first, second = one.variance / one.number, two.variance / two.number
    if first + second == 0:
        return Interval(value, value, value)
    from scipy import stats

    freedom = (first + second) ** 2 / (first**2 / (one.number - 1) + second**2 / (two.number - 1))
    width = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * sqrt(first + second)
    return Interval(value, value - width, value + width)


def incremental(sent: Amounts, held: Amounts) -> Interval | None:
    """What all who were sent something brought in beyond what they would have without: the
    difference of the means to those who were held out, times the people. None under two amounts.
    """
    each = mean_difference(sent, held)
    return None if each is None else Interval(*(one * sent.number for one in each))


def mean(amounts: Amounts) -> Interval | None:
    """A mean with Student's interval; None under two amounts."""
    if amounts.number < 2:
        return None
    from scipy import stats

    width = float(stats.t.ppf((1 + CONFIDENCE) / 2, amounts.number - 1))
    width *= sqrt(amounts.variance / amounts.number)
    return Interval(amounts.mean, amounts.mean - width, amounts.mean + width)


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> float | None:
    """The probability of counts at least so far from the shares that were asked for, by Pearson's
    chi-squared test; None where too few are expected in a group for the test to hold.
    """
    people = sum(counts)
    if len(counts) < 2 or any(people * share < 5 for share in shares):
        return None
    from scipy import stats

    whole = sum(shares)
    expected = [people * share / whole for share in shares]
    return float(stats.chisquare(counts, expected).pvalue)
