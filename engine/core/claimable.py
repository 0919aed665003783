"""The last look before a message goes: may this intent still be claimed?

Source: semantics, "Sends": at the claim an exit, `exit if` (which ends the run, too), lost consent,
suppression or a reached limit skips; quiet hours leave the intent unclaimed until they pass. Pure.
"""

from __future__ import annotations

from engine.core.conditions.scope import Scope
from engine.core.eligibility import Refusal, Rules, Skip, recheck
from engine.core.facts import Facts
from engine.core.model import EndKind, Instant, Intent, Run
from engine.core.program import Program


class ExitedRun(Skip):
    """The run is left by this: an `exit if` holds. `reason` says which."""


LEFT: dict[EndKind, str] = {
    "event": "the flow was left",
    "condition": "the flow was left",
    "stopped": "the flow was stopped",
    "merged": "the run was merged into another",
}
"""Ends that take the run's unclaimed intents with them. A run that came to its last step or to
an `exit` step still sends."""


def refusal(
    rules: Rules, program: Program, facts: Facts, intent: Intent, run: Run | None, now: Instant
) -> Refusal | None:
    """Why the intent may not be claimed now (or until when); None lets it go.

    `run` is the intent's run as it stands, None when it is no longer known.
    """
    if run is not None and run.end_kind in LEFT:
        words = LEFT[run.end_kind]
        return Skip(f"{words}: {run.end_reason}" if run.end_reason else words)
    for test, line in program.exit_ifs:
        if test(_scope(facts, intent, run, now), None, None):
            return ExitedRun(f"the condition on line {line} holds")
    return recheck(rules, program, facts, intent, now)


def _scope(facts: Facts, intent: Intent, run: Run | None, now: Instant) -> Scope:
    payload = intent.payload
    return Scope(
        facts,
        now,
        run,
        entry=payload.get("entry") or {},
        event=payload.get("event") or {},
        item=payload.get("item"),
        product=payload.get("product"),
        since=run.memory.get("since", run.entered_at) if run is not None else 0,
    )
