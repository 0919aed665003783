"""When the waits of people end that a publish changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.model import Instant
from engine.core.program import Program
from engine.publishing.plan import Timing
from engine.publishing.routes import Route
from engine.store import run_figures
from engine.store.rows import Rows

MOST: Final = 100_000
"""At a step with more people than this they are not counted one by one."""

MOST_WHILE_PUBLISHING: Final = 5_000
"""The same while others wait for the writer."""


@dataclass(slots=True)
class Clockwork:
    """What it takes to time waits anew."""

    rows: Rows
    deployment: Deployment
    now: Instant
    most: int


def new_moment(program: Program, place: int, reached: Instant, zone: str, now: Instant) -> Instant:
    """When a wait ends that was reached at `reached`, where only the zone must be known for it.

    It is after `reached`: a wait whose moment had come already ends right behind it.
    """
    spec = program.ops[place].wait
    elapsed = spec.timing.elapsed
    if elapsed is not None:
        return reached + max(elapsed, 1)
    due = spec.timing.due(Scope(Facts(0, zone), now), reached, False)
    return max(due, reached + 1) if isinstance(due, int) else reached + 1


def timing_of(
    clockwork: Clockwork, flow: str, version: int, node: int, people: int, way: Route
) -> Timing | None:
    """How the waits at one place change; None where nothing is timed anew, or for too many."""
    target = way.targets[node]
    if target.arrival != "retimed" or people > clockwork.most:
        return None
    now, deployment = clockwork.now, clockwork.deployment
    program, place = way.new.program, target.place
    known: dict[tuple[Instant, str], Instant] = {}
    counted = dict.fromkeys(("earlier", "later", "as_before", "at_once", "too_late"), 0)
    for reached, wakes, own_zone, count in run_figures.waits(clockwork.rows, flow, version, node):
        key = (reached, own_zone or deployment.zone)
        moment = known.get(key)
        if moment is None:
            moment = known[key] = new_moment(program, place, *key, now)
        if wakes is None or wakes <= reached:
            # Not at the wait yet: it is taken at the next wake, as it will say then.
            counted["as_before"] += count
        elif moment <= now:
            counted["at_once"] += count
            counted["too_late"] += count if now - moment > deployment.max_lateness else 0
        elif moment == wakes:
            counted["as_before"] += count
        else:
            counted["earlier" if moment < wakes else "later"] += count
    return Timing(**counted)
