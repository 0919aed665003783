"""What a turn is told from outside: what changes while a deployment stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from dsl import tree
from engine.core.choices import Choices
from engine.core.conditions.scope import Scope

if TYPE_CHECKING:
    from engine.core.habits import Habits

Eligible = Callable[[Scope, str], bool]
"""Whether the `where` of a `products` line holds of a product."""

Recommend = Callable[[Scope, tree.Strategy, int, Eligible | None], list[str]]
"""The ids of at most so many products, for a strategy, of those that are eligible."""


@dataclass(frozen=True, slots=True)
class Ports:
    """`holds` are the flows that somebody paused or stopped: "paused" or "stopped" by name.
    `choices` says of experiments with `winner` how far each is. `recommend` finds products
    for `products 3 to 8 ..`; without it nothing is found missing. `habits` says when the shop's
    people are active; None until that is learned. `providers` are the channels that can leave the
    house; None for every one.
    """

    holds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    recommend: Recommend | None = None
    habits: Habits | None = None
    providers: frozenset[str] | None = None
    choices: Choices = field(default_factory=lambda: MappingProxyType({}))


CLOSED = Ports()
"""Nothing is held, nothing was learned."""
