"""What came of a flow's experiments, and what the flow is worth against its holdout.

The unit is the customer, because arms and holdouts are drawn by customer: somebody who entered
three times is one person, who has reached the goal if one of the three did. Only people who came to
the experiment count, in the arm that their run remembers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from dsl import tree
from dsl.graph.graph import StepGraph
from engine.core.program import ExperimentSpec, Program
from engine.reports import sequences
from engine.reports.chosen import Choosing, choosing
from engine.reports.sequences import Arm
from engine.reports.statistics import (
    SAMPLE_RATIO,
    Amounts,
    Interval,
    incremental,
    mean,
    mean_difference,
    rate,
    rate_difference,
    sample_ratio,
)
from engine.store import run_figures
from engine.store.rows import Rows
from engine.store.states import flow_number

ENOUGH_PEOPLE: Final = 100
ENOUGH_GOALS: Final = 10
"""In each group; before, nothing is said of a difference."""
ENOUGH_BUYERS: Final = 40
"""People with the goal in each group; before, nothing is said of revenue per person. Amounts are
skewed: of fewer, intervals of 95 % held the truth in as few as 85 of 100 (docs/experiments.md).
"""


@dataclass(frozen=True, slots=True)
class Group:
    """People of one arm: `people` customers with `runs` runs. `revenue` is in minor units."""

    label: str
    share: float
    people: int
    runs: int
    sent: int
    reached: int
    revenue: Amounts

    @property
    def per_person(self) -> Interval | None:
        """Revenue per person; None of few."""
        return mean(self.revenue) if self.tells_of_money else None

    @property
    def tells_of_money(self) -> bool:
        return self.reached >= ENOUGH_BUYERS

    def as_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "share": round(self.share, 6),
            "people": self.people,
            "entered": self.runs,
            "sent": self.sent,
            "reached": self.reached,
            "rate": _told(rate(self.reached, self.people)),
            "revenue": round(self.revenue.total),
            "revenue_per_person": _told(self.per_person),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better `label` does than `against`: by goal and by revenue per person.

    `rate` is the interval of one look, None before each has the planned sample; `sequence` holds at
    all looks together, and alone tells of a difference.
    """

    label: str
    against: str
    rate: Interval | None
    sequence: Interval | None
    revenue: Interval | None
    enough: bool

    @property
    def says(self) -> str:
        if not self.enough or self.sequence is None:
            return (
                f"not enough yet: each needs {ENOUGH_PEOPLE} people,"
                f" {ENOUGH_GOALS} with the goal and {ENOUGH_GOALS} without"
            )
        if self.sequence.low > 0:
            return f"{self.label} reaches the goal more often than {self.against}"
        if self.sequence.high < 0:
            return f"{self.label} reaches the goal less often than {self.against}"
        return f"no difference between {self.label} and {self.against} can be told yet"

    def as_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "against": self.against,
            "rate": _told(self.rate),
            "sequence": _told(self.sequence),
            "revenue_per_person": _told(self.revenue),
            "enough": self.enough,
            "says": self.says,
        }


@dataclass(frozen=True, slots=True)
class Experiment:
    """`sample_ratio` is the probability of these sizes; None where too few are in it. `planned` is
    how many people each arm needs (None: no rate is known yet), `winner` the arm that has won.
    Where an arm is chosen for those who wait, `choosing` says how far that is, and none wins:
    the choice is made once, at one look.
    """

    name: str
    title: str
    groups: list[Group]
    comparisons: list[Comparison]
    sample_ratio: float | None
    planned: int | None
    winner: str
    choosing: Choosing | None = None

    @property
    def is_planned(self) -> bool:
        """Whether every arm has the planned sample."""
        return self.planned is not None and all(
            group.people >= self.planned for group in self.groups
        )

    @property
    def warning(self) -> str:
        if self.sample_ratio is None or self.sample_ratio >= SAMPLE_RATIO:
            return ""
        return (
            "the sizes of the groups are not those that were asked for: the shares were changed"
            " meanwhile, or something keeps people of one arm out; do not trust the difference"
        )

    def rows(self) -> list[dict[str, Any]]:
        """The groups as tables show them."""
        return [group.as_json() for group in self.groups]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "arms": self.rows(),
            "differences": [one.as_json() for one in self.comparisons],
            "sample_ratio": {"p": self.sample_ratio, "warning": self.warning},
            "planned": self.planned,
            "winner": self.winner or None,
            "chosen": None if self.choosing is None else self.choosing.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`holdout` compares who got the flow with who was held out; `incremental` is what the flow
    earned so far because of it, in minor units.
    """

    flow: str
    currency: str
    experiments: list[Experiment]
    holdout: Experiment | None
    incremental: Interval | None

    def as_json(self) -> dict[str, Any]:
        held = None if self.holdout is None else self.holdout.as_json()
        if held is not None:
            held["incremental_revenue"] = _told(self.incremental)
        return {
            "flow": self.flow,
            "currency": self.currency,
            "confidence": 0.95,
            "unit": "customer",
            "experiments": [one.as_json() for one in self.experiments],
            "holdout": held,
        }


def report(reader: Rows, program: Program, graph: StepGraph | None, currency: str) -> Report:
    """All experiments of a flow as it is live now, and its holdout, over all of its versions.

    `graph` has the titles; without one experiments are called by their names.
    """
    number = flow_number(reader, program.flow)
    flow = -1 if number is None else number
    titles = {
        node.step.name: node.step.title
        for node in (() if graph is None else graph.nodes)
        if isinstance(node.step, tree.Experiment)
    }
    ways = remembered(reader, flow)
    experiments = []
    for op in program.ops:
        spec = op.spec
        if isinstance(spec, ExperimentSpec):
            groups = [
                _group(
                    run_figures.group_of_arm(reader, flow, ways[spec.name, label]),
                    label,
                    share,
                )
                for label, share in _shares(spec)
            ]
            found = _compared(spec.name, titles.get(spec.name) or spec.name, groups)
            if spec.winner is not None:
                choice = choosing(reader, program, op, spec.winner)
                found = replace(found, winner="", choosing=choice)
            experiments.append(found)
    holdout = earned = None
    if program.holdout > 0:
        sent, held = (
            _group(run_figures.group_of_holdout(reader, flow, held=out), label, share)
            for out, label, share in (
                (False, "flow", 1 - program.holdout),
                (True, "holdout", program.holdout),
            )
        )
        holdout = _compared("holdout", "Holdout", [held, sent])
        if sent.tells_of_money and held.tells_of_money:
            earned = incremental(sent.revenue, held.revenue)
    return Report(program.flow, currency, experiments, holdout, earned)


def _shares(spec: ExperimentSpec) -> list[tuple[str, float]]:
    found, reached = [], 0.0
    for bound, label in spec.shares:
        found.append((label, bound - reached))
        reached = bound
    if reached < 1 - 1e-9 and spec.winner is None:
        found.append(("else", 1 - reached))
    return found


def remembered(reader: Rows, flow: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """By experiment and arm the ways in which runs remember it: they are few."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for text in run_figures.arms(reader, flow):
        for name, label in orjson.loads(text).items():
            found[name, label].add(text)
    result: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    result.update({key: tuple(sorted(ways)) for key, ways in found.items()})
    return result


def _group(found: run_figures.Group, label: str, share: float) -> Group:
    return Group(
        label,
        share,
        found.people,
        found.runs,
        found.sent,
        found.reached,
        Amounts(found.people, found.revenue, found.squared),
    )


def _compared(name: str, title: str, groups: list[Group]) -> Experiment:
    """Each group against the first."""
    first = groups[0]
    arms = [Arm(one.people, one.reached) for one in groups]
    people = sum(one.people for one in arms)
    plan = sequences.planned(sum(one.reached for one in arms) / people) if people else None
    ready = plan is not None and all(one.people >= plan for one in arms)
    comparisons = [
        Comparison(
            one.label,
            first.label,
            rate_difference(one.reached, one.people, first.reached, first.people)
            if ready
            else None,
            None if plan is None else sequences.sequence(arm, arms[0], plan),
            mean_difference(one.revenue, first.revenue)
            if one.tells_of_money and first.tells_of_money
            else None,
            all(map(_is_enough, (one, first))),
        )
        for one, arm in zip(groups[1:], arms[1:], strict=True)
    ]
    sizes = sample_ratio([one.people for one in groups], [one.share for one in groups])
    right = sizes is None or sizes >= SAMPLE_RATIO
    won = None
    if plan is not None and right and all(map(_is_enough, groups)):
        won = sequences.winner(arms, plan)
    label = "" if won is None else groups[won].label
    return Experiment(name, title, groups, comparisons, sizes, plan, label)


def _is_enough(group: Group) -> bool:
    return (
        group.people >= ENOUGH_PEOPLE
        and ENOUGH_GOALS <= group.reached <= group.people - ENOUGH_GOALS
    )


def _told(interval: Interval | None) -> dict[str, float] | None:
    if interval is None:
        return None
    return {name: round(value, 6) for name, value in interval._asdict().items()}
