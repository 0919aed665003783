"""Chooses the arm of an experiment with `winner` when its time has come: once, in one row."""

from __future__ import annotations

from dsl.names import vocabulary
from engine.core.choices import Choice, Choices, Seen, choose
from engine.core.model import Instant
from engine.core.program import ExperimentSpec
from engine.publishing.live import Live
from engine.store import choices
from engine.store.choices import Standing
from engine.store.writer import Transaction


def look(transaction: Transaction, live: Live, now: Instant) -> Choices:
    """How far the experiments of the live flows are. What is due by now is chosen in this
    transaction, before anybody who waits for it wakes; while its flow is paused nothing is.
    """
    deployment = live.deployment
    if not deployment.choosing:
        return {}
    found: dict[tuple[str, str], Choice] = {}
    for one in choices.all_of(transaction):
        key = one.flow, one.experiment
        spec = deployment.choosing.get(key)
        if spec is None:
            continue
        assert spec.winner is not None
        arm = one.arm
        if arm is None and spec.winner.due(one.began_at) <= now and one.flow not in live.holds:
            arm = _choose(transaction, live, one, spec, now)
        found[key] = Choice(one.began_at, arm)
    return found


def _choose(
    transaction: Transaction, live: Live, standing: Standing, spec: ExperimentSpec, now: Instant
) -> str:
    winner = spec.winner
    assert winner is not None
    flow = live.flows.number(transaction, standing.flow)
    of_message = winner.event in vocabulary.MESSAGE_EVENTS
    channel = winner.event.partition("_")[2] if of_message else None
    seen = [
        Seen(
            label,
            *choices.seen(
                transaction, flow, standing.began_at, steps_of(live, standing, label), channel,
                winner.event,
            ),
        )
        for _, label in spec.shares
    ]  # fmt: skip
    chosen = choose(seen)
    key = flow, standing.experiment
    return choices.choose(transaction, key, now, chosen.arm, chosen.why, seen)


def steps_of(live: Live, standing: Standing, label: str) -> set[str]:
    """The sends of an arm as `VERSION:STEP`, in each version that people may have come by."""
    found = set()
    for (flow, number), program in live.deployment.versions.items():
        if flow != standing.flow:
            continue
        for spec in program.choosing():
            labels = [name for _, name in spec.shares]
            if spec.name == standing.experiment and label in labels:
                found |= {f"{number}:{step}" for step in spec.sends[labels.index(label)]}
    return found
