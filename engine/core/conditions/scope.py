"""What a condition may look at while it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.core.facts import Facts
from engine.core.model import Instant, Run

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Scope:
    """A customer at a moment, and the run that asks (None in segments and at entry).

    `entry`, `event` and `item` are properties; `event` is the awaited event. `since` is when the
    entry happened, for `since entry`. `product` is the product's id that the run is about. `asked`
    is set while a change of stock is offered: who asked for exactly this product is meant.
    """

    facts: Facts
    now: Instant
    run: Run | None = None
    entry: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    event: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    item: Mapping[str, Any] | None = None
    product: str | None = None
    since: Instant = 0
    asked: str | None = None
