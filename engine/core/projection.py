"""Keeping facts up to date with what happens: history, totals, scores."""

from __future__ import annotations

from engine.core.carts import CART_EVENTS, keep_cart
from engine.core.conditions.operations import decayed
from engine.core.conditions.scope import Scope
from engine.core.facts import Facts, Score
from engine.core.model import Event, FactChange, Occurrence, Properties, Refunded
from engine.core.orders import taken_back
from engine.core.triggers import trigger_of
from engine.core.turn import Turn

MERGED = "$merge"
"""The event by which somebody gets the scores of who turned out to be the same person."""


def keep_facts(work: Turn, occurrence: Occurrence) -> None:
    """Fold an occurrence into the facts, before any flow looks at it."""
    facts = work.lane.facts
    if isinstance(occurrence, Event):
        facts.remember(occurrence)
        name = occurrence.name
        if name in CART_EVENTS:
            keep_cart(facts, occurrence)
            work.changes.carts.add(facts.id)
            if name == "purchase" and occurrence.counts:
                _keep_totals(work, occurrence)
        elif name in ("refund", "order_cancelled"):
            _take_back(work, occurrence)
        elif name == MERGED:
            _add_scores(work, occurrence)
    if not isinstance(occurrence, Event) or occurrence.counts:
        _keep_scores(work, occurrence)


def _keep_totals(work: Turn, event: Event) -> None:
    facts = work.lane.facts
    customer = facts.customer
    at = event.occurred_at
    value = event.properties.get("value")
    changed: Properties = {"orders": (customer.get("orders") or 0) + 1}
    if isinstance(value, int | float):
        changed["total_spent"] = (customer.get("total_spent") or 0) + round(value)
    first, last = customer.get("first_order_at"), customer.get("last_order_at")
    if not isinstance(first, int) or at < first:
        changed["first_order_at"] = at if first is None or isinstance(first, int) else first
    if not isinstance(last, int) or at > last:
        changed["last_order_at"] = at
    _put(work, changed, event)


def _put(work: Turn, changed: Properties, event: Event) -> None:
    facts = work.lane.facts
    customer, told = facts.customer, work.changes.facts
    for name, new in changed.items():
        told.append(FactChange(facts.id, "property", name, new, event.at, customer.get(name)))
    customer.update(changed)


def _take_back(work: Turn, event: Event) -> None:
    """What is paid back or cancelled was not spent; what happened stays in the history."""
    facts = work.lane.facts
    customer = facts.customer
    taken = taken_back(facts.history, event)
    changed: Properties = {}
    for name, less in (("total_spent", taken.value), ("orders", taken.orders)):
        known = customer.get(name)
        if less and isinstance(known, int | float):
            changed[name] = max(round(known) - less, 0)
    _put(work, changed, event)
    if taken.value and taken.purchase is not None:
        at = taken.purchase.occurred_at
        work.changes.refunds.append(Refunded(facts.id, "purchase", at, taken.value))


def _keep_scores(work: Turn, occurrence: Occurrence) -> None:
    trigger = trigger_of(occurrence)
    rules = work.deployment.scoring.get(trigger) if trigger is not None else None
    if not rules:
        return
    scope = Scope(work.lane.facts, work.now)
    happened = occurrence.occurred_at if isinstance(occurrence, Event) else occurrence.at
    for score, matcher, points in rules:
        if matcher(scope, occurrence):
            _add(work, score.name, points, score.halves, happened)


def _add_scores(work: Turn, event: Event) -> None:
    """The points of another row of the same person, each as of its moment."""
    for name, (points, at) in event.properties.get("scores", {}).items():
        score = work.deployment.scores.get(name)
        if score is not None:
            _add(work, name, points, score.halves, at)


def _add(work: Turn, name: str, points: float, halves: int | None, happened: int) -> None:
    facts, now = work.lane.facts, work.now
    add_past_points(facts, name, points, halves, happened, now)
    kept = facts.scores[name]
    work.changes.facts.append(FactChange(facts.id, "score", name, kept.points, now))


def add_past_points(
    facts: Facts, name: str, points: float, halves: int | None, happened: int, now: int
) -> None:
    """Points for what happened some time ago have decayed since."""
    kept = facts.scores.get(name)
    left = 0.0 if kept is None else decayed(kept.points, now - kept.at, halves)
    facts.scores[name] = Score(left + decayed(points, now - happened, halves), now)
