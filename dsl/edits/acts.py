"""What a hand does on a drawing: insert, delete, move, duplicate, wrap, flip, change a step.

Each takes the parsed file, the flow's name, ids of the step graph and places (`dsl/edits/places`),
and gives the edit of the text. Each raises `Refusal` with a sentence where that cannot be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsl import tree
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make
from dsl.edits.naming import with_new_names
from dsl.edits.patching import Layout
from dsl.edits.places import Places, empty
from dsl.edits.rewriting import copy
from dsl.edits.snippets import read_steps
from dsl.parsing.parser import Parsed

QUESTION = tree.CanReceive("email")
"""What a branch asks at first: `customer can receive email` holds in every project."""


def insert(parsed: Parsed, flow: str, at: str, text: str) -> Edited:
    """Puts the steps that `text` says at a place; names that are taken become new ones.

    A step that takes the place of a `go on` replaces it.
    """
    places = Places(parsed, flow)
    spot = places.spot(at)
    steps, behind = read_steps(text)
    taken = places.names()
    steps = with_new_names(steps, taken)
    before, after = spot.block.steps[: spot.index], spot.block.steps[spot.index :]
    dangling = spot.block.dangling
    if behind and after:
        after = (replace(after[0], lead=(*behind, *after[0].lead)), *after[1:])
    elif behind:
        dangling = (*dangling, *behind)
    block = replace(filled(spot.block, (*before, *steps, *after)), dangling=dangling)
    swaps: dict[int, tree.Node] = {id(spot.block): block}
    if spot.opened is not None:
        swaps[id(spot.opened[0])] = spot.opened[1]
    return make(places, swaps, steps[0])


def delete(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Takes steps out, with their comments. The last one of a way leaves a `go on`."""
    places = Places(parsed, flow)
    if len(steps) == 1 and isinstance(places.step(steps[0]), tree.Unreadable):
        gone = places.step(steps[0])
        try:
            places.home(gone)
        except Refusal:  # a header, or an arm
            return _delete_line(places, gone)
    run = places.run(steps)
    rest = (*run.block.steps[: run.start], *run.block.steps[run.stop :])
    block = left(places, run.block, rest)
    near = block.steps[min(run.start, len(block.steps) - 1)] if block.steps else None
    return make(places, {id(run.block): block}, near)


def _delete_line(places: Places, gone: tree.Step) -> Edited:
    node = next(one for one in places.nodes.values() if one.step is gone)
    parent = places.nodes[node.parent].step if node.parent is not None else None
    arms = getattr(parent, "cases", getattr(parent, "arms", ()))
    if parent is not None and len(arms) == 1 and getattr(parent, "otherwise", None) is None:
        raise Refusal("This is the last way of its step; delete the whole step instead.")
    alone = parent is None and len(places.flow.headers) == 1 and not places.flow.steps.steps
    return make(places, {id(gone): (tree.GoOn(),) if alone else ()}, parent)


def move(parsed: Parsed, flow: str, steps: Sequence[str], at: str) -> Edited:
    """Takes steps from where they stand to another place of the same flow."""
    places = Places(parsed, flow)
    run, spot = places.run(steps), places.spot(at)
    there = spot.block if spot.opened is None else spot.opened[0]
    if any(places.holds(there, step) for step in run.steps):
        raise Refusal("A step cannot be moved into itself.")
    swaps: dict[int, tree.Node] = {}
    if spot.opened is not None:
        swaps[id(spot.opened[0])] = spot.opened[1]
    if spot.block is run.block:
        if run.start <= spot.index <= run.stop:
            return Edited((), parsed, select=steps[0])
        rest = [*run.block.steps[: run.start], *run.block.steps[run.stop :]]
        index = spot.index if spot.index < run.start else spot.index - len(run.steps)
        rest[index:index] = run.steps
        swaps[id(run.block)] = replace(run.block, steps=tuple(rest))
    else:
        rest = [*run.block.steps[: run.start], *run.block.steps[run.stop :]]
        before, after = spot.block.steps[: spot.index], spot.block.steps[spot.index :]
        swaps[id(run.block)] = left(places, run.block, rest)
        swaps[id(spot.block)] = filled(spot.block, (*before, *run.steps, *after))
    moved = frozenset(id(step) for step in run.steps)
    first = next(node.id for node in places.nodes.values() if node.step is run.steps[0])
    return make(places, swaps, first, Layout(moved=moved))


def duplicate(parsed: Parsed, flow: str, step: str) -> Edited:
    """Puts the same step behind a step; names in it become new ones."""
    places = Places(parsed, flow)
    block, index = places.home(places.step(step))
    twin = replace(copy(block.steps[index]), blank_before=False)
    (twin,) = with_new_names((twin,), places.names())
    steps = (*block.steps[: index + 1], twin, *block.steps[index + 1 :])
    return make(places, {id(block): replace(block, steps=steps)}, twin)


def wrap(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Puts steps into the first way of a new `if`."""
    places = Places(parsed, flow)
    run = places.run(steps)
    branch = tree.If(QUESTION, tree.Block(run.steps))
    around = (*run.block.steps[: run.start], branch, *run.block.steps[run.stop :])
    return make(places, {id(run.block): replace(run.block, steps=around)}, branch)


def filled(block: tree.Block, steps: Sequence[tree.Step]) -> tree.Block:
    """A block with these steps; a `go on` that says nothing gives way to the others."""
    real = tuple(one for one in steps if not is_empty(one))
    many = real if real and len(steps) - len(real) == 1 else tuple(steps)
    return replace(block, steps=many or empty().steps)


def is_empty(step: tree.Step) -> bool:
    """Whether a step does nothing and says nothing."""
    return isinstance(step, tree.GoOn) and not step.lead and not step.tail


def left(places: Places, block: tree.Block, steps: Sequence[tree.Step]) -> tree.Block:
    """What is left of a block; where nothing is, a `go on` stays, but for a flow with headers."""
    if not steps and block is places.flow.steps and places.flow.headers:
        return replace(block, steps=())
    return replace(block, steps=tuple(steps) or empty().steps)
