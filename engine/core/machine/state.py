"""A run that is being moved, and the one table of what may become of it.

A run is `waiting` at a wait, `held` at a send by quiet hours or a limit, or `ended`. `TRANSITIONS`
says all that may happen to it; the picture in `docs/states.md` is drawn from it. Only this module
writes the state of a run: a move that the table does not know raises `IllegalMove` and changes
nothing.

A run's memory is JSON: `entry`, `event`, `item`, `product` (what conditions speak of), `since`
(when the entry happened), `old_price` (what a lower price is compared with), `seq` (of the
entering event), `used` (events that ended a wait),
`visits`, `jumps`, `repeats` (counters by node id), `sends` (node id to the latest intent),
`last_send`, `gives` (a counter), `coupon` (what the latest one promises: name, step, visit),
`arms` (by experiment), `chosen` (the same, of who waited for the choice), `holdout`, `date` (the
customer's, by which it entered: name, value),
`awaits` (the date that a wait names), `held` (at which send, since when, and which limit has no
room), `parked` (the step is still to be taken), `retime` (the wait is to be looked
at anew: it ends at this moment, or for True at one that is to be found).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from engine.core.conditions.scope import NOTHING, Scope
from engine.core.model import (
    Cancelled,
    EndKind,
    FactChange,
    FactKind,
    History,
    Instant,
    Occurrence,
    Run,
    RunState,
)
from engine.core.program import Op
from engine.core.turn import Turn

State = RunState | Literal["walking"]
"""`walking` lasts while steps are taken; no run is stored so."""

Move = Literal["enter", "wake", "happen", "jump", "park", "hold", "end", "cancel"]


class Transition(NamedTuple):
    before: State
    move: Move
    after: State
    says: str


TRANSITIONS = (
    Transition("new", "enter", "walking", "somebody enters the flow"),
    Transition("waiting", "wake", "walking", "its time has come"),
    Transition("held", "wake", "walking", "quiet hours are over, or a limit has room"),
    Transition("waiting", "happen", "walking", "what it waited for happened"),
    Transition("waiting", "jump", "walking", "`go to LABEL when ..`"),
    Transition("held", "jump", "walking", "`go to LABEL when ..`"),
    Transition("walking", "park", "waiting", "a wait is reached"),
    Transition("walking", "hold", "held", "a send is reached in quiet hours, or over a limit"),
    Transition("walking", "end", "ended", "its last step, `exit`, `exit if`, its own `stop flow`"),
    Transition("waiting", "end", "ended", "an exit, `stop flow`, a merge, an edit"),
    Transition("held", "end", "ended", "an exit, `stop flow`, a merge, an edit"),
    Transition("ended", "cancel", "ended", "an exit, before its last message has gone"),
)
"""Every transition of a run."""

_AFTER: dict[tuple[State, Move], State] = {(one.before, one.move): one.after for one in TRANSITIONS}

PARKED = -2
"""What a step answers that parked or ended the run."""


class IllegalMove(RuntimeError):  # noqa: N818 - a move, as h11 has it
    """A move that the state of the run does not allow."""


class Execution(Scope):
    """One run that is being moved in a turn, and everything its steps may look at.

    `at` is when the step before really happened, from which waits count; `moment` is when this
    move was due; `cause` is the event behind it. `state` is where the run is in the table.
    `acted` says that a step before did something in this move, `late` that it comes too late for
    messages. What steps cause for this same customer goes into the turn's queue.
    """

    __slots__ = (
        "acted",
        "at",
        "cause",
        "changes",
        "deployment",
        "held_out",
        "late",
        "memory",
        "program",
        "state",
        "turn",
    )

    run: Run

    def __init__(
        self, turn: Turn, run: Run, *, at: Instant, moment: Instant, cause: Occurrence | None = None
    ) -> None:
        memory = run.memory
        super().__init__(
            turn.lane.facts,
            turn.now,
            run,
            memory.get("entry") or NOTHING,
            memory.get("event") or NOTHING,
            memory.get("item"),
            memory.get("product"),
            memory.get("since", run.entered_at),
        )
        deployment = turn.deployment
        self.turn = turn
        self.deployment = deployment
        self.program = deployment.versions[run.flow, run.version]
        self.changes = turn.changes
        self.memory = memory
        self.held_out = "holdout" in memory
        self.state: State = run.state
        self.at = at
        self.cause = cause
        self.late = turn.now - moment > deployment.max_lateness
        self.acted = False

    def note(self, op: Op, outcome: Any, detail: str = "", until: Instant | None = None) -> None:
        self.changes.history.append(History(self.run.id, self.at, op.id, outcome, detail, until))

    def change(self, kind: FactKind, name: str, value: Any, before: Any = None) -> None:
        """Record a change of this customer's facts, after which memberships are looked at."""
        told = FactChange(self.facts.id, kind, name, value, self.now, before)
        self.changes.facts.append(told)
        self.turn.memberships_stale = True

    def count(self, counters: str, op: Op) -> int:
        """One more in the run's memory; how many that makes."""
        of_run: dict[str, int] = self.memory.setdefault(counters, {})
        number = of_run.get(op.id, 0) + 1
        of_run[op.id] = number
        return number

    @property
    def order(self) -> int:
        """How many messages, notes and calls the run has decided on."""
        visits: dict[str, int] = self.memory.get("visits", {})
        return sum(visits.values())


def make(execution: Execution, move: Move) -> None:
    """Take the run through the table. Raises `IllegalMove` where it has no such move."""
    after = _AFTER.get((execution.state, move))
    if after is None:
        raise IllegalMove(f"run {execution.run.id} is {execution.state}: it cannot {move}")
    execution.state = after
    execution.changes.changed[execution.run.id] = execution.run


def park(execution: Execution, op: Op, until: Instant, *, arrived: Instant | None = None) -> int:
    """The run waits at `op` until a moment; it got there now, or at `arrived`."""
    make(execution, "park")
    _stand(execution, "waiting", op.position, until)
    if arrived is not None:
        execution.run.arrived_at = arrived
    return PARKED


def retime(execution: Execution, until: Instant) -> None:
    """What the run waits for comes at another moment."""
    run = execution.run
    run.wake_at = until
    execution.changes.changed[run.id] = run


def yield_at(execution: Execution, place: int) -> None:
    """The run has had its share of steps: on from `place` in another turn, due at once."""
    make(execution, "park")
    execution.memory["parked"] = True
    execution.turn.yielded.add(execution.run.id)
    _stand(execution, "waiting", place, execution.at)


def hold(execution: Execution, op: Op, until: Instant) -> int:
    """Quiet hours, or a limit: the run stands at the send until it may go on."""
    make(execution, "hold")
    _stand(execution, "held", op.position, until)
    return PARKED


def _stand(execution: Execution, state: RunState, node: int, until: Instant) -> None:
    run = execution.run
    run.state = state
    run.node = node
    run.arrived_at = execution.at
    run.wake_at = until


def end(execution: Execution, kind: EndKind, reason: str = "", at: int | None = None) -> None:
    """The run is over; `at` is the op where it ends, by default where it stands."""
    make(execution, "end")
    run = execution.run
    run.state = "ended"
    if at is not None:
        run.node = at
    run.wake_at = None
    run.ended_at = execution.at
    run.end_kind = kind
    run.end_reason = reason
    if kind not in ("finished", "exit"):
        _make_room(execution)
    execution.note(execution.program.ops[run.node], "ended", ended_by(kind, reason))


def cancel(execution: Execution, kind: EndKind, reason: str, why: str = "") -> None:
    """A run that came to its end by itself is left before its last message has gone: it ends with
    this reason instead. `why` the message does not go, by default the reason.
    """
    run = execution.run
    if run.end_kind not in ("finished", "exit"):
        return
    make(execution, "cancel")
    run.unclaimed = False
    run.ended_at = execution.at
    run.end_kind = kind
    run.end_reason = reason
    execution.changes.withdrawn.append(Cancelled(run.id, execution.at, why or reason))
    _make_room(execution)
    execution.note(execution.program.ops[run.node], "ended", ended_by(kind, reason))


def _make_room(execution: Execution) -> None:
    """The run's new messages will not go: they make room under the limits."""
    changes, facts = execution.changes, execution.facts
    new = {intent.key for intent in changes.intents if intent.run == execution.run.id}
    if new:
        facts.sent = [one for one in facts.sent if one.key not in new]


def ended_by(kind: EndKind, reason: str) -> str:
    """Why a run ended, for people."""
    words = {
        "finished": "finished",
        "exit": "exit step",
        "event": "exit when",
        "condition": "exit if",
        "stopped": "stopped",
        "merged": "merged",
        "moved": "moved to exit",
    }[kind]
    return f"{words}: {reason}" if reason else words
