"""Rules about the way through a flow, on its step graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dsl import tree
from dsl.checks.loops import pauses
from dsl.checks.problem import Problem, head, word
from dsl.diagnostics import Related
from dsl.graph.compiler import ENTRY
from dsl.graph.graph import GraphNode, StepGraph
from dsl.names.scopes import Scope, below

if TYPE_CHECKING:
    import networkx as nx

MAX_STEPS = 2_000
"""Longer flows are refused when they are read; their graph is not looked at."""


def steps_graph(graph: StepGraph) -> nx.DiGraph[str]:
    """All ways through a flow, jumps from its header included."""
    import networkx as nx

    ways: nx.DiGraph[str] = nx.DiGraph()
    ways.add_nodes_from(node.id for node in graph.nodes)
    ways.add_edges_from((edge.source, edge.target) for edge in graph.edges)
    labels = {node.name: node.id for node in graph.nodes if node.name is not None}
    for header in graph.flow.headers:
        if isinstance(header, tree.JumpWhen) and header.target in labels:
            ways.add_edge(ENTRY, labels[header.target])
    return ways


def unreachable(graph: StepGraph, ways: Any, scope: Scope) -> Iterator[Problem]:
    """Every step can be reached."""
    import networkx as nx

    if any(node.kind == "unreadable" for node in graph.nodes):
        return  # a way may begin where nobody can read
    reached = {ENTRY, *nx.descendants(ways, ENTRY)}
    told: set[tuple[str | None, int | None]] = set()
    before: dict[tuple[str | None, int | None], GraphNode] = {}
    for node in graph.nodes:
        if node.kind in ("entry", "end"):
            continue
        place = (node.parent, node.arm)
        last, before[place] = before.get(place), node
        lost_parent = node.parent is not None and node.parent not in reached
        if node.id in reached or place in told or lost_parent:
            continue
        told.add(place)
        if last is not None and last.kind == "exit":
            yield Problem(
                "after-exit",
                head(node.step, scope.text),
                "Nobody comes here, because the run ends in the line above.",
                "Remove this step, or the `exit`.",
                "warning",
                (Related("The run ends here.", scope.file, head(last.step, scope.text)),),
            )
        else:
            yield Problem(
                "unreachable",
                head(node.step, scope.text),
                "Nobody can reach this step: every way above ends before it.",
                "Remove it, or let a way lead here.",
            )


def jump_into_block(graph: StepGraph, scope: Scope) -> Iterator[Problem]:
    """`go to` leads along the flow or out of blocks, never into one."""
    nodes = {node.id: node for node in graph.nodes}
    labels = {node.name: node for node in graph.nodes if node.name is not None}
    for header in graph.flow.headers:
        if isinstance(header, tree.JumpWhen):
            target = labels.get(header.target)
            if target is not None and target.parent is not None:
                yield _into(header, header.target, target, scope)
    for node in graph.nodes:
        if not isinstance(node.step, tree.GoTo):
            continue
        target = labels.get(node.step.target)
        if target is None or target.parent is None:
            continue
        around: set[tuple[str | None, int | None]] = set()
        inner: GraphNode | None = node
        while inner is not None:
            around.add((inner.parent, inner.arm))
            inner = nodes.get(inner.parent) if inner.parent is not None else None
        if (target.parent, target.arm) not in around:
            yield _into(node.step, node.step.target, target, scope)


def _into(step: tree.Statement, name: str, target: GraphNode, scope: Scope) -> Problem:
    where = "that stands outside of blocks"
    if isinstance(step, tree.GoTo):
        where += ", or in one that this step is in"
    return Problem(
        "jump-into-block",
        word(step, scope.text, name, r"go\s+to"),
        f"`{name}` stands in a block, and one cannot jump into a block.",
        f"Go to a step {where}.",
        related=(Related("The step.", scope.file, head(target.step, scope.text)),),
    )


def label_not_passed(graph: StepGraph, ways: Any, scope: Scope) -> Iterator[Problem]:
    """`of LABEL` looks back at a step that some way has passed."""
    import networkx as nx

    nodes = {node.id: node for node in graph.nodes}
    reached = {ENTRY, *nx.descendants(ways, ENTRY)}
    steps: dict[str, set[str]] = {}
    for node in graph.nodes:
        for name in (node.name, getattr(node.step, "message", None)):
            if isinstance(name, str):
                steps.setdefault(name, set()).add(node.id)
    for node in graph.nodes:
        used = list(_used(node.step))
        if not used or node.id not in reached:
            continue
        passed: set[str] | None = None
        for where in used:
            meant = steps.get(where.of or "")
            if not meant:
                continue
            if any(_stands_above(nodes, nodes[one], node) for one in meant):
                continue
            if passed is None:
                passed = nx.ancestors(ways, node.id) | _own(ways, node.id)
            if not meant & passed:
                yield Problem(
                    "label-not-passed",
                    word(where, scope.text, where.of or "", "of"),
                    f"No way to this step passes `{where.of}` before.",
                    "Move the step behind it.",
                )


def _stands_above(nodes: dict[str, GraphNode], one: GraphNode, node: GraphNode) -> bool:
    """Whether a step stands before another in its block, or before a block around it: then
    there is a way. This spares most searches.
    """
    inner: GraphNode | None = node
    while inner is not None:
        if (one.parent, one.arm) == (inner.parent, inner.arm):
            return one.span.start < inner.span.start
        inner = nodes.get(inner.parent) if inner.parent is not None else None
    return False


def _own(ways: Any, node: str) -> set[str]:
    return {node} if ways.has_edge(node, node) else set()


def _used(step: tree.Node) -> Iterator[tree.EventHappens | tree.History]:
    """The `of X` in a step itself, not in the blocks below it."""
    if isinstance(step, tree.Flow):
        return
    for one in below(step):
        if isinstance(one, tree.EventHappens | tree.History):
            if one.of is not None:
                yield one
        elif not isinstance(one, tree.Block | tree.Else):
            yield from _used(one)


def wait_for_exit(node: tree.Flow, scope: Scope) -> Iterator[Problem]:
    """Nobody waits for, or jumps at, what has already ended the flow."""
    exits: dict[tree.Happening, tree.ExitWhen] = {}
    for header in node.headers:
        if isinstance(header, tree.ExitWhen):
            for one in header.happenings:
                exits.setdefault(one, header)
    if not exits:
        return
    for happening in _awaited(node):
        plain = happening
        if isinstance(happening, tree.EventHappens):
            plain = tree.EventHappens(happening.event)
        for same in (happening, plain):
            if same in exits:
                name = happening.event if isinstance(happening, tree.EventHappens) else "this"
                yield Problem(
                    "wait-for-exit",
                    happening.span,
                    f"`{name}` always ends this flow, so this never comes to pass.",
                    "Remove it here, or from `exit when`.",
                    related=(
                        Related("The flow ends here.", scope.file, head(exits[same], scope.text)),
                    ),
                )
                break


def _awaited(node: tree.Node) -> Iterator[tree.Happening]:
    for one in below(node):
        if isinstance(one, tree.Wait | tree.ForArm | tree.JumpWhen):
            yield from one.happenings
        if isinstance(one, tree.Statement | tree.Block):
            yield from _awaited(one)


def endless_flows(
    graphs: dict[str, StepGraph], flows: dict[str, Scope]
) -> Iterator[tuple[Scope, Problem]]:
    """Flows do not start each other for ever."""
    import networkx as nx

    starts: nx.DiGraph[str] = nx.DiGraph()
    calls: dict[tuple[str, str], tuple[GraphNode, bool]] = {}
    for name, graph in graphs.items():
        sure = _unavoidable(graph)
        for node in graph.nodes:
            if isinstance(node.step, tree.StartFlow) and node.id in sure:
                target = node.step.flow
                if target in graphs and not _limited(graphs[target].flow):
                    starts.add_edge(name, target)
                    calls.setdefault((name, target), (node, _exits(graph.flow)))
    for group in nx.strongly_connected_components(starts):
        inside = [edge for edge in calls if edge[0] in group and edge[1] in group]
        if not inside:
            continue
        ends = any(calls[edge][1] for edge in inside)
        waits = any(pauses(node.step) for name in group for node in graphs[name].nodes)
        if ends and waits:
            continue
        for source, target in inside:
            scope = flows.get(source)
            if scope is not None:
                step = calls[source, target][0].step
                yield (
                    scope,
                    Problem(
                        "flows-without-end",
                        word(step, scope.text, target, "flow"),
                        "This flow starts itself again, for ever."
                        if source == target
                        else f"Flows `{source}` and `{target}` start each other without end.",
                        "Start the flow only `if` something holds, or let it `re-enter never`.",
                    ),
                )


def _unavoidable(graph: StepGraph) -> set[str]:
    """The steps that every run passes: they dominate the end, seen from the entry."""
    import networkx as nx

    ways: nx.DiGraph[str] = nx.DiGraph()
    ways.add_edges_from((edge.source, edge.target) for edge in graph.edges)
    end = graph.nodes[-1].id
    for node in graph.nodes:
        if node.kind == "exit" and node.id in ways:
            ways.add_edge(node.id, end)
    if ENTRY not in ways or end not in nx.descendants(ways, ENTRY):
        return set()
    above = nx.immediate_dominators(ways, ENTRY)
    found, at = set(), end
    while above.get(at, at) not in (at, None):
        at = above[at]
        found.add(at)
    return found


def _limited(flow: tree.Flow) -> bool:
    return any(
        isinstance(one, tree.OnlyIf)
        or (isinstance(one, tree.ReEnter) and one.rule != "always")
        or isinstance(one, tree.Unreadable)
        for one in flow.headers
    )


def _exits(flow: tree.Flow) -> bool:
    return any(isinstance(one, tree.ExitWhen | tree.ExitIf) for one in flow.headers)
