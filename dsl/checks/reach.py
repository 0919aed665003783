"""What can come of a test: what its flow, and the flows that this one starts, may do.

Source: semantics, "Tests in the language". Each flow is looked at once, however many tests it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsl import tree
from dsl.graph.compiler import walk
from dsl.names.declared import Declarations


@dataclass(slots=True)
class Reach:
    """`sends` are channels by message, `labels` the steps with a name, `arms` those of each
    experiment (`else` is the rest), `chosen` those that may be chosen for who waits. `unknown`:
    some line could not be read, and may do anything.
    """

    sends: dict[str, set[str]] = field(default_factory=dict)
    notifies: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    shows: set[str] = field(default_factory=set)
    labels: dict[str, tree.Step] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    coupons: set[str] = field(default_factory=set)
    tracks: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)
    arms: dict[str, set[str]] = field(default_factory=dict)
    chosen: dict[str, set[str]] = field(default_factory=dict)
    starts: set[str] = field(default_factory=set)
    unknown: bool = False

    @property
    def messages(self) -> set[str]:
        """What a played event may be `of`."""
        return {*self.sends, *self.notifies, *self.shows}

    def add(self, other: Reach) -> None:
        """All that another flow may do as well."""
        for message, channels in other.sends.items():
            self.sends.setdefault(message, set()).update(channels)
        for experiment, arms in other.arms.items():
            self.arms.setdefault(experiment, set()).update(arms)
        self.chosen = {**other.chosen, **self.chosen}
        self.labels = {**other.labels, **self.labels}
        self.notifies |= other.notifies
        self.calls |= other.calls
        self.shows |= other.shows
        self.tags |= other.tags
        self.coupons |= other.coupons
        self.tracks |= other.tracks
        self.reasons |= other.reasons
        self.unknown |= other.unknown


def reach_of(flow: str, names: Declarations) -> Reach:
    """What a test of `flow` can see."""
    kept = names.kept.get(("reach", flow))
    if isinstance(kept, Reach):
        return kept
    found = Reach()
    for name in running(flow, names):
        found.add(own_reach(name, names))
    names.kept["reach", flow] = found
    return found


def running(flow: str, names: Declarations) -> Iterator[str]:
    """The flow and those that it starts, and so on."""
    seen: set[str] = set()
    waiting = [flow]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in names.flows:
            continue
        seen.add(name)
        yield name
        waiting.extend(sorted(own_reach(name, names).starts))


def own_reach(flow: str, names: Declarations) -> Reach:
    """What one flow does itself."""
    kept = names.kept.get(("own reach", flow))
    if isinstance(kept, Reach):
        return kept
    found = Reach()
    node = names.flows[flow]
    found.unknown = any(isinstance(one, tree.Unreadable) for one in node.headers)
    for step in walk(node.steps):
        _note(found, step)
    names.kept["own reach", flow] = found
    return found


def _note(found: Reach, step: tree.Step) -> None:
    if isinstance(step, tree.LabelledStatement) and step.label is not None:
        found.labels.setdefault(step.label, step)
    match step:
        case tree.Unreadable():
            found.unknown = True
        case tree.Send():
            found.sends.setdefault(step.message, set()).update(step.channels)
        case tree.Notify():
            found.notifies |= {step.message, step.staff}
        case tree.Call():
            found.calls.add(step.webhook)
        case tree.Show():
            found.shows.add(step.message)
        case tree.AddTag():
            found.tags.add(step.tag)
        case tree.GiveCoupon():
            found.coupons.add(step.coupon)
        case tree.Track():
            found.tracks.add(step.event)
        case tree.Exit(reason=str(reason)):
            found.reasons.add(reason)
        case tree.StartFlow():
            found.starts.add(step.flow)
        case tree.Experiment():
            arms = found.arms.setdefault(step.name, set())
            labels = [one.label for one in step.arms if isinstance(one, tree.Arm)]
            if step.otherwise is not None:
                labels.append(step.otherwise.label)
            arms.update(one for one in labels if one)
            shares = [one.share.value for one in step.arms if isinstance(one, tree.Arm)]
            if step.otherwise is not None or sum(shares) < 100:
                arms.add("else")
            if step.winner is not None:
                found.chosen[step.name] = arms - {"else"}
        case _:
            pass
