"""Steps one place up or down, in reading order: past a step, or through the ways of a branch.

One place down and one place up again leaves the text as it was, its blank lines too; only where a
`go on` gives way to a step that stands apart, the blank line above that is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl import tree
from dsl.edits.acts import filled, left
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make
from dsl.edits.patching import Layout
from dsl.edits.places import Places, Run, blocks_below
from dsl.edits.regions import Regions
from dsl.parsing.parser import Parsed


def up(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Moves steps one place up: over the step above, or to the end of the way above."""
    places = Places(parsed, flow)
    run = places.run(steps)
    if run.start > 0:
        ways = blocks_below(run.block.steps[run.start - 1])
        if ways:
            return _move(places, run, ways[-1], len(ways[-1].steps))
        return _move(places, run, run.block, run.start - 1)
    owner, blocks, number = _around(places, run.block, "first")
    if number > 0:
        return _move(places, run, blocks[number - 1], len(blocks[number - 1].steps))
    block, index = places.home(owner)
    return _move(places, run, block, index)


def down(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Moves steps one place down: over the step below, or to the beginning of its first way."""
    places = Places(parsed, flow)
    run = places.run(steps)
    if run.stop < len(run.block.steps):
        ways = blocks_below(run.block.steps[run.stop])
        if ways:
            return _move(places, run, ways[0], 0)
        return _move(places, run, run.block, run.start + 1)
    owner, blocks, number = _around(places, run.block, "last")
    if number + 1 < len(blocks):
        return _move(places, run, blocks[number + 1], 0)
    block, index = places.home(owner)
    return _move(places, run, block, index + 1)


def _around(places: Places, block: tree.Block, end: str) -> tuple[tree.Step, list[tree.Block], int]:
    """The step that a block is a way of, all its ways, and which of them it is."""
    for node in places.nodes.values():
        if isinstance(node.step, tree.Flow):
            continue
        blocks = blocks_below(node.step)
        for n, way in enumerate(blocks):
            if way is block:
                return node.step, blocks, n
    raise Refusal(f"This stands {end} in the flow already.")


def _move(places: Places, run: Run, block: tree.Block, index: int) -> Edited:
    """Takes steps to a block; `index` counts without them."""
    regions = Regions(places.parsed)
    gaps = {id(step): regions.gap(step) for step in run.steps[1:]}
    first, own = run.steps[0], regions.gap(run.steps[0])
    # Blank lines go along, but those above the first line of a block stay there.
    rest = (*run.block.steps[: run.start], *run.block.steps[run.stop :])
    source = left(places, run.block, rest)
    carried = own
    if not rest:
        carried = ""
        gaps.update((id(one), own) for one in source.steps)
    elif run.start == 0:
        carried = regions.gap(rest[0])
        gaps[id(rest[0])] = own
    steps = rest if block is run.block else block.steps
    target = filled(block, (*steps[:index], *run.steps, *steps[index:]))
    gaps[id(first)] = carried
    if steps and len(target.steps) == len(run.steps):
        gaps[id(first)] = regions.gap(steps[0])
    elif steps and index == 0:
        gaps[id(first)] = gaps.get(id(steps[0]), regions.gap(steps[0]))
        gaps[id(steps[0])] = carried
    chosen = next(node.id for node in places.nodes.values() if node.step is first)
    layout = Layout(frozenset(id(step) for step in run.steps), gaps)
    return make(places, {id(run.block): source, id(block): target}, chosen, layout)
