"""The moments at which memberships of segments may change by time alone.

Conditions change their answer without an event only when something grows older than a duration
that stands in them, or when a moment that stands in them comes. So the durations of the watched
segments, laid onto what is known about the customer, give every candidate; a candidate costs one
look and changes nothing when nothing has changed. Decaying scores have no such moments: with one in
sight, every hour is a candidate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from dsl import tree
from engine.core.calendar import ELAPSED, add, instant
from engine.core.facts import Facts
from engine.core.model import HOUR, Instant
from engine.core.values import as_instant


@dataclass(frozen=True, slots=True)
class Boundaries:
    """`spans` are signed amounts and units; `moments` literal dates of the conditions; `events`
    the names of those whose age may matter. `drifting` where moments depend on more than that:
    on dates of the customer or of the cart, or on what is computed from `now`.
    """

    spans: frozenset[tuple[float, str]]
    moments: tuple[tree.Date | tree.DateTime, ...]
    scores: bool
    events: frozenset[str] = frozenset()
    drifting: bool = False

    def next_after(self, facts: Facts, at: Instant, until: Instant) -> Instant | None:
        """The first candidate in (at, until]."""
        candidates = [it for it in self._candidates(facts) if at < it <= until]
        if self.scores:
            hour = at - at % HOUR + HOUR
            if hour <= until:
                candidates.append(hour)
        return min(candidates, default=None)

    def _candidates(self, facts: Facts) -> Iterator[Instant]:
        # An answer may change at the very moment (`in last`) or right behind it (`> 90 days`).
        for anchor in self._anchors(facts):
            for amount, unit in self.spans:
                moment = anchor + round(amount * ELAPSED[unit])
                yield moment
                yield moment + 1
                if unit not in ("minute", "hour"):
                    calendar_moment = add(anchor, amount, unit, facts.zone)  # type: ignore[arg-type]
                    yield calendar_moment
                    yield calendar_moment + 1
        for literal in self.moments:
            value = literal.value
            local = value if isinstance(value, datetime) else datetime.combine(value, time())
            moment = instant(local, facts.zone)
            yield moment
            yield moment + 1

    @staticmethod
    def _anchors(facts: Facts) -> Iterator[Instant]:
        for events in facts.history.values():
            for event in events:
                yield event.occurred_at
        for value in facts.customer.values():
            moment = as_instant(value, facts.zone) if _may_be_a_date(value) else None
            if moment is not None:
                yield moment


def _may_be_a_date(value: Any) -> bool:
    """Instants are numbers past 1973 in milliseconds; bare dates are text."""
    if isinstance(value, bool):
        return False
    return isinstance(value, str) or (isinstance(value, int) and abs(value) > 10**11)


def boundaries(
    segments: Mapping[str, tree.ConditionBlock],
    watched: Collection[str],
    dates: Collection[str] = (),
) -> Boundaries | None:
    """Of the watched segments and of those that they speak of; None when nothing is watched.

    `dates` are the customer properties that hold dates.
    """
    if not watched:
        return None
    spans: set[tuple[float, str]] = set()
    moments: list[tree.Date | tree.DateTime] = []
    scores = drifting = False
    events: set[str] = set()
    seen: set[str] = set()
    waiting = list(watched)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in segments:
            continue
        seen.add(name)
        for node in tree.walk(segments[name]):
            match node:
                case tree.InSegment():
                    waiting.append(node.segment)
                case tree.Duration(amount=tree.Number() as amount):
                    spans.add((float(amount.value), node.unit))
                    spans.add((-float(amount.value), node.unit))
                case tree.Date() | tree.DateTime():
                    moments.append(node)
                case tree.Duration():
                    drifting = True
                case tree.History():
                    events.add(node.event)
                case tree.Path(parts=("score", *_)):
                    scores = True
                case tree.Path(parts=("now",)) | tree.Path(parts=("cart", "updated_at")):
                    drifting = True
                case tree.Path(parts=("customer", name)) if name in dates:
                    drifting = True
                case _:
                    pass
    spans.add((0.0, "minute"))
    return Boundaries(frozenset(spans), tuple(moments), scores, frozenset(events), drifting)
