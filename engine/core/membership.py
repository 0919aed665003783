"""Who joined or left a segment, found by looking again after something happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.core.conditions.python import Test
from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.model import FactChange, Instant, SegmentMove
from engine.core.turn import Turn


def evaluate(deployment: Deployment, facts: Facts, now: Instant) -> dict[str, bool]:
    """The watched segments and whether this customer is in them."""
    scope = Scope(facts, now)
    return {name: test(scope, None, None) for name, test in deployment.watched.items()}


def moves(work: Turn) -> list[SegmentMove]:
    """What changed in the watched segments since the last look; the facts are brought up to date.

    Somebody who was never looked at was in no segment.
    """
    return _moves(work, work.deployment.watched, enters=work.may_enter)


def moves_by_edit(work: Turn, segments: Collection[str]) -> list[SegmentMove]:
    """The same for segments whose conditions were edited, which enters no flow."""
    tests = {
        name: work.deployment.segments[name]
        for name in segments
        if name in work.deployment.segments
    }
    return _moves(work, tests, enters=False)


def _moves(work: Turn, tests: Mapping[str, Test], *, enters: bool) -> list[SegmentMove]:
    if not tests:
        return []
    facts, now = work.lane.facts, work.now
    scope = Scope(facts, now)
    found = []
    for name, test in tests.items():
        inside = test(scope, None, None)
        if inside != facts.segments.get(name, False):
            found.append(SegmentMove(name, inside, now, enters=enters))
            work.changes.facts.append(FactChange(facts.id, "segment", name, inside, now))
            facts.segments[name] = inside
    return found
