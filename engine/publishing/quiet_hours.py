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
from engine.store import held_runs, intents
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
    flows = FlowNumbers()
    for flow, program in _flows(before, after).items():
        quiet = _quiet(program, after)
        old = None if before is None else before.programs.get(flow)
        if before is not None and old is not None and _quiet(old, before) == quiet:
            continue
        number = flows.number(transaction, flow)
        for zone in held_runs.zones_held(transaction, number) | intents.zones_held(
            transaction, number, now
        ):
            here = zone if calendar.is_zone(zone) else after.zone
            until = None if quiet is None else calendar.quiet_until(now, *quiet, here)
            held_runs.hold_until(transaction, number, zone, until or now)
            intents.hold_until(transaction, number, zone, until or now, now)


def _flows(before: Deployment | None, after: Deployment) -> dict[str, Program]:
    """The flows that somebody may be held in, as they are from now on."""
    standing = {} if before is None else {flow: one for (flow, _), one in before.versions.items()}
    return {**standing, **after.programs}


def _quiet(program: Program, deployment: Deployment) -> Quiet:
    return None if program.transactional else program.quiet or deployment.rules.quiet
