"""What a `products ..` line asks for, as a message's payload carries it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dsl import tree
from engine.core.calendar import ELAPSED
from engine.core.model import Instant, Properties


def asked(products: tree.Products) -> Properties:
    """The line as plain values: `most`, `least`, the strategy and, if there is one, `filling`."""
    told: Properties = {
        "most": products.most,
        "least": products.least,
        **_strategy(products.strategy),
    }
    if products.filling is not None:
        told["filling"] = _strategy(products.filling)
    return told


def strategy_of(told: Mapping[str, Any]) -> tree.Strategy:
    """The strategy that a payload carries."""
    period = told.get("period")
    duration = None
    if period:
        amount, unit = period
        duration = tree.Duration(tree.Number(Decimal(str(amount))), unit)
    return tree.Strategy(told.get("kind", "bestsellers"), told.get("of"), duration)


def period_of(strategy: tree.Strategy) -> Instant:
    """How far back `new in last ..` looks, in milliseconds."""
    period = strategy.period
    if period is None or not isinstance(period.amount, tree.Number):
        return 0
    return round(float(period.amount.value) * ELAPSED[period.unit])


def words_of(strategy: tree.Strategy) -> str:
    """The strategy as it is written, but for its period."""
    return " ".join(word for word in (strategy.kind, strategy.of) if word)


def _strategy(strategy: tree.Strategy) -> Properties:
    told: Properties = {"kind": strategy.kind, "of": strategy.of}
    period = strategy.period
    if period is not None and isinstance(period.amount, tree.Number):
        told["period"] = [float(period.amount.value), period.unit]
    return told
