"""Tried again: what somebody did before a channel could reach them is offered once more.

Source: semantics, "Tried again". Pure: the event that says what was gained brings the customer's
latest events with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.core.conditions.scope import Scope
from engine.core.entry import Way, enter_again, scope_at, ways_of
from engine.core.facts import Facts
from engine.core.model import Event
from engine.core.program import Program
from engine.core.turn import Turn

REACHABLE: Final = "$reachable"
"""The event by which a channel or a topic reaches somebody whom it did not: `gained` names them,
`recent` holds what the customer did in the last 24 hours."""


def try_again(work: Turn, news: Event) -> None:
    """Offer the latest event of each flow and key again, where only the reach was missing."""
    recent = [one for one in news.properties.get("recent", ()) if isinstance(one, Event)]
    recent.sort(key=lambda one: (one.occurred_at, one.seq))
    facts = work.lane.facts
    before = replace(
        facts, consent={**facts.consent, **dict.fromkeys(news.properties["gained"], False)}
    )
    programs = [one for one in work.deployment.programs.values() if one.asks_reach]
    for program in sorted(programs, key=lambda one: (-one.priority, one.flow)):
        for key, (event, way) in _latest(work, program, recent).items():
            if not _has_left(work, program, event, way, recent) and _only_reach_was_missing(
                work, program, way, before
            ):
                again = replace(event, received_at=news.received_at)
                enter_again(work, program, key, way, again)


def _latest(work: Turn, program: Program, recent: list[Event]) -> dict[str, tuple[Event, Way]]:
    """By run key the latest event that would have entered, with how."""
    found: dict[str, tuple[Event, Way]] = {}
    for event in reversed(recent):
        if event.name in program.entries and event.fresh:
            for key, way in ways_of(work, program, event):
                found.setdefault(key, (event, way))
    return found


def _has_left(work: Turn, program: Program, event: Event, way: Way, recent: list[Event]) -> bool:
    """Whether something that `exit when` names followed, or the event has entered already."""
    if any(
        run.flow == program.flow and run.memory.get("seq") == event.seq for run in work.lane.runs
    ):
        return True
    scope = scope_at(work, way.memory, event.at)
    after = (event.occurred_at // 1000, event.seq)
    return any(
        matcher(scope, one)
        for one in recent
        if (one.occurred_at // 1000, one.seq) > after
        for matcher in program.exits.get(one.name, ())
    )


def _only_reach_was_missing(work: Turn, program: Program, way: Way, before: Facts) -> bool:
    """`only if` holds now, and did not with what could reach the customer before."""
    now = scope_at(work, way.memory, work.now)
    then: Scope = replace(now, facts=before)
    return all(test(now, None, None) for test, _ in program.only_if) and not all(
        test(then, None, None) for test, _ in program.only_if
    )
