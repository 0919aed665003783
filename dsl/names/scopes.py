"""Which names mean something at each place of a project.

`places` walks a declaration and says for every node what stands around it; the checks and the
types look names up in that `Scope`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from dsl import tree
from dsl.graph.compiler import name_of, walk
from dsl.names import vocabulary
from dsl.names.declared import Declarations


@dataclass(frozen=True, slots=True)
class FlowNames:
    """What a flow's own lines make known.

    `entry_events` enter it; `product_entry` says that a product trigger does. `entry_open`: its
    `entry` may hold anything (started by hand, or a line could not be read). `product`: runs are
    about one product. `labels` are steps by label, `messages` what the flow sends to the
    customer. `unread` are the words of what could not be read: any of them may be a name.
    `experiments` are those of the flow, by name.
    """

    flow: tree.Flow
    entry_events: tuple[str, ...]
    product_entry: bool
    each_item: bool
    entry_open: bool
    labels: dict[str, tree.Step]
    messages: dict[str, tree.Step]
    unread: frozenset[str] = frozenset()
    experiments: frozenset[str] = frozenset()

    @property
    def product(self) -> bool:
        return self.product_entry or self.each_item

    @property
    def by_hand_alone(self) -> bool:
        """Whether people enter only when somebody starts it for them."""
        return all(
            isinstance(one.trigger, tree.Manually)
            for one in self.flow.headers
            if isinstance(one, tree.Enter)
        ) and not any(isinstance(one, tree.Unreadable) for one in self.flow.headers)

    @property
    def may_have_product(self) -> bool:
        """Whether something that starts a run may be about a product."""
        return (
            self.product
            or self.entry_open
            or any(one not in vocabulary.WITHOUT_PRODUCT for one in self.entry_events)
        )


def flow_names(flow: tree.Flow) -> FlowNames:
    events: list[str] = []
    product_entry = each_item = False
    entry_open = False
    for header in flow.headers:
        if isinstance(header, tree.Unreadable):
            entry_open = True
        elif isinstance(header, tree.Enter):
            trigger = header.trigger
            if isinstance(trigger, tree.Manually):
                entry_open = True
            elif isinstance(trigger, tree.OnHappening):
                each_item |= trigger.each_item
                for one in trigger.happenings:
                    if isinstance(one, tree.EventHappens):
                        events.append(one.event)
                    elif not isinstance(one, tree.SegmentMove):
                        product_entry = True
    labels: dict[str, tree.Step] = {}
    messages: dict[str, tree.Step] = {}
    for step in walk(flow.steps):
        name = name_of(step)
        if name is not None and isinstance(step, tree.LabelledStatement | tree.Unreadable):
            labels.setdefault(name, step)
        if isinstance(step, tree.Send | tree.Show | tree.Notify):
            messages.setdefault(step.message, step)
    return FlowNames(
        flow,
        tuple(dict.fromkeys(events)),
        product_entry,
        each_item,
        entry_open,
        labels,
        messages,
        _unread(flow),
        frozenset(one.name for one in walk(flow.steps) if isinstance(one, tree.Experiment)),
    )


def _unread(flow: tree.Flow) -> frozenset[str]:
    found: set[str] = set()
    for one in tree.walk(flow):
        if isinstance(one, tree.Unreadable):
            found.update(re.findall(r"\w+", one.text))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a node.

    In a `where`, bare names are properties of `events` (`where` "event") or of an item ("item").
    `awaited` are the events that `event` may stand for in a block, None where there is none.
    `calculated`: inside a comparison or a calculation, where any amount may stand. `statement` is
    the line it stands on.
    """

    names: Declarations
    file: str
    text: str
    kind: Literal["store", "flow", "segment", "score", "test"] = "store"
    flow: FlowNames | None = None
    where: Literal["", "event", "item"] = ""
    events: tuple[str, ...] = ()
    awaited: tuple[str, ...] | None = None
    calculated: bool = False
    statement: tree.Statement | None = field(default=None, compare=False)


Place = tuple[tree.Node, Scope]


def places(node: tree.Node, scope: Scope) -> Iterator[Place]:
    """A node and everything below it, in text order, each with its scope."""
    if isinstance(node, tree.Statement):
        scope = replace(scope, statement=node)
    match node:
        case tree.Flow():
            scope = replace(scope, kind="flow", flow=flow_names(node))
        case tree.Segment():
            scope = replace(scope, kind="segment")
        case tree.Score():
            scope = replace(scope, kind="score")
        case tree.Test():
            scope = replace(scope, kind="test")
        case tree.ExpectCondition():
            # Asked of the customer alone, as in a segment.
            scope = replace(scope, kind="segment")
        case _:
            pass
    yield node, scope
    match node:
        case tree.EventHappens() | tree.History():
            scope = replace(scope, calculated=False)
            inner = replace(scope, where="event", events=(node.event,))
            for name, below in tree.below(node):
                yield from places(below, inner if name == "where" else scope)
        case tree.Compare() | tree.Equals() | tree.Arithmetic() | tree.OneOf() | tree.Argument():
            inner = replace(scope, calculated=True)
            for _, below in tree.below(node):
                yield from places(below, inner)
        case tree.HasItem():
            yield from places(node.subject, scope)
            yield from places(node.where, replace(scope, where="item"))
        case tree.Products():
            inner = replace(scope, where="item")
            for name, below in tree.below(node):
                yield from places(below, inner if name == "where" else scope)
        case tree.OnHappening():
            events = tuple(
                one.event for one in node.happenings if isinstance(one, tree.EventHappens)
            )
            inner = replace(scope, where="item", events=events)
            for name, below in tree.below(node):
                yield from places(below, inner if name == "item_where" else scope)
        case tree.Aggregate():
            yield from places(node.history, scope)
        case tree.Wait():
            yield from _wait(node, scope)
        case tree.Unreadable():
            for _, below in tree.below(node):
                yield from places(below, replace(scope, awaited=()))
        case tree.Block():
            for step in node.steps:
                yield from places(step, scope)
                if isinstance(step, tree.Unreadable):
                    scope = replace(scope, awaited=())
                if isinstance(step, tree.Wait):
                    scope = _awaiting(scope, _all_happenings(step))
        case _:
            for _, below in tree.below(node):
                yield from places(below, scope)


def _wait(node: tree.Wait, scope: Scope) -> Iterator[Place]:
    yield from places(node.timing, scope)
    for happening in node.happenings:
        yield from places(happening, scope)
    if node.block is not None:
        yield from places(node.block, _awaiting(scope, node.happenings))
    for arm in node.arms:
        if isinstance(arm, tree.ForArm):
            inner = replace(scope, statement=arm)
            yield arm, inner
            for happening in arm.happenings:
                yield from places(happening, inner)
            yield from places(arm.block, _awaiting(inner, arm.happenings))
        else:
            yield arm, scope
    if node.otherwise is not None:
        yield from places(node.otherwise, scope)


def _all_happenings(wait: tree.Wait) -> tuple[tree.Happening, ...]:
    found = list(wait.happenings)
    for arm in wait.arms:
        if isinstance(arm, tree.ForArm):
            found.extend(arm.happenings)
    return tuple(found)


def _awaiting(scope: Scope, happenings: tuple[tree.Happening, ...]) -> Scope:
    if not happenings:
        return scope
    events = tuple(one.event for one in happenings if isinstance(one, tree.EventHappens))
    return replace(scope, awaited=events)


def below(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes right below a node, in text order."""
    for _, one in tree.below(node):
        yield one
