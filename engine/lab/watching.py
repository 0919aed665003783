"""The values that branches look at, written down while a test is played for somebody to see."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.graph.graph import GraphNode, StepGraph
from dsl.printing.expressions import print_value
from dsl.tree import below
from engine.core.awaited import awaited
from engine.core.compile import names_of
from engine.core.conditions.context import ConditionError, Names
from engine.core.conditions.python import Getter, compile_value
from engine.core.deployment import Deployment
from engine.core.program import Op, Program

Values = tuple[tuple[str, Any], ...]


class Seen:
    """What the branches of runs looked at, in the order in which they did."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], deque[Values]] = defaultdict(deque)

    def note(self, run: int, node: str, values: Values) -> None:
        self._found[run, node].append(values)

    def at(self, run: int, node: str) -> Values:
        """What this branch saw when it was passed; each time is told once."""
        found = self._found.get((run, node))
        return found.popleft() if found else ()


def watched(deployment: Deployment, graphs: Mapping[str, StepGraph], seen: Seen) -> Deployment:
    """The same shop, whose `if` and `switch` note in `seen` what they compare: the words as the
    flow writes them, and the value then, money in whole units.
    """
    names = Names(
        types=deployment.types,
        segments=deployment.blocks,
        halves={name: rules.halves for name, rules in deployment.scores.items()},
    )
    programs = {
        name: _watched(program, graphs[name], names, seen)
        for name, program in deployment.programs.items()
        if name in graphs
    }
    whole = {**deployment.programs, **programs}
    versions = {(one.flow, one.version): one for one in whole.values()}
    changed = replace(deployment, programs=whole, versions={**deployment.versions, **versions})
    return changed.only(whole)


def _watched(program: Program, graph: StepGraph, names: Names, seen: Seen) -> Program:
    nodes = {node.id: node for node in graph.nodes}
    own = names_of(graph, names)
    before = {node.id: events for node, events in awaited(graph)}
    ops = tuple(
        _asking(op, nodes[op.id], replace(own, awaited=before.get(op.id, ())), seen)
        if op.kind in ("if", "switch") and isinstance(op.spec, tuple) and op.id in nodes
        else op
        for op in program.ops
    )
    return replace(program, ops=ops)


def _asking(op: Op, node: GraphNode, names: Names, seen: Seen) -> Op:
    getters = list(_getters(node, names))
    tests: Any = op.spec
    if not getters or not tests:
        return op
    first: Callable[[Any, Any, Any], bool] = tests[0]

    def ask(scope: Any, event: Any, item: Any) -> bool:
        values = tuple((words, getter(scope, event, item)) for words, getter in getters)
        seen.note(scope.run.id, op.id, values)
        return first(scope, event, item)

    spec: Any = (ask, *tests[1:])
    return replace(op, spec=spec)


def asked_at(node: GraphNode) -> list[tree.Node]:
    """The conditions, or the value, by which a step chooses its way; none where it does not."""
    match node.step:
        case tree.If() as step:
            return [step.condition, *(one.condition for one in step.others)]
        case tree.Switch() as step:
            return [step.path]
        case _:
            return []


def values_asked(node: GraphNode) -> list[str]:
    """What a step looks at to choose its way, in the words of the language, each once."""
    found = (print_value(value) for one in asked_at(node) for value in _looked_at(one))
    return list(dict.fromkeys(found))


def _getters(node: GraphNode, names: Names) -> Iterator[tuple[str, Getter]]:
    known: set[str] = set()
    for one in asked_at(node):
        for value in _looked_at(one):
            words = print_value(value)
            if words in known:
                continue
            known.add(words)
            try:
                getter, kind = compile_value(value, names)
                if kind == "money":
                    getter = compile_value(value, names, kind="number")[0]
            except ConditionError:  # a name that means something only beside another
                continue
            yield words, getter


def _looked_at(node: tree.Node) -> Iterator[tree.Value]:
    """The values that a condition compares, outside of what it asks of single events."""
    if isinstance(node, tree.Path | tree.Count | tree.Aggregate | tree.TimeSince):
        yield node
    elif not isinstance(node, tree.History | tree.HasItem):
        for _, one in below(node):
            yield from _looked_at(one)
