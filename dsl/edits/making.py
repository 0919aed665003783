"""From a changed flow to the edit of its file: what each act on a drawing ends with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dsl import tree
from dsl.edits.edit import Edit
from dsl.edits.patching import Layout, patch_with
from dsl.edits.places import Places
from dsl.edits.renaming import renamed_by_identity
from dsl.edits.rewriting import Swaps, rewrite
from dsl.graph.compiler import ENTRY, compile_flow, steps_of
from dsl.parsing.building.declarations import first_step
from dsl.parsing.parser import Parsed


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit of a drawing.

    `edits` change the text; `parsed` is what it reads as then. `renamed` says which steps go by
    another id now, `select` which one to choose (None: none).
    """

    edits: tuple[Edit, ...]
    parsed: Parsed
    renamed: dict[str, str] = field(default_factory=dict)
    select: str | None = None


def make(
    places: Places,
    swaps: Swaps,
    select: tree.Node | str | None = None,
    layout: Layout | None = None,
) -> Edited:
    """The edit that puts other nodes in the places of those that `swaps` has, by identity.

    `select` is a node of the new tree, or an id. Raises `Refusal`.
    """
    flow = rewrite(places.flow, swaps)
    old = places.parsed.tree.declarations
    new = (*old[: places.number], flow, *old[places.number + 1 :])
    return make_file(places, replace(places.parsed.tree, declarations=new), select, layout)


def make_file(
    places: Places,
    file: tree.File,
    select: tree.Node | str | None = None,
    layout: Layout | None = None,
    changed: str | None = None,
) -> Edited:
    """The edit that makes a file say this; its flow stands where it stood.

    `changed` is a step that is another now, with as many steps in front of it as before.
    """
    flow = file.declarations[places.number]
    assert isinstance(flow, tree.Flow)
    flow = _settled(flow)
    declarations = file.declarations
    declarations = (*declarations[: places.number], flow, *declarations[places.number + 1 :])
    file = replace(file, declarations=declarations)
    made = patch_with(places.parsed, file, layout or Layout())
    read, twins = made.parsed.tree.declarations[places.number], made.twins
    if twins is not None:
        read = next(one for one in made.parsed.tree.declarations if twins.get(id(one)) is flow)
    assert isinstance(read, tree.Flow)
    # The graph of what was read, which others ask for as well.
    graph = compile_flow(read)
    ids = [node.id for node in graph.nodes[1:-1]]
    steps: dict[str, tree.Node]
    if twins is None:
        steps = dict(zip(ids, steps_of(flow), strict=True))
    else:
        steps = {node.id: twins.get(id(node.step), node.step) for node in graph.nodes[1:-1]}
    before = dict(made.pairs)
    if changed is not None:
        old = places.graph.nodes[1:-1]
        n = next((n for n, node in enumerate(old) if node.id == changed), None)
        if n is not None:
            before[id(steps[ids[n]])] = old[n].step
    renamed = renamed_by_identity(places.graph, steps, before)
    if isinstance(select, tree.Node):
        chosen = next((name for name, step in steps.items() if step is select), ENTRY)
        return Edited(made.edits, made.parsed, renamed, chosen)
    known = {node.id for node in graph.nodes}
    called = renamed.get(select, select) if select is not None else None
    return Edited(made.edits, made.parsed, renamed, called if called in known else None)


def _settled(flow: tree.Flow) -> tree.Flow:
    """The flow with its broken lines among headers or steps, as they will be read there."""
    lines: tuple[Any, ...] = (*flow.headers, *flow.steps.steps)
    n = first_step(lines)
    if n == len(flow.headers):
        return flow
    return replace(flow, headers=lines[:n], steps=replace(flow.steps, steps=lines[n:]))
