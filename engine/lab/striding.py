"""Plain turns of a simulated life, by the ways that are written out from the program.

The same ways that the worker takes (`engine.runtime.straight`, decision 49), with a lane in memory
in place of rows. Here everything that happened to a customer is known, so ways that look back are
plain, too. Whatever is not plain is left to the machine proper; held equal by
`tests/engine/lab/test_striding.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.core.conditions.scope import Scope
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.machine.straight import UNUSUAL, Stand, Way, Ways
from engine.core.model import Event, Instant, Occurrence, Run
from engine.core.plain_entry import Door, doors_of, enter, see

Row = tuple[Any, ...]
"""Number, run, the row before, step, moment, outcome, detail, until."""

_CHANGED: Final = ("visits", "sends", "arms")
"""What of a run's memory a way changes from within."""


class Striding:
    """Takes plain turns. `rows` are what they told, `sent` is told each message: channel, message,
    moment, run, step.
    """

    def __init__(
        self, deployment: Deployment, sent: Callable[[str, str, Instant, int, str], None]
    ) -> None:
        self._deployment = deployment
        self._ways = Ways(deployment, _nothing, remembers=True)
        self._after: dict[tuple[str, int, int], Way | None] = {}
        self._doors = doors_of(deployment, self._ways)
        self._sent = sent
        self._messages: list[Row] = []
        self.rows: list[Row] = []
        self.entered = 0

    def wake(self, lane: CustomerState, now: Instant) -> bool:
        """Whether the one run that is due now has taken a plain turn."""
        due = None
        for run in lane.runs:
            if run.wake_at is not None and run.wake_at <= now:
                if due is not None:
                    return False
                due = run
        if due is None or due.state != "waiting" or due.wake_at != now:
            return False
        key = (due.flow, due.version, due.node)
        try:
            way = self._after[key]
        except KeyError:
            way = self._after[key] = self._ways.after(*key)
        if way is None or not UNUSUAL.isdisjoint(due.memory):
            return False
        memory = _copy(due.memory)
        scope = Scope(lane.facts, now, due)
        see(scope, memory, due.entered_at)
        stand = self._take(way, scope, memory, due, now, now)
        if stand is None:
            return False
        _stands(due, stand, memory)
        if stand.wake_at is None:
            lane.tidy(now)
        return True

    def enter(
        self, lane: CustomerState, event: Occurrence, now: Instant, new_run_id: Callable[[], int]
    ) -> bool:
        """Whether an event, of somebody who is in no flow, has let them in plainly."""
        if event.__class__ is not Event:
            return False
        door = self._doors.get(event.name)
        if door is None:
            return False
        for run in lane.runs:
            if run.state != "ended":
                return False
        facts = lane.facts
        facts.remember(event)
        if self._through(door, lane, event, now, new_run_id):
            return True
        facts.history[event.name].remove(event)
        return False

    def _through(
        self,
        door: Door,
        lane: CustomerState,
        event: Event,
        now: Instant,
        new_run_id: Callable[[], int],
    ) -> bool:
        facts = lane.facts
        scope = Scope(facts, now)
        entering = enter(door, scope, event)
        if entering is None:
            return False
        program, memory = door.program, entering.memory
        run = Run(
            new_run_id(), program.flow, program.version, facts.id, entering.key, "new", 0,
            event.at, event.at, None, memory, entering.goal_until,
        )  # fmt: skip
        scope.run = run
        stand = self._take(door.way, scope, memory, run, event.at, now)
        if stand is None:
            return False
        _stands(run, stand, memory)
        self.entered += 1
        lane.entries[program.flow, entering.key] = event.at
        lane.runs.append(run)
        if stand.wake_at is None:
            lane.tidy(now)
        return True

    def _take(
        self, way: Way, scope: Scope, memory: dict[str, Any], run: Run, at: Instant, now: Instant
    ) -> Stand | None:
        rows, messages, facts = self.rows, self._messages, scope.facts
        told, counted = len(rows), len(facts.sent)
        stand = way.take(
            scope, memory, run.id, facts.id, 0, at, now, 0, None, rows.append, messages.append, None
        )
        if stand is None:
            del rows[told:], facts.sent[counted:]
            messages.clear()
            return None
        if messages:
            for _, step, _, _, _, _, _, channel, message, ready_at, *_ in messages:
                self._sent(channel, message, ready_at, run.id, step)
            messages.clear()
        return stand


def _stands(run: Run, stand: Stand, memory: dict[str, Any]) -> None:
    _, _, node, at, wake_at, kind, reason = stand
    run.node, run.memory, run.wake_at = node, memory, wake_at
    if wake_at is not None:
        run.state, run.arrived_at = "waiting", at
    else:
        run.state, run.ended_at = "ended", at
        run.end_kind, run.end_reason = kind, reason or ""


def _copy(memory: dict[str, Any]) -> dict[str, Any]:
    """A run's memory as it is, should nothing happen."""
    copied = memory.copy()
    for name in _CHANGED:
        inner = copied.get(name)
        if inner is not None:
            copied[name] = inner.copy()
    return copied


def _nothing(*_: object) -> None:
    """No message is stored."""
