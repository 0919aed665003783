"""Moving people to a new version: the same step where there is one, else the next that survived."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from engine.model import Instant
from engine.program import Program
from engine.runtime.live import Live
from engine.runtime.projects import CompiledProject
from engine.store.writer import Transaction


class Moved(NamedTuple):
    """People of one flow who stood at `step` and go to `target`, None for out of the flow."""

    flow: str
    step: str
    target: str | None
    people: int


def move_runs(
    transaction: Transaction,
    live: Live,
    compiled: CompiledProject,
    changed: dict[str, int],
    now: Instant,
) -> list[Moved]:
    """Let runs of older versions follow to the new one. They keep what they wait for until then."""
    versions = {flow: changed.get(flow) or _number(live, flow) for flow in compiled.graphs}
    shop = compiled.shop(versions, secret=live.shop.secret)
    moved: list[Moved] = []
    for flow, version in changed.items():
        if flow not in live.shop.programs:
            continue
        new = shop.programs[flow]
        number = live.flows.number(transaction, flow)
        for old_version, node, count in transaction.rows(
            "select version, node, count(*) from run where flow = ? and ended_at is null"
            " and version <> ? group by version, node",
            (number, version),
        ):
            old = live.shop.versions.get((flow, old_version))
            if old is None:
                continue
            step = old.ops[node].id
            target = target_of(old, new, node)
            moved.append(Moved(flow, step, target, count))
            _move(transaction, number, old_version, node, version, new, step, target, now)
    return moved


def _number(live: Live, flow: str) -> int:
    program = live.shop.programs.get(flow)
    return program.version if program is not None else 1


def target_of(old: Program, new: Program, node: int) -> str | None:
    """Where somebody at `node` of the old version goes; None for out of the flow."""
    step = old.ops[node].id
    label = next((name for name, place in old.labels.items() if place == node), step)
    if label in new.moved:
        wanted = new.moved[label]
        return None if wanted is None else new.ops[new.labels[wanted]].id
    seen: set[int] = set()
    place = node
    while place >= 0 and place not in seen:
        seen.add(place)
        op = old.ops[place]
        if op.id in new.index and new.ops[new.index[op.id]].kind == op.kind:
            return op.id
        place = op.next if op.next >= 0 else op.otherwise
    return None


def _move(
    transaction: Transaction,
    flow: int,
    old_version: int,
    node: int,
    version: int,
    new: Program,
    step: str,
    target: str | None,
    now: Instant,
) -> None:
    """One old place to one new place, run by run for their histories."""
    rows = transaction.rows(
        "select id, history, memory from run where flow = ? and version = ? and node = ?"
        " and ended_at is null order by id",
        (flow, old_version, node),
    )
    numbers = iter(transaction.numbers("step_history", len(rows)))
    history, updates = [], []
    same = target == step
    for run, head, memory in rows:
        number = next(numbers)
        outcome = "ended" if target is None else "moved"
        detail = "the step was removed" if target is None else f"to version {version}"
        history.append((number, run, head, target or step, now, outcome, detail, None))
        # The machine takes a parked run up at its step, whatever kind it is.
        kept = orjson.loads(memory) if same else {**orjson.loads(memory), "parked": True}
        updates.append((number, orjson.dumps(kept), run))
    transaction.executemany(
        "insert into step_history (id, run, previous, node, at, outcome, detail, until_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        history,
    )
    if target is None:
        transaction.executemany(
            "update run set history = ?, memory = ?, state = 2, wake_at = null, ended_at ="
            f" {now}, end_kind = 'moved', end_reason = 'the step was removed' where id = ?",
            updates,
        )
        return
    place = new.index[target]
    # At the same step people keep what they wait for; at another one they arrive now.
    wake = "" if same else f", wake_at = {now}, arrived_at = {now - 1}, state = 0"
    transaction.executemany(
        f"update run set history = ?, memory = ?, version = {version}, node = {place}{wake}"
        " where id = ?",
        updates,
    )
