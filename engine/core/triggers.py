"""Happenings: the same everywhere, in enter, exit, go to, goal, wait and score.

A happening compiles to a `Matcher`. `trigger` is the key by which everything indexes: an event's
name, `joins SEGMENT`, `leaves SEGMENT` or `product`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dsl import tree
from engine.core.conditions.context import Names
from engine.core.conditions.python import compile_event_test
from engine.core.conditions.scope import Scope
from engine.core.families import ASKS
from engine.core.model import Event, Occurrence, PriceFall, ProductChange, SegmentMove
from engine.core.prices import dropped

PRODUCT = "product"
_OF_ITSELF = (*ASKS, PRODUCT)


@dataclass(slots=True)
class Matcher:
    """`test` None: every occurrence with this trigger matches. `of` is the label or message."""

    trigger: str
    says: str
    test: Callable[[Scope, Occurrence], bool] | None = None
    of: str | None = None

    def __call__(self, scope: Scope, occurrence: Occurrence) -> bool:
        return self.test is None or self.test(scope, occurrence)


def trigger_of(occurrence: Occurrence) -> str | None:
    """The key of an occurrence; None for what no happening speaks of."""
    if isinstance(occurrence, Event):
        return occurrence.name
    if isinstance(occurrence, SegmentMove):
        return f"{'joins' if occurrence.joined else 'leaves'} {occurrence.segment}"
    return PRODUCT if isinstance(occurrence, ProductChange | PriceFall) else None


def compile_happening(happening: tree.Happening, names: Names) -> Matcher:
    match happening:
        case tree.EventHappens():
            event_test = compile_event_test(happening, names)
            if event_test is None:
                return Matcher(happening.event, happening.event)
            ready = event_test

            def test(scope: Scope, occurrence: Occurrence) -> bool:
                return isinstance(occurrence, Event) and ready(scope, occurrence)

            return Matcher(happening.event, happening.event, test, happening.of)
        case tree.SegmentMove():
            names.needs.segments.add(happening.segment)
            trigger = f"{happening.move} {happening.segment}"
            return Matcher(trigger, f"customer {happening.move} segment {happening.segment}")
        case tree.BackInStock():
            return Matcher(PRODUCT, "product back in stock", _of_product(_back_in_stock))
        case tree.PriceDrop():
            percent = 0.0 if happening.by is None else float(happening.by.value)
            return Matcher(PRODUCT, "product price drops", _price_drop(percent))
        case tree.StockFalls():
            return Matcher(PRODUCT, "product stock falls", _of_product(_stock_falls(happening)))


def compile_happenings(happenings: Iterable[tree.Happening], names: Names) -> tuple[Matcher, ...]:
    return tuple(compile_happening(happening, names) for happening in happenings)


def _of_product(
    crossed: Callable[[ProductChange], bool],
) -> Callable[[Scope, Occurrence], bool]:
    def test(scope: Scope, occurrence: Occurrence) -> bool:
        return (
            isinstance(occurrence, ProductChange)
            and _concerns(scope, occurrence)
            and crossed(occurrence)
        )

    return test


def _concerns(scope: Scope, occurrence: ProductChange | PriceFall) -> bool:
    """Inside a run only its own product counts, with what is one with it; at entry any.

    Who asked for a variant, or is told of one, hears of that variant's stock alone.
    """
    if scope.run is None or scope.product == occurrence.product:
        return True
    if scope.product is None:
        return False
    if isinstance(occurrence, ProductChange) and scope.run.memory.get("name") in _OF_ITSELF:
        return False
    family = scope.facts.family
    return bool(family(scope.product) == family(occurrence.product))


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _back_in_stock(change: ProductChange) -> bool:
    # Without a number a product is not counted: it can be bought (decision 82).
    before, after = _number(change.before.get("stock")), _number(change.after.get("stock"))
    return before is not None and before <= 0 and (after is None or after > 0)


def _price_drop(percent: float) -> Callable[[Scope, Occurrence], bool]:
    def test(scope: Scope, occurrence: Occurrence) -> bool:
        return (
            isinstance(occurrence, PriceFall)
            and _concerns(scope, occurrence)
            and dropped(occurrence.fall, percent)
        )

    return test


def _stock_falls(happening: tree.StockFalls) -> Callable[[ProductChange], bool]:
    def fell(change: ProductChange) -> bool:
        before, after = _number(change.before.get("stock")), _number(change.after.get("stock"))
        return before is not None and after is not None and after < happening.below <= before

    return fell
