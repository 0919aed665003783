"""Where steps stand in a flow, and the places where others can be put.

A place is said as `first`, `after:ID`, `into:ID:N` (the beginning of arm N of a step) or
`into:ID:else`; ids are those of the step graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsl import tree
from dsl.edits.edit import Refusal
from dsl.graph.compiler import ENTRY, arms_of, compile_flow, name_of, steps_of
from dsl.graph.graph import ELSE, GraphNode, StepGraph
from dsl.parsing.parser import Parsed

BROKEN = "This line cannot be read; put it right in the text first."


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours: `block.steps[start:stop]`."""

    block: tree.Block
    start: int
    stop: int

    @property
    def steps(self) -> tuple[tree.Step, ...]:
        return self.block.steps[self.start : self.stop]


@dataclass(frozen=True, slots=True)
class Spot:
    """In front of `block.steps[index]`.

    Where the way does not stand in the text yet, `opened` is its step before and after it does.
    """

    block: tree.Block
    index: int
    opened: tuple[tree.Step, tree.Step] | None = None


class Places:
    """A flow of a file, its graph, and where each of its steps stands."""

    def __init__(self, parsed: Parsed, flow: str) -> None:
        """Raises `Refusal` where the file has no such flow."""
        self.parsed = parsed
        self.number, self.flow = _find(parsed, flow)
        self.graph: StepGraph = compile_flow(self.flow)
        self.nodes = {node.id: node for node in self.graph.nodes[1:-1]}
        self._homes: dict[int, tuple[tree.Block, int]] = {}
        self._blocks(self.flow.steps)
        for one in self.flow.headers:
            if isinstance(one, tree.Unreadable):
                self._below(one)

    def _blocks(self, block: tree.Block) -> None:
        for n, step in enumerate(block.steps):
            self._homes[id(step)] = (block, n)
            self._below(step)

    def _below(self, step: tree.Step) -> None:
        for _, block in ways_of(step):
            self._blocks(block)
        for arm in _broken_arms(step):
            self._below(arm)

    def node(self, step: str) -> GraphNode:
        """A step of the flow by its id."""
        found = self.nodes.get(step)
        if found is None:
            raise Refusal(f"This flow has no step `{step}` any more.")
        return found

    def step(self, step: str) -> tree.Step:
        node = self.node(step).step
        assert not isinstance(node, tree.Flow)
        return node

    def names(self) -> list[str]:
        """The names that the steps of the flow give themselves, in text order."""
        every = (name_of(one) for one in steps_of(self.flow))
        return [name for name in every if name is not None]

    def run(self, steps: Sequence[str]) -> Run:
        """Steps that follow each other in one block; in any order. Raises `Refusal`."""
        homes = [self.home(self.step(step)) for step in dict.fromkeys(steps)]
        if not homes:
            raise Refusal("No step is chosen.")
        block = homes[0][0]
        numbers = sorted(n for _, n in homes)
        together = numbers == list(range(numbers[0], numbers[-1] + 1))
        if not together or any(one is not block for one, _ in homes):
            raise Refusal("Choose steps that stand next to each other, on the same way.")
        return Run(block, numbers[0], numbers[-1] + 1)

    def home(self, step: tree.Step) -> tuple[tree.Block, int]:
        """The block in which a step stands, and its number there."""
        home = self._homes.get(id(step))
        if home is None:
            raise Refusal(BROKEN)
        return home

    def holds(self, node: tree.Node, step: tree.Step) -> bool:
        """Whether a node is a step or lies below it, however deep."""
        return any(one is node for one in tree.walk(step))

    def spot(self, at: str) -> Spot:
        """The place that `at` names. Raises `Refusal`."""
        kind, _, rest = at.partition(":")
        if at == "first" or (kind == "after" and rest == ENTRY):
            return Spot(self.flow.steps, 0)
        if kind == "after":
            block, index = self.home(self.step(rest))
            return Spot(block, index + 1)
        step, _, way = rest.rpartition(":")
        if kind != "into" or not (way == "else" or way.isdecimal()):
            raise Refusal(f"`{at}` is no place in a flow.")
        return self._into(self.step(step), ELSE if way == "else" else int(way))

    def _into(self, step: tree.Step, arm: int) -> Spot:
        for way, block in ways_of(step):
            if way == arm:
                return Spot(block, 0)
        if isinstance(step, tree.Repeat | tree.GoTo) and arm == ELSE:
            block, index = self.home(step)
            return Spot(block, index + 1)
        opened = open_way(step, arm)
        return Spot(dict(arms_of(opened))[arm], 0, (step, opened))


def ways_of(step: tree.Step) -> list[tuple[int, tree.Block]]:
    """The blocks below a step, with the arm that leads into each; not arms that are broken."""
    broken = {id(one) for one in _broken_arms(step)}
    return [
        (arm, block)
        for arm, block in arms_of(step)
        if not (block.steps and id(block.steps[0]) in broken)
    ]


def blocks_below(step: tree.Step) -> list[tree.Block]:
    """The blocks below a step in text order, those of broken arms among them."""
    broken = {id(one) for one in _broken_arms(step)}
    found: list[tree.Block] = []
    for _, block in arms_of(step):
        first = block.steps[0] if block.steps else None
        found += blocks_below(first) if first is not None and id(first) in broken else [block]
    return found


def _broken_arms(step: tree.Step) -> list[tree.Unreadable]:
    arms = (*getattr(step, "cases", ()), *getattr(step, "arms", ()))
    return [one for one in arms if isinstance(one, tree.Unreadable)]


def empty() -> tree.Block:
    """A block in which nothing happens."""
    return tree.Block((tree.GoOn(),))


def open_way(step: tree.Step, arm: int) -> tree.Step:
    """A step with a block for a way that had none in the text. Raises `Refusal`."""
    if arm == ELSE:
        other = tree.Else(empty())
        match step:
            case tree.Experiment() if step.winner is not None:
                raise Refusal("Who waits here gets the arm that is chosen: this way has no steps.")
            case tree.Experiment():
                shares = sum(one.share.value for one in step.arms if isinstance(one, tree.Arm))
                if shares >= 100:
                    raise Refusal("The arms take everybody, so nobody is left for another way.")
                return replace(step, otherwise=other)
            case tree.If() | tree.Switch():
                return replace(step, otherwise=other)
            case tree.Wait() if step.arms:
                return replace(step, otherwise=other)
            case tree.Wait() if step.happenings:
                return replace(step, block=step.block or empty(), otherwise=other)
    if isinstance(step, tree.Unreadable) or any(arm == way for way, _ in arms_of(step)):
        raise Refusal(BROKEN)
    if arm == 0 and isinstance(step, tree.Wait) and step.happenings and not step.arms:
        return replace(step, block=empty())
    raise Refusal("This step has no such way.")


def _find(parsed: Parsed, flow: str) -> tuple[int, tree.Flow]:
    for n, one in enumerate(parsed.tree.declarations):
        if isinstance(one, tree.Flow) and one.name == flow:
            return n, one
    raise Refusal(f"This file has no flow `{flow}` any more.")
