"""All reports by their names, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.errors import RefusedError
from engine.reports.asked import Asked
from engine.reports.of_behaviour import behaviour_report
from engine.reports.of_cohorts import cohorts_report
from engine.reports.of_delivery import delivery_report
from engine.reports.of_experiments import experiments_report
from engine.reports.of_flow import flow_report
from engine.reports.of_shop import shop_report
from engine.reports.told import Report, say


class Entry(NamedTuple):
    """`title` and what it answers; `days` that it is usually about; whether it is of one flow."""

    title: str
    says: str
    make: Callable[[Asked], Report]
    days: int = 30
    of_flow: bool = False


REPORTS: Final[Mapping[str, Entry]] = {
    "shop": Entry(say("Shop"), say("What came of all flows, and what was earned"), shop_report),
    "flow": Entry(
        say("Flow"), say("What became of whom in one flow"), flow_report, of_flow=True
    ),
    "experiments": Entry(
        say("Experiments"), say("Which arm does better, and how sure that is"), experiments_report
    ),
    "deliverability": Entry(
        say("Deliverability"), say("Whether messages arrive"), delivery_report
    ),
    "behaviour": Entry(
        say("On the site"), say("What people did before they bought"), behaviour_report
    ),
    "cohorts": Entry(
        say("Cohorts"), say("Who came back after a first order"), cohorts_report, days=365
    ),
}  # fmt: skip


class UnknownReportError(RefusedError):
    """There is no report, flow or table of that name."""


def make(name: str, asked: Asked) -> Report:
    """A report.

    Raises:
        UnknownReportError: there is none of that name, or no such flow.
    """
    entry = REPORTS.get(name)
    if entry is None:
        raise UnknownReportError(f"there is no report {name!r}; there are {', '.join(REPORTS)}")
    if entry.of_flow and not asked.flow:
        raise UnknownReportError("this report is about one flow: name it")
    if asked.flow and asked.flow not in asked.programs and asked.number < 0:
        raise UnknownReportError(f"there is no flow {asked.flow!r}")
    return entry.make(asked)
