"""Where runs stood at a moment, out of their histories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from engine.core.deployment import Deployment
from engine.core.model import Instant, Run
from engine.store import past
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.states import FlowNumbers, run_of

_COUNTERS: Final = ("visits", "jumps", "repeats", "gives")
_PASSING: Final = ("held", "parked", "retime")
"""What a run remembers only where it stands."""


def standing(
    rows: Rows, deployment: Deployment, flows: FlowNumbers, customers: Collection[int], at: Instant
) -> tuple[dict[int, list[Run]], set[int]]:
    """By customer the runs that stood just before `at`, and those that had ended and may still
    reach their goal; and the numbers of runs whose place then is not known.
    """
    found: dict[int, list[Run]] = {}
    lost: set[int] = set()
    runs = past.runs(rows, customers, at)
    heads = [row[16] for row in runs if row[16] is not None]
    stories: dict[int, list[Row]] = {}
    for run, *step in past.stories(rows, heads) if heads else ():
        stories.setdefault(run, []).append(tuple(step))
    for row in runs:
        run = run_of(row, flows)
        if (run.flow, run.version) not in deployment.versions:
            lost.add(run.id)
        elif _put_back(run, stories.get(run.id, ()), deployment, at):
            found.setdefault(run.customer, []).append(run)
        else:
            lost.add(run.id)
    return found, lost


def _put_back(run: Run, story: Sequence[Row], deployment: Deployment, at: Instant) -> bool:
    """Let a run stand where it did just before `at`; False where that cannot be known."""
    if run.goal_at is not None and run.goal_at >= at:
        run.goal_at = None
    before = [step for step in story if step[0] < at]
    after = story[len(before) :]
    if not after:
        return True
    if not before:
        return False
    moment, node, outcome, _, until = before[-1]
    place = deployment.versions[run.flow, run.version].index.get(node)
    if place is None:
        return False
    if outcome == "ended":
        run.state, run.ended_at, run.node = "ended", moment, place
    elif outcome in ("waiting", "held"):
        run.state = "waiting" if outcome == "waiting" else "held"
        run.node, run.arrived_at, run.wake_at = place, moment, until
        run.ended_at, run.end_kind, run.end_reason = None, None, ""
    else:
        return False
    _forget(run.memory, after, at)
    if outcome == "held":
        run.memory["held"] = {"step": node, "since": moment}
    return True


def _forget(memory: dict[str, Any], after: Sequence[Row], at: Instant) -> None:
    """What the run could not know then."""
    for name in _PASSING:
        memory.pop(name, None)
    passed: dict[str, int] = {}
    for _, node, outcome, _, _ in after:
        if outcome in ("done", "skipped"):
            passed[node] = passed.get(node, 0) + 1
    for name in _COUNTERS:
        counted = memory.get(name)
        if isinstance(counted, Mapping):
            memory[name] = {
                node: number - passed.get(node, 0)
                for node, number in counted.items()
                if number > passed.get(node, 0)
            }
    sends = {node: when for node, when in memory.get("sends", {}).items() if when < at}
    if "sends" in memory:
        memory["sends"] = sends
    if memory.get("last_send", 0) >= at:
        memory["last_send"] = max(sends.values(), default=0)
        if not memory["last_send"]:
            del memory["last_send"]
