"""Which events `event` may stand for at each step of a flow."""

from __future__ import annotations

from collections.abc import Iterator

from dsl import tree
from dsl.graph.compiler import arms_of
from dsl.graph.graph import ELSE, GraphNode, StepGraph


def awaited(graph: StepGraph) -> Iterator[tuple[GraphNode, tuple[str, ...]]]:
    """Each step with the events that `event` may stand for there (as `dsl.names.scopes` has it):
    those of the arm around it, else those of the last wait above it in its block.
    """
    steps = iter([node for node in graph.nodes if node.kind not in ("entry", "end")])

    def inside(
        block: tree.Block, events: tuple[str, ...]
    ) -> Iterator[tuple[GraphNode, tuple[str, ...]]]:
        for step in block.steps:
            yield next(steps), events
            for arm, below in arms_of(step):
                yield from inside(below, _events_of(step, arm) or events)
            events = _events_of(step, None) or events

    return inside(graph.flow.steps, ())


def _events_of(step: tree.Step, arm: int | None) -> tuple[str, ...]:
    """The events of one arm of a wait, of all for None; none for any other step."""
    if not isinstance(step, tree.Wait) or arm == ELSE:
        return ()
    happenings = list(step.happenings)
    for place, one in enumerate(step.arms):
        if isinstance(one, tree.ForArm) and arm in (None, place):
            happenings.extend(one.happenings)
    return tuple(one.event for one in happenings if isinstance(one, tree.EventHappens))
