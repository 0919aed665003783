"""Plain turns of a simulated life, by the ways that are written out from the program.

The same ways that the worker takes (`engine.runtime.straight`, decision 49), with a lane in memory
in place of rows. Here everything that happened to a customer is known, so ways that look back are
plain, too. Whatever is not plain is left to the machine proper; held equal by
`tests/engine/lab/test_striding.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from engine.core.carts import CART_EVENTS
from engine.core.changes import Changes
from engine.core.choices import Choices
from engine.core.conditions.scope import Scope
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.entry import drawn_out
from engine.core.facts import Facts
from engine.core.machine.in_memory import IN_MEMORY
from engine.core.machine.straight import PLAIN, UNUSUAL, Stand, Way, Ways
from engine.core.model import Event, Instant, Occurrence, Run
from engine.core.orders import ORDER_EVENTS
from engine.core.plain_entry import Door, doors_of, enter, refusal, see
from engine.core.program import WaitSpec
from engine.core.projection import MERGED, keep_facts
from engine.core.reachable import REACHABLE
from engine.core.turn import Turn

Row = tuple[Any, ...]
"""Step, outcome and detail."""

_CHANGED: Final = ("visits", "sends", "arms", "chosen", "gives", "repeats")
"""What of a run's memory a way changes from within."""

_FOLDED: Final = CART_EVENTS | ORDER_EVENTS
"""Events that change more than the history of their customer."""

_TOLD_TO_RUNS: Final = frozenset((MERGED, REACHABLE))
_NOBODY: Final = CustomerState(Facts(0, "UTC"))


class Striding:
    """Takes plain turns. `rows` are what they told, `sent` is told each message: channel, message,
    moment, run, step. `come_in` is told who may enter, but not plainly, by an event that is known.
    """

    def __init__(
        self,
        deployment: Deployment,
        sent: Callable[[str, str, Instant, int, str], None],
        come_in: Callable[[CustomerState, Event, Instant], None],
    ) -> None:
        self._deployment = deployment
        follows = _follows_dates(deployment)
        self._ways = Ways(
            deployment,
            _nothing,
            remembers=True,
            counts=True,
            plain=PLAIN if deployment.watched or follows else IN_MEMORY,
        )
        self._after: dict[tuple[str, int, int], Way | None] = {}
        self._doors = doors_of(deployment, self._ways, remembers=True)
        self._sent = sent
        self._come_in = come_in
        self._messages: list[Row] = []
        self._always = bool(deployment.watched) or follows
        self._folds: dict[str, bool] = {}
        self._knowing = Turn(deployment, _NOBODY, 0, Changes(), _no_number, _no_number)
        self._scope = Scope(_NOBODY.facts, 0)
        self._held = {
            (flow, version): frozenset(op.position for op in program.ops if op.kind == "send")
            for (flow, version), program in deployment.versions.items()
        }
        self.rows: list[Row] = []
        self.entered = 0
        self.refused: Counter[str] = Counter()
        self._goals = frozenset[str]().union(
            *(program.goals for program in deployment.versions.values())
        )

    def choose(self, choices: Choices) -> None:
        """What is known of experiments from now on."""
        self._ways.choose(choices)

    def know(self, lane: CustomerState, event: Event, now: Instant) -> None:
        """An event becomes known, and moves nobody."""
        name = event.name
        folds = self._folds.get(name)
        if folds is None:
            folds = self._folds[name] = name in _FOLDED or name in self._deployment.scoring
        if not folds:
            lane.facts.remember(event)
            return
        turn = self._knowing
        turn.lane, turn.now = lane, now
        keep_facts(turn, event)
        changes = turn.changes
        changes.facts.clear()
        changes.refunds.clear()

    def wake(self, lane: CustomerState, due: Run, now: Instant) -> bool:
        """Whether the one run that is due now has taken a plain turn."""
        key = (due.flow, due.version, due.node)
        try:
            way = self._after[key]
        except KeyError:
            way = self._after[key] = self._ways.after(*key)
        if way is None or not UNUSUAL.isdisjoint(due.memory):
            return False
        memory = _copy(due.memory)
        scope = self._scope
        scope.facts, scope.now, scope.run = lane.facts, now, due
        see(scope, memory, due.entered_at)
        stand = self._take(way, scope, memory, due, now, now)
        if stand is None:
            return False
        self._stand(due, stand, memory)
        if stand.wake_at is None:
            lane.tidy(now)
        return True

    def happen(
        self,
        lane: CustomerState,
        occurrence: Occurrence,
        now: Instant,
        new_run_id: Callable[[], int],
    ) -> bool:
        """Whether all has been done that an event does which moves no run: it is known, and may
        have let somebody in.
        """
        if self._always or occurrence.__class__ is not Event:
            return False
        name, deployment, active = occurrence.name, self._deployment, False
        if lane.runs:
            active = any(run.state != "ended" for run in lane.runs)
            # Who is through can still reach a goal; nothing else moves them.
            if name in deployment.moving and (active or name in self._goals):
                return False
        if name in _TOLD_TO_RUNS:
            return False
        self.know(lane, occurrence, now)
        if name not in deployment.entering:
            return True
        door = self._doors.get(name)
        if door is None or active or not self._through(door, lane, occurrence, now, new_run_id):
            self._come_in(lane, occurrence, now)
        return True

    def _through(
        self,
        door: Door,
        lane: CustomerState,
        event: Event,
        now: Instant,
        new_run_id: Callable[[], int],
    ) -> bool:
        facts = lane.facts
        scope = self._scope
        scope.facts, scope.now = facts, now
        program = door.program
        if event.fresh:
            last = lane.entries.get((program.flow, ""))
            why = refusal(door, scope, event, last)
            if why is not None:
                if why:
                    self.refused[why] += 1
                return True
        if lane.holdout is None:
            held = drawn_out(program, facts.id)
            lane.holdout = frozenset((program.flow,)) if held else frozenset()
        entering = enter(door, scope, event, program.flow in lane.holdout)
        if entering is None:
            return False
        memory = entering.memory
        key = program.flow, entering.key
        if entering.key and program.re_enter is not None and key in lane.entries:
            return False
        run = Run(
            new_run_id(), program.flow, program.version, facts.id, entering.key, "new", 0,
            event.at, event.at, None, memory, entering.goal_until,
        )  # fmt: skip
        scope.run = run
        stand = self._take(door.way, scope, memory, run, event.at, now)
        if stand is None:
            return False
        self._stand(run, stand, memory)
        self.entered += 1
        lane.entries[key] = event.at
        lane.runs.append(run)
        if stand.wake_at is None:
            lane.tidy(now)
        return True

    def _take(
        self, way: Way, scope: Scope, memory: dict[str, Any], run: Run, at: Instant, now: Instant
    ) -> Stand | None:
        rows, messages, facts = self.rows, self._messages, scope.facts
        told, counted = len(rows), len(facts.sent)
        before = (facts.tags.copy(), facts.customer.copy()) if way.changes else None
        stand = way.take(
            scope, memory, run.id, facts.id, 0, at, now, 0, None, rows.append, messages.append, None
        )
        if stand is None:
            del rows[told:], facts.sent[counted:]
            if before is not None:
                facts.tags, facts.customer = before
            messages.clear()
            return None
        if messages:
            for one in messages:
                self._sent(*one)
            messages.clear()
        return stand

    def _stand(self, run: Run, stand: Stand, memory: dict[str, Any]) -> None:
        _, _, node, at, wake_at, kind, reason = stand
        run.node, run.memory, run.wake_at = node, memory, wake_at
        if wake_at is not None:
            held = node in self._held[run.flow, run.version]
            run.state, run.arrived_at = "held" if held else "waiting", at
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


def _no_number() -> int:
    raise AssertionError("who only gets known begins nothing")


def _follows_dates(deployment: Deployment) -> bool:
    """Whether a run may wait for, or have entered by, a date of its customer's."""
    return any(
        any(line.dated is not None for line in program.schedules)
        or any(
            isinstance(op.spec, WaitSpec) and op.spec.timing.follows is not None
            for op in program.ops
        )
        for program in deployment.versions.values()
    )
