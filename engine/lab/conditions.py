"""`expect customer.tier is "gold"`: the conditions of a test, asked of its customer at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from dsl import tree
from dsl.tree import below
from engine.core.conditions.context import Names, Needs
from engine.core.conditions.python import Test, compile_test, compile_value
from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.model import Instant, Properties
from engine.core.values import Types
from engine.lab.outcome import Answer

_Getter = Callable[[Scope, Any, Any], Any]


@dataclass(slots=True)
class Conditions:
    """The compiled conditions by line. `needs` are the facts that they look at."""

    types: Types
    asked: list[tuple[int, Test, list[tuple[str, _Getter]]]] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)

    @classmethod
    def of(cls, test: tree.Test, deployment: Deployment) -> Conditions:
        """What a test without errors asks of its customer."""
        lines = [one for one in test.lines if isinstance(one, tree.ExpectCondition)]
        names = Names(
            types=deployment.types,
            segments=deployment.blocks,
            halves={name: rules.halves for name, rules in deployment.scores.items()},
        )
        asked = [
            (
                one.span.line,
                compile_test(one.condition, names),
                [(str(path), _shown(path, names)) for path in _told(one.condition)],
            )
            for one in lines
        ]
        return cls(deployment.types, asked, names.needs)

    def shown(self, event: str, properties: Properties) -> dict[str, Any]:
        """Properties of an event as people write them: money in whole units."""
        kinds, digits = self.types.events.get(event, {}), self.types.digits
        return {
            name: value / 10**digits
            if kinds.get(name) == "money" and isinstance(value, int)
            else value
            for name, value in properties.items()
        }

    def answers(self, facts: Facts, now: Instant) -> tuple[Answer, ...]:
        """Whether each holds of this customer at this moment, and what they have instead."""
        scope = Scope(facts, now)
        return tuple(
            Answer(
                line,
                bool(test(scope, None, None)),
                tuple((path, value(scope, None, None)) for path, value in told),
            )
            for line, test, told in self.asked
        )


def _shown(path: tree.Path, names: Names) -> _Getter:
    """A value as people write it: money in whole units."""
    getter, kind = compile_value(path, names)
    return compile_value(path, names, kind="number")[0] if kind == "money" else getter


def with_needs(deployment: Deployment, needs: Needs) -> Deployment:
    """The same, which keeps these facts as well."""
    both = Needs()
    both.add(deployment.needs)
    both.add(needs)
    return replace(deployment, needs=both)


def _told(node: tree.Node) -> Iterator[tree.Path]:
    """The properties of the customer that a condition compares, outside of histories."""
    if isinstance(node, tree.Path):
        if node.parts[0] in ("customer", "score"):
            yield node
    elif not isinstance(node, tree.History | tree.HasItem | tree.Aggregate):
        for _, one in below(node):
            yield from _told(one)
