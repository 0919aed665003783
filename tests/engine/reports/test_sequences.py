"""What is said of experiments is as sure as it is said to be: over 200 fixed seeds each."""

from __future__ import annotations

import numpy as np
import pytest

from engine.reports.of_behaviour import risk_ratio
from engine.reports.sequences import Arm, chance, planned, rejected, sequence, winner
from engine.reports.statistics import (
    Amounts,
    incremental,
    mean,
    mean_difference,
    rate,
    rate_difference,
)

SEEDS = 200
HOLDS = 181
"""An interval of 95 % holds the truth in fewer of 200 once in 200 such tests."""
TEXTBOOK = 1.959963984540054


def looks(seed: int, rates: tuple[float, ...], daily: int, days: int) -> list[list[Arm]]:
    """An experiment as it stands at the end of each day."""
    draws = np.random.default_rng(seed).binomial(daily, rates, (days, len(rates))).cumsum(axis=0)
    return [[Arm(daily * (day + 1), int(reached)) for reached in draws[day]] for day in range(days)]


def wins(experiment: list[list[Arm]], plan: int) -> int | None:
    """Who is the winner at the first look that has one, each with enough people."""
    for arms in experiment:
        enough = all(arm.people >= 100 and 10 <= arm.reached <= arm.people - 10 for arm in arms)
        if enough and (won := winner(arms, plan)) is not None:
            return won
    return None


@pytest.mark.parametrize("arms", [2, 3])
def test_equal_arms_seldom_have_a_winner(arms: int) -> None:
    """Looked at after every day for 60 days, arms that are the same have a winner in at most 19
    of 200 experiments.
    """
    found = [wins(looks(seed, (0.1,) * arms, 120, 60), planned(0.1) or 0) for seed in range(SEEDS)]
    assert sum(one is not None for one in found) <= 19


def test_a_better_arm_wins_within_twice_the_planned_sample() -> None:
    """With the planned effect and twice the planned sample, the better arm wins in at least 160 of
    200, and the worse one never.
    """
    plan = planned(0.1)
    assert plan is not None
    daily = 2 * plan // 60 + 1
    found = [wins(looks(seed, (0.1, 0.12), daily, 60), plan) for seed in range(SEEDS)]
    assert found.count(1) >= 160
    assert found.count(0) <= 1


def test_a_sequence_holds_the_truth_at_all_looks_together() -> None:
    """In at least 181 of 200 experiments no look of 60 leaves out the true difference."""
    plan = planned(0.1) or 0
    held = 0
    for seed in range(SEEDS):
        intervals = [
            sequence(arms[1], arms[0], plan) for arms in looks(seed, (0.1, 0.13), 150, 60)[1:]
        ]
        held += all(one is None or one.low <= 0.03 <= one.high for one in intervals)
    assert held >= HOLDS


def test_an_interval_of_one_look_holds_the_truth() -> None:
    """Rates, their differences and differences of means hold it in at least 181 of 200, and are at
    most a quarter wider than the textbook's.
    """
    made = np.random.default_rng(7)
    one, two = made.binomial(900, 0.2, SEEDS), made.binomial(900, 0.25, SEEDS)
    found = [rate(int(each), 900) for each in one]
    assert sum(each.low <= 0.2 <= each.high for each in found if each) >= HOLDS
    book = 2 * TEXTBOOK * np.sqrt(0.2 * 0.8 / 900)
    assert np.mean([each.high - each.low for each in found if each]) <= 1.25 * book
    found = [rate_difference(int(b), 900, int(a), 900) for a, b in zip(one, two, strict=True)]
    assert sum(each.low <= 0.05 <= each.high for each in found if each) >= HOLDS
    book = 2 * TEXTBOOK * np.sqrt((0.2 * 0.8 + 0.25 * 0.75) / 900)
    assert np.mean([each.high - each.low for each in found if each]) <= 1.25 * book
    money = made.binomial(1, 0.2, (2, SEEDS, 600)) * made.gamma(2.0, 2_000.0, (2, SEEDS, 600))
    held, width = 0, []
    for first, second in zip(*money, strict=True):
        sides = [
            Amounts(600, float(each.sum()), float((each**2).sum())) for each in (first, second)
        ]
        interval = mean_difference(*sides)
        assert interval is not None
        held += interval.low <= 0 <= interval.high
        width.append(interval.high - interval.low)
    assert held >= HOLDS
    book = 2 * TEXTBOOK * np.sqrt(2 * money.var() / 600)
    assert np.mean(width) <= 1.25 * book


def spent(
    made: np.random.Generator, people: int, share: float, mean: float
) -> tuple[list[Amounts], float]:
    """What so many people spent, SEEDS times: most nothing, few very much; and its variance."""
    shape = 1.2
    money = made.binomial(1, share, (SEEDS, people)) * made.gamma(
        shape, mean / shape, (SEEDS, people)
    )
    squares = (money**2).sum(axis=1)
    each = zip(money.sum(axis=1), squares, strict=True)
    variance = share * mean**2 * (1 + 1 / shape) - (share * mean) ** 2
    return [Amounts(people, float(one), float(two)) for one, two in each], variance


def test_what_a_flow_earned_holds_the_truth() -> None:
    """Revenue per person, and what a flow earned beyond a tenth that was held out, hold the truth
    in at least 181 of 200, and are at most a quarter wider than the textbook's.
    """
    made = np.random.default_rng(11)
    sent, variance = spent(made, 1_800, 0.2, 5_000)
    held, others = spent(made, 200, 0.15, 5_000)
    alone = [mean(one) for one in sent]
    assert sum(each.low <= 1_000 <= each.high for each in alone if each) >= HOLDS
    book = 2 * TEXTBOOK * np.sqrt(variance / 1_800)
    assert np.mean([each.high - each.low for each in alone if each]) <= 1.25 * book
    earned = [incremental(one, two) for one, two in zip(sent, held, strict=True)]
    assert sum(each.low <= 250 * 1_800 <= each.high for each in earned if each) >= HOLDS
    book = 1_800 * 2 * TEXTBOOK * np.sqrt(variance / 1_800 + others / 200)
    assert np.mean([each.high - each.low for each in earned if each]) <= 1.25 * book


def test_a_ratio_of_shares_holds_the_truth() -> None:
    """How many times as often people buy who did something holds it in at least 181 of 200, and is
    at most a quarter wider than the textbook's, on the scale of its logarithm.
    """
    made = np.random.default_rng(13)
    one, two = made.binomial(400, 0.12, SEEDS), made.binomial(2_000, 0.05, SEEDS)
    found = [
        risk_ratio(int(did), 400, int(others), 2_000) for did, others in zip(one, two, strict=True)
    ]
    assert sum(each.low <= 0.12 / 0.05 <= each.high for each in found if each) >= HOLDS
    book = 2 * TEXTBOOK * np.sqrt(0.88 / (0.12 * 400) + 0.95 / (0.05 * 2_000))
    assert np.mean([np.log(each.high / each.low) for each in found if each]) <= 1.25 * book


def test_a_plan_is_that_of_the_textbook() -> None:
    """10 % against 12 % with 80 % power at 5 % takes 3,839 people per arm (the normal
    approximation without pooling); a rate of nothing takes no plan.
    """
    assert planned(0.1) == 3_839
    assert planned(0.0) is None
    assert planned(0.9) is None


def test_the_chance_and_the_sequence_agree() -> None:
    """The sequence leaves out 0 just where its chance is at most 5 %."""
    for reached in range(100, 220, 5):
        arms = Arm(1_000, reached), Arm(1_000, 120)
        interval = sequence(*arms, 1_000)
        assert interval is not None
        assert (interval.low > 0 or interval.high < 0) == (chance(*arms, 1_000) < 0.05)


def test_several_hypotheses_fall_by_holm() -> None:
    """Each needs more than it would alone; behind the first that stands none falls."""
    assert rejected([0.01, 0.04, 0.03]) == [True, False, False]
    assert rejected([0.01, 0.02, 0.04]) == [True, True, True]
    assert rejected([0.2, 0.001]) == [False, True]
