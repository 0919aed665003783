"""Where a project's flows use a message, and what the message may speak of there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dsl import tree
from dsl.diagnostics import Span
from dsl.graph.graph import StepGraph
from dsl.names import vocabulary
from dsl.project import Project
from engine.messages.places import span_between


@dataclass(frozen=True, slots=True)
class Use:
    """A `send`, `show` or `notify`. `entry` and `event` are the properties that may be set there,
    None where anything may be (started by hand).
    """

    message: str
    channels: tuple[str, ...]
    flow: str
    file: str
    span: Span
    step: tree.Send | tree.Show | tree.Notify
    has_coupon: bool
    has_products: bool
    entry: frozenset[str] | None
    event: frozenset[str] | None
    subject: str | None = field(default=None)


def uses(project: Project) -> Iterator[Use]:
    """Every use of a message, flow by flow in the order of the text."""
    for name, flow in project.flows.items():
        graph = project.graphs[name]
        before = _ancestors(graph)
        kinds = {node.id: node for node in graph.nodes}
        entry = _entry(project, flow)
        for node in graph.nodes:
            step = node.step
            if not isinstance(step, (tree.Send, tree.Show, tree.Notify)):
                continue
            earlier = [kinds[each] for each in before[node.id]]
            file = project.file_of(flow)
            options = step.options if isinstance(step, tree.Send) else ()
            yield Use(
                message=step.message,
                channels=_channels(step),
                flow=name,
                file=file,
                span=_name_span(project.sources[file], step),
                step=step,
                has_coupon=any(each.kind == "give_coupon" for each in earlier),
                # On the site every message has what suits the visitor (`engine.delivery.onsite`).
                has_products=isinstance(step, tree.Show)
                or any(isinstance(option, tree.Products) for option in options),
                entry=entry,
                event=_event(project, [each.step for each in earlier]),
                subject=next((one.text for one in options if isinstance(one, tree.Subject)), None),
            )


def properties(project: Project, event: str) -> frozenset[str]:
    """What an event may carry: built in, and declared by this project."""
    return frozenset(project.events.get(event, vocabulary.COMMON))


def _channels(step: tree.Send | tree.Show | tree.Notify) -> tuple[str, ...]:
    match step:
        case tree.Send():
            return tuple(step.channels)
        case tree.Show():
            return (step.surface,)
        case tree.Notify():
            return ("staff",)


def _name_span(text: str, step: tree.Send | tree.Show | tree.Notify) -> Span:
    """The message's name on the line of its step."""
    start, end = step.span.start, step.span.end
    head = text[start:end].split("\n", 1)[0]
    found = [*re.finditer(rf"\b{re.escape(step.message)}\b", head)]
    if not found:
        return step.span
    # `send email email_tips`: the name is the last word of that spelling before `as` or `on`.
    words = re.search(r"\s(?:as|on|for)\s", head)
    limit = words.start() if words else len(head)
    match = next((one for one in reversed(found) if one.start() <= limit), found[0])
    return span_between(text, start + match.start(), start + match.end())


def _ancestors(graph: StepGraph) -> dict[str, set[str]]:
    """The steps that may have run before each step."""
    import networkx as nx

    digraph: nx.DiGraph[str] = nx.DiGraph()
    digraph.add_nodes_from(node.id for node in graph.nodes)
    digraph.add_edges_from((edge.source, edge.target) for edge in graph.edges)
    return {node.id: set(nx.ancestors(digraph, node.id)) for node in graph.nodes}


def _entry(project: Project, flow: tree.Flow) -> frozenset[str] | None:
    names: set[str] = set()
    for header in flow.headers:
        if not isinstance(header, tree.Enter):
            continue
        trigger = header.trigger
        if isinstance(trigger, (tree.Manually, tree.Unreadable)):
            return None
        if isinstance(trigger, tree.OnHappening):
            names |= _carried(project, trigger.happenings)
    return frozenset(names)


def _event(project: Project, earlier: list[tree.Step | tree.Flow]) -> frozenset[str]:
    names: set[str] = set()
    for step in earlier:
        if isinstance(step, tree.Wait):
            names |= _carried(project, step.happenings)
            for arm in step.arms:
                if isinstance(arm, tree.ForArm):
                    names |= _carried(project, arm.happenings)
    return frozenset(names)


def _carried(project: Project, happenings: tuple[tree.Happening, ...]) -> set[str]:
    names: set[str] = set()
    for happening in happenings:
        if isinstance(happening, tree.EventHappens):
            names |= properties(project, happening.event)
        elif not isinstance(happening, tree.SegmentMove):
            names |= set(vocabulary.PRODUCT_ENTRY)
    return names
