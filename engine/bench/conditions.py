"""Conditions of three tests over customers in memory, beside CEL in Rust where that is installed.

A hundred conditions such as `customer.total_spent > 500 and customer has tag "vip" and
customer.country in ["PL", "DE"]` are asked of each customer, one at a time, as the lane asks them.
The peer (`pip install common-expression-language`) answers the same questions about the same
customers in the same run, and both must find the same number.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random  # noqa: TID251 - made up once, the same each time
from typing import Any

from dsl import tree
from dsl.names import vocabulary
from dsl.parsing.parser import parse
from engine.core.conditions.context import Names
from engine.core.conditions.python import Test, compile_test
from engine.core.conditions.scope import Scope
from engine.core.facts import Facts
from engine.core.model import Instant
from engine.core.values import Types

NOW: Instant = 1_767_600_000_000
_COUNTRIES = ("PL", "DE", "FR", "US", "GB", "ES")
_TAGS = ("vip", "new", "b2b", "sale", "app")
_RULES, _TURNS = 100, 3


@dataclass(frozen=True, slots=True)
class Rule:
    spent: int
    tag: str
    countries: tuple[str, ...]

    def as_condition(self) -> str:
        among = ", ".join(f'"{country}"' for country in self.countries)
        return (
            f'customer.total_spent > {self.spent} and customer has tag "{self.tag}"'
            f" and customer.country in [{among}]"
        )

    def as_cel(self) -> str:
        among = ", ".join(f"'{country}'" for country in self.countries)
        return f"total_spent > {self.spent * 100} && '{self.tag}' in tags && country in [{among}]"


def run(customers: int) -> dict[str, Any]:
    """Ask everything of so many customers; `evaluations_per_second`, and `ratio` to the peer."""
    random = Random(7)  # noqa: S311
    rules = [
        Rule(random.randrange(100, 900), random.choice(_TAGS), tuple(random.sample(_COUNTRIES, 2)))
        for _ in range(_RULES)
    ]
    people: list[dict[str, Any]] = [
        {
            "total_spent": random.randrange(100_000),
            "country": random.choice(_COUNTRIES),
            "tags": random.sample(_TAGS, random.randrange(4)),
        }
        for _ in range(customers)
    ]
    names = Names(Types(vocabulary.CUSTOMER, vocabulary.PRODUCT, vocabulary.EVENTS))
    tests = [_test(rule, names) for rule in rules]
    scopes = [Scope(_facts(number, one), NOW) for number, one in enumerate(people)]

    def ours() -> int:
        return sum([1 for scope in scopes for test in tests if test(scope, None, None)])

    peer = _peer(rules, people)
    seconds, found = _timed([ours, *([peer] if peer else [])])
    evaluations = customers * _RULES
    figures: dict[str, Any] = {
        "workload": "conditions",
        "customers": customers,
        "conditions": _RULES,
        "matches": found[0],
        "evaluations_per_second": round(evaluations / seconds[0]),
    }
    if peer:
        if found[0] != found[1]:
            raise RuntimeError(f"{found[0]} matches, and {found[1]} by CEL")
        figures["cel_per_second"] = round(evaluations / seconds[1])
        figures["ratio"] = round(seconds[1] / seconds[0], 2)
    return figures


def _test(rule: Rule, names: Names) -> Test:
    text = f"flow f:\n  enter manually\n  only if {rule.as_condition()}\n  exit\n"
    flow = parse(text).tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    line = next(one for one in flow.headers if isinstance(one, tree.OnlyIf))
    return compile_test(line.condition, names)


def _facts(number: int, one: dict[str, Any]) -> Facts:
    properties = {"total_spent": one["total_spent"], "country": one["country"]}
    return Facts(number, "UTC", properties, set(one["tags"]))


def _peer(rules: list[Rule], people: list[dict[str, Any]]) -> Callable[[], int] | None:
    try:
        cel = importlib.import_module("cel")
    except ImportError:
        return None
    programs = [cel.compile(rule.as_cel()) for rule in rules]

    def theirs() -> int:
        found = 0
        for one in people:
            context = cel.Context(variables=one)
            for program in programs:
                if program.execute(context):
                    found += 1
        return found

    return theirs


def _timed(sides: list[Callable[[], int]]) -> tuple[list[float], list[int]]:
    """Each in turn, the median of three."""
    times: list[list[float]] = [[] for _ in sides]
    found = [0] * len(sides)
    for _ in range(_TURNS):
        for place, side in enumerate(sides):
            started = time.perf_counter()
            found[place] = side()
            times[place].append(time.perf_counter() - started)
    return [statistics.median(one) for one in times], found
