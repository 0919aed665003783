"""Quiet hours that an edit changed hold for messages that already wait for their end.

Source: semantics, "Publishing" and "Sends". Each is looked at again when the new quiet hours end,
or at once where there are none any more.
"""

from __future__ import annotations

from datetime import time

from engine.core import calendar
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.core.program import Program
from engine.store import quiet_hours as held
from engine.store.connection import Row
from engine.store.states import FlowNumbers
from engine.store.writer import Transaction

Quiet = tuple[time, time] | None


def look_again(
    transaction: Transaction,
    before: Deployment | None,
    after: Deployment,
    now: Instant,
) -> None:
    """Let what is held by quiet hours end with those of `after`, in every flow where they are
    others than `before` (None: what was there is not known).
    """
    changed = _changed(before, after)
    if not changed:
        return
    flows = FlowNumbers()
    flows.read(transaction)
    waiting: dict[Instant, list[int]] = {}
    for run, flow, zone in held.runs(transaction):
        if flows.name(flow) in changed:
            until = _end(changed[flows.name(flow)], zone, after, now)
            waiting.setdefault(until, []).append(run)
    for until, some in waiting.items():
        held.runs_until(transaction, some, until)
    messages: dict[Instant, list[Row]] = {}
    for *key, flow, zone in held.messages(transaction, now):
        if flows.name(flow) in changed:
            until = _end(changed[flows.name(flow)], zone, after, now)
            messages.setdefault(until, []).append(tuple(key))
    for until, keys in messages.items():
        held.messages_until(transaction, keys, until)


def _end(quiet: Quiet, zone: str | None, deployment: Deployment, now: Instant) -> Instant:
    """When what is held now is let go where a customer is."""
    if quiet is None:
        return now
    here = zone if zone is not None and calendar.is_zone(zone) else deployment.zone
    return calendar.quiet_until(now, *quiet, here) or now


def _changed(before: Deployment | None, after: Deployment) -> dict[str, Quiet]:
    """By flow in which somebody may be held the quiet hours from now on, where they changed."""
    if before is None:
        return {flow: _quiet(program, after) for flow, program in after.programs.items()}
    old = {flow: one for (flow, _), one in before.versions.items()} | before.programs
    now = {flow: _quiet(after.programs.get(flow, one), after) for flow, one in old.items()}
    return {flow: quiet for flow, quiet in now.items() if quiet != _quiet(old[flow], before)}


def _quiet(program: Program, deployment: Deployment) -> Quiet:
    return None if program.transactional else program.quiet or deployment.rules.quiet
