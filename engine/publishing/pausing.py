"""Pausing, resuming and stopping a flow.

While a flow is paused nobody enters and nobody goes on; exits and goals hold, and messages that
were not taken over yet wait. Its runs have no `wake_at`, so nobody looks for them in vain; what it
was is kept in `asleep_until`. On resuming, what is too late by then is skipped as after any
downtime, and what people waited for and did meanwhile counts. Stopping ends everybody's run.

The decision is one row, committed first; what follows from it for many runs is done in pieces,
each of which may be done again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import orjson

from engine.core.model import Instant
from engine.errors import RefusedError
from engine.publishing.live import Live
from engine.store import audit, held_runs, holds, intents, runs
from engine.store.rows import Rows
from engine.store.writer import Transaction, Writer

Act = Literal["pause", "resume", "stop"]

PIECE: Final = 10_000
_STATES: Final = {"pause": "paused", "stop": "stopped"}
_REASON: Final = "the flow was stopped"


class Held(NamedTuple):
    """What became of a flow: `state` is "running", "paused" or "stopped", `people` those inside
    whom it concerned.
    """

    flow: str
    state: str
    people: int


class UnknownFlowError(RefusedError):
    """There is no such flow."""


def read_holds(rows: Rows) -> dict[str, str]:
    """The flows that are paused or stopped."""
    return holds.read(rows)


def lift(transaction: Transaction, flow: str) -> None:
    """Nobody holds the flow any more."""
    holds.lift(transaction, flow)


def hold(writer: Writer, live: Live, flow: str, act: Act, who: str) -> Held:
    """Pause, resume or stop a flow. Called by one thread at a time.

    Raises:
        UnknownFlowError: there is no such flow, or nobody ever entered it and it is not live.
        RefusedError: a stopped flow cannot be paused.
    """
    before = writer.run(lambda tx: _decide(tx, live, flow, act, who))
    if act == "resume":
        people = _in_pieces(writer, live, flow, _wake) if before == "paused" else 0
        if before is not None:
            writer.run(lambda tx: _resume(tx, live, flow, who))
        return Held(flow, "running", people)
    people = _in_pieces(writer, live, flow, _sleep if act == "pause" else _stop)
    return Held(flow, _STATES[act], people)


def settle(writer: Writer, live: Live) -> None:
    """Finish what a server that was killed had begun."""
    for flow, state in live.holds.items():
        _in_pieces(writer, live, flow, _sleep if state == "paused" else _stop)


def _decide(transaction: Transaction, live: Live, flow: str, act: Act, who: str) -> str | None:
    """Note what was decided; give what was before."""
    if not any(name == flow for name, _ in live.deployment.versions):
        raise UnknownFlowError(f"there is no flow called {flow} that is live or has people inside")
    before = read_holds(transaction).get(flow)
    if act == "resume":
        return before
    if act == "pause" and before == "stopped":
        raise RefusedError(f"{flow} is stopped; nobody is in it who could be paused")
    state = _STATES[act]
    if before != state:
        now = live.clock.now()
        holds.hold(transaction, flow, state, now, who)
        _audit(transaction, now, who, f"flow {act}", flow)
    live.holds = read_holds(transaction)
    return before


def _resume(transaction: Transaction, live: Live, flow: str, who: str) -> None:
    number = live.flows.number(transaction, flow)
    intents.resume(transaction, number)
    lift(transaction, flow)
    _audit(transaction, live.clock.now(), who, "flow resume", flow)
    live.holds = read_holds(transaction)


def _audit(transaction: Transaction, now: Instant, who: str, act: str, flow: str) -> None:
    audit.note(transaction, audit.Act(now, who, act, {"flow": flow}))


# --- people, in pieces ---------------------------------------------------------------------

_Step = Callable[[Transaction, Live, str, int], tuple[int, int, int]]
"""(.., flow, after which run) -> (the last run that was dealt with, how many, those inside)"""


def _in_pieces(writer: Writer, live: Live, flow: str, step: _Step) -> int:
    people = position = 0
    while True:
        position, some, inside = writer.run(
            lambda tx: step(tx, live, flow, position)  # noqa: B023 - run waits
        )
        people += inside
        if some < PIECE:
            return people


def _sleep(transaction: Transaction, live: Live, flow: str, after: int) -> tuple[int, int, int]:
    number = live.flows.number(transaction, flow)
    some = held_runs.awake(transaction, number, after, PIECE)
    held_runs.put_to_sleep(transaction, some)
    return (some[-1] if some else after), len(some), len(some)


def _wake(transaction: Transaction, live: Live, flow: str, after: int) -> tuple[int, int, int]:
    now = live.clock.now()
    number = live.flows.number(transaction, flow)
    rows = held_runs.asleep(transaction, number, after, PIECE)
    plain, looking = [], []
    for run, version, node, state, arrived, until, packed in rows:
        op = live.deployment.versions[flow, version].ops[node]
        if op.kind == "wait" and op.wait.arms and state == 0 and until > arrived:
            memory = orjson.loads(packed) if packed else {}
            memory.setdefault("retime", until)
            looking.append((now, orjson.dumps(memory), run))
        else:
            plain.append(run)
    held_runs.wake(transaction, plain)
    # What happened meanwhile is looked for when they wake.
    held_runs.wake_at(transaction, looking)
    return (rows[-1][0] if rows else after), len(rows), len(rows)


def _stop(transaction: Transaction, live: Live, flow: str, after: int) -> tuple[int, int, int]:
    now = live.clock.now()
    number = live.flows.number(transaction, flow)
    if not after:
        intents.stop(transaction, number, _REASON, now)
    rows = held_runs.stoppable(transaction, number, after, PIECE)
    ended, claimed = [], []
    for run, version, node, head, inside in rows:
        if not inside:
            claimed.append(run)
            continue
        step = live.deployment.versions[flow, version].ops[node].id
        ended.append(runs.Ending(run, head, step, now, "stopped", _REASON))
    runs.end(transaction, ended)
    held_runs.claimed(transaction, claimed)
    return (rows[-1][0] if rows else after), len(rows), len(ended)
