"""What experiments have shown: each arm with what is sure of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.reports import experiments
from engine.reports.asked import Asked
from engine.reports.experiments import Experiment, Group
from engine.reports.statistics import Interval, rate
from engine.reports.told import Column, Report, Row, Table, say

COLUMNS: Final = (
    Column("flow", say("Flow"), "text"),
    Column("experiment", say("Experiment"), "text"),
    Column("arm", say("Arm"), "text"),
    Column("verdict", say("Verdict"), "text",
           say("An arm has won when the interval for all looks says so against every other arm; one that was chosen for those who waited is not proven."),  # noqa: E501
           spoken=True),
    Column("people", say("Customers"), "count", say("Different people who came to the experiment."),
           ("arm",)),
    Column("planned", say("Planned"), "count",
           say("People each arm needs to find a difference of a fifth of the rate with 80 % power.")),  # noqa: E501
    Column("reached", say("Reached the goal"), "count",
           say("People of the arm who reached the flow's goal, each once."),
           ("arm reached",)),
    Column("rate", say("Rate, 95 %"), "rate", say("Reached of people, with Wilson's interval."),
           ("arm reached",)),
    Column("revenue_per_person", say("Per person, 95 %"), "worth",
           say("Revenue of the goal per person, with Student's interval; shown once 40 people of the arm reached it."),  # noqa: E501
           ("arm reached",)),
    Column("fixed", say("Difference at one look"), "rate",
           say("To the first arm, shown once the planned sample is reached: for one look.")),
    Column("sequence", say("Difference at all looks"), "rate",
           say("To the first arm: this may be looked at every day.")),
)  # fmt: skip


def experiments_report(asked: Asked) -> Report:
    """All experiments and holdouts of the flows that are live, since they began."""
    rows: list[Row] = []
    about: list[Mapping[str, str]] = []
    notes: list[str] = []
    for name, program in sorted(asked.programs.items()):
        if asked.flow and name != asked.flow:
            continue
        found = experiments.report(asked.rows, program, None, asked.currency)
        for one in [*found.experiments, *([found.holdout] if found.holdout else [])]:
            rows += [_row(name, one, group) for group in one.groups]
            about += [
                {"flow": name, "experiment": one.name, "arm": group.label} for group in one.groups
            ]
            if one.warning:
                notes.append(f"{name}, {one.title}:\n{one.warning}")
            if one.choosing is not None:
                notes.append(f"{name}, {one.title}:\n{one.choosing.says}")
    table = Table(
        "experiments", say("Experiments"), COLUMNS, rows,
        says=say("Since each experiment began, whatever the period. A person counts once, in the arm they stay in."),  # noqa: E501
        empty=say("No flow that is live has an experiment. `experiment words:` with `50% as short:` begins one."),  # noqa: E501
        about=about,
    )  # fmt: skip
    period = asked.period
    return Report(
        "experiments", say("Experiments"), period.first.isoformat(), period.last.isoformat(),
        period.zone, asked.currency, [], [table], None, notes, asked.flow,
    )  # fmt: skip


def _row(flow: str, experiment: Experiment, group: Group) -> Row:
    against = next((one for one in experiment.comparisons if one.label == group.label), None)
    fixed: Interval | None = None if against is None else against.rate
    sequence: Interval | None = None if against is None else against.sequence
    return {
        "flow": flow,
        "experiment": experiment.title,
        "arm": group.label,
        "verdict": _verdict(experiment, group),
        "people": group.people,
        "planned": experiment.planned,
        "reached": group.reached,
        "rate": rate(group.reached, group.people),
        "revenue_per_person": group.per_person,
        "fixed": fixed,
        "sequence": sequence,
    }


def _verdict(experiment: Experiment, group: Group) -> str:
    if experiment.choosing is not None and experiment.choosing.arm:
        return say("chosen") if experiment.choosing.arm == group.label else ""
    if experiment.warning:
        return say("do not trust")
    if experiment.winner == group.label:
        return say("winner")
    if experiment.winner:
        return ""
    return say("undecided")
