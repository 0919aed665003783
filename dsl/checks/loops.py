"""A loop that `go to` makes lets time pass."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dsl import tree
from dsl.checks.problem import Problem, head
from dsl.graph.compiler import ENTRY
from dsl.graph.graph import ELSE, GraphNode, StepGraph
from dsl.names.scopes import Scope

_MINUTES = {
    "minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600
}  # fmt: skip


def endless_loop(graph: StepGraph, ways: Any, scope: Scope) -> Iterator[Problem]:
    """A cycle that `go to` makes has a wait of at least a minute in it.

    Each pass through the arm of an awaited event takes an event of its own, so such a cycle ends.
    Without a send on it, events that came already may lead through it at once: a warning.
    """
    import networkx as nx

    steps = {node.id: node.step for node in graph.nodes}
    quick: nx.DiGraph[str] = nx.DiGraph()
    eager: nx.DiGraph[str] = nx.DiGraph()
    for edge in graph.edges:
        step = steps[edge.source]
        awaited = isinstance(step, tree.Wait) and edge.arm not in (None, ELSE)
        if not awaited and pauses(step):
            continue
        if not awaited:
            quick.add_edge(edge.source, edge.target)
        if not isinstance(step, tree.Send):
            eager.add_edge(edge.source, edge.target)
    homes, eager_homes = _homes(quick), _homes(eager)
    labels = {node.name: node.id for node in graph.nodes if node.name is not None}
    sends = {node.id for node in graph.nodes if node.kind == "send"}
    for node in graph.nodes:
        if not isinstance(node.step, tree.GoTo):
            continue
        target = labels.get(node.step.target)
        if target is None:
            continue
        if node.id in homes and homes[node.id] == homes.get(target):
            yield Problem(
                "loop-without-wait",
                head(node.step, scope.text),
                f"From `{node.step.target}` back to here there is a way without a wait.",
                "Put a wait of at least a minute on it, such as `wait 1 day`.",
            )
        elif (
            node.id in eager_homes
            and eager_homes[node.id] == eager_homes.get(target)
            and sends & nx.ancestors(ways, node.id)
        ):
            yield Problem(
                "loop-without-wait",
                head(node.step, scope.text),
                "Events that came since the last message may lead through this loop all at once.",
                "Put a wait of at least a minute on it, such as `wait 1 hour`.",
                "warning",
            )


def _homes(ways: Any) -> dict[str, int]:
    """The cycle that each step is on, by number."""
    import networkx as nx

    groups = nx.strongly_connected_components(ways)
    return {one: place for place, group in enumerate(groups) for one in group}


def pauses(step: tree.Step | tree.Flow) -> bool:
    """Whether a minute passes at a step, where no event ends it."""
    if isinstance(step, tree.Unreadable):
        return True  # it may be a wait
    if not isinstance(step, tree.Wait):
        return False
    timing = step.timing
    if isinstance(timing, tree.UntilMoment | tree.UntilDate | tree.UntilBestTime):
        return False  # a moment that has passed holds nobody, and the best one may be now
    if isinstance(timing, tree.ForTime | tree.UpTo):
        length = minutes(timing.duration)
        return length is None or length >= 1
    return True


def minutes(duration: tree.Duration) -> Decimal | None:
    """Elapsed minutes of a duration that is written as a number."""
    if not isinstance(duration.amount, tree.Number):
        return None
    return duration.amount.value * _MINUTES[duration.unit]


def feeds_itself(graph: StepGraph, scope: Scope) -> Iterator[Problem]:
    """A flow that tells the event that enters it, before anything holds it up, enters for ever."""
    headers = graph.flow.headers
    rules = [one.rule for one in headers if isinstance(one, tree.ReEnter)]
    if any(rule != "always" for rule in rules) or any(
        isinstance(one, tree.OnlyIf | tree.ExitIf | tree.Unreadable) for one in headers
    ):
        return
    entering = {
        one.event
        for header in headers
        if isinstance(header, tree.Enter)
        and isinstance(header.trigger, tree.OnHappening)
        and not (header.trigger.audience or header.trigger.item_where)
        for one in header.trigger.happenings
        if isinstance(one, tree.EventHappens)
        and not (one.of or one.of_this_product or one.same or one.where)
    }
    for node in _at_once(graph):
        step = node.step
        if isinstance(step, tree.Track) and step.event in entering and step.customer is None:
            yield Problem(
                "loop-without-wait",
                head(step, scope.text),
                f"`{step.event}` enters this flow, which tells it again at once, for ever.",
                "Put a wait or a condition before it, or write `re-enter after 1 day` above.",
                "warning",
            )
            return


def _at_once(graph: StepGraph) -> Iterator[GraphNode]:
    """The steps that everybody passes in the moment of entering."""
    nodes = {node.id: node for node in graph.nodes}
    after: dict[str, list[str]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
    at, passed = ENTRY, set[str]()
    while len(after.get(at, ())) == 1 and at not in passed:
        passed.add(at)
        (at,) = after[at]
        if isinstance(nodes[at].step, tree.Wait | tree.Unreadable):
            return
        yield nodes[at]
