"""Where a project's flows use a message, and what the message may speak of there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dsl import tree
from dsl.checks.graphs import MAX_STEPS
from dsl.checks.problem import within
from dsl.diagnostics import Span
from dsl.graph.graph import StepGraph
from dsl.names import vocabulary
from dsl.project import Project


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
    """Every use of a message, flow by flow in the order of the text. A flow that is too long, which
    has a diagnostic of its own, is not looked at.
    """
    sources = project.sources
    for name, flow in project.flows.items():
        graph = project.graphs[name]
        if len(graph.nodes) - 2 > MAX_STEPS:
            continue
        before = Before(project, graph)
        entry = _entry(project, flow)
        file = project.file_of(flow)
        for node in graph.nodes:
            step = node.step
            if not isinstance(step, (tree.Send, tree.Show, tree.Notify)):
                continue
            options = step.options if isinstance(step, tree.Send) else ()
            yield Use(
                message=step.message,
                channels=_channels(step),
                flow=name,
                file=file,
                span=_name_span(sources[file], step),
                step=step,
                has_coupon=before.has_coupon(node.id),
                # On the site every message has what suits the visitor (`engine.delivery.onsite`).
                has_products=isinstance(step, tree.Show)
                or any(isinstance(option, tree.Products) for option in options),
                entry=entry,
                event=before.event(node.id),
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
    return within(step.span, text, start + match.start(), start + match.end())


class Before:
    """What may have happened before each step: whether a coupon was given, and which events were
    waited for.

    Each step hands on what it has to the steps behind it, and again only when that has grown, so
    the work grows with the flow and not with its square. `looks` counts it.
    """

    def __init__(self, project: Project, graph: StepGraph) -> None:
        self.project = project
        self.looks = 0
        self._bits: dict[tree.Happening, int] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._masks = self._spread(graph)

    def has_coupon(self, node: str) -> bool:
        return bool(self._masks.get(node, 0) & 1)

    def event(self, node: str) -> frozenset[str]:
        """The properties that `event` may have at a step."""
        mask = self._masks.get(node, 0) & ~1
        words = self._words.get(mask)
        if words is None:
            waited = tuple(one for one, bit in self._bits.items() if mask & bit)
            words = self._words[mask] = frozenset(_carried(self.project, waited))
        return words

    def _spread(self, graph: StepGraph) -> dict[str, int]:
        own = {node.id: self._own(node.step) for node in graph.nodes}
        after: dict[str, list[str]] = {}
        for edge in graph.edges:
            after.setdefault(edge.source, []).append(edge.target)
        masks: dict[str, int] = {}
        for node in graph.nodes:
            waiting = [node.id]
            while waiting:
                at = waiting.pop()
                self.looks += 1
                handed = masks.get(at, 0) | own[at]
                for target in after.get(at, ()):
                    known = masks.get(target, 0)
                    if known | handed != known:
                        masks[target] = known | handed
                        waiting.append(target)
        return masks

    def _own(self, step: tree.Step | tree.Flow) -> int:
        if isinstance(step, tree.GiveCoupon):
            return 1
        mask = 0
        if isinstance(step, tree.Wait):
            arms = [one for one in step.arms if isinstance(one, tree.ForArm)]
            for one in (*step.happenings, *(it for arm in arms for it in arm.happenings)):
                plain = tree.EventHappens(one.event) if isinstance(one, tree.EventHappens) else one
                mask |= self._bits.setdefault(plain, 2 << len(self._bits))
        return mask


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


def _carried(project: Project, happenings: tuple[tree.Happening, ...]) -> set[str]:
    names: set[str] = set()
    for happening in happenings:
        if isinstance(happening, tree.EventHappens):
            names |= properties(project, happening.event)
        elif not isinstance(happening, tree.SegmentMove):
            names |= set(vocabulary.PRODUCT_ENTRY)
    return names
