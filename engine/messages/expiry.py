"""Messages that tell of a code which is over by then."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.graph.graph import ELSE, GraphEdge, StepGraph
from dsl.printing.expressions import print_duration
from dsl.project import Project
from engine.core import coupons
from engine.core.calendar import ELAPSED
from engine.core.model import Instant
from engine.messages.library import Messages
from engine.messages.uses import Use

_Ways = dict[str, list[tuple[str, Instant]]]
"""From each step those behind it, with how long it takes at least to get there."""


def expired_codes(project: Project, messages: Messages, used: list[Use]) -> Iterator[Diagnostic]:
    """The sends that are reached at the earliest when the code that they tell of is over. Its time
    counts from the first message that tells of it.
    """
    telling = messages.tells_of("coupon")
    by_flow: dict[str, dict[int, Use]] = {}
    for use in used:
        payload = {"subject": use.subject}
        if any(coupons.tells(telling, use.message, channel, payload) for channel in use.channels):
            by_flow.setdefault(use.flow, {})[id(use.step)] = use
    for flow, tells in by_flow.items():
        graph = project.graphs[flow]
        sends = {node.id: tells[id(node.step)] for node in graph.nodes if id(node.step) in tells}
        yield from _of_flow(project, graph, sends)


def _of_flow(project: Project, graph: StepGraph, sends: dict[str, Use]) -> Iterator[Diagnostic]:
    ways = _ways(graph)
    gives = {node.id: node.step for node in graph.nodes if isinstance(node.step, tree.GiveCoupon)}
    for give, step in gives.items():
        coupon = project.declarations.coupons.get(step.coupon)
        lines = coupon.lines if coupon is not None else ()
        valid = next((one for one in lines if isinstance(one, tree.ValidFor)), None)
        if valid is None or not isinstance(valid.duration.amount, tree.Number):
            continue
        length = _length(valid.duration)
        firsts = _reached(ways, give, gives.keys() | sends.keys()).keys() & sends.keys()
        for first in firsts:
            for node, after in _reached(ways, first, gives.keys()).items():
                use = sends.get(node)
                if use is not None and after > length:
                    yield Diagnostic(
                        "coupon-expires",
                        "warning",
                        f"The code of `{step.coupon}` is over when `{use.message}` goes: it is"
                        f" valid for {print_duration(valid.duration)} from"
                        f" `{sends[first].message}` on.",
                        use.file,
                        use.span,
                        "Let it be valid for longer, or give a new one before this message.",
                    )


def _ways(graph: StepGraph) -> _Ways:
    steps = {node.id: node.step for node in graph.nodes}
    ways: _Ways = {}
    for edge in graph.edges:
        ways.setdefault(edge.source, []).append((edge.target, _least(steps[edge.source], edge)))
    return ways


def _least(step: object, edge: GraphEdge) -> Instant:
    """How long a step takes at least along an edge."""
    match step:
        case tree.Wait(timing=tree.ForTime(duration=duration)) if edge.arm is None:
            return _length(duration)
        case tree.Wait(timing=tree.UpTo(duration=duration)) if edge.arm == ELSE:
            return _length(duration)
        case _:
            return 0


def _length(duration: tree.Duration) -> Instant:
    if not isinstance(duration.amount, tree.Number):
        return 0
    return round(float(duration.amount.value) * ELAPSED[duration.unit])


def _reached(ways: _Ways, start: str, stops: Collection[str]) -> dict[str, Instant]:
    """The steps behind one, with the least time to each; nothing is looked for behind `stops`."""
    found: dict[str, Instant] = {}
    heap = [(after, node) for node, after in ways.get(start, ())]
    heap.sort()
    while heap:
        at, node = heappop(heap)
        if node in found:
            continue
        found[node] = at
        if node in stops:
            continue
        for target, more in ways.get(node, ()):
            if target not in found:
                heappush(heap, (at + more, target))
    return found
