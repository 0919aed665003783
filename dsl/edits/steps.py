"""Another step in the place of a step: what a form writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from dsl import tree
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make_file
from dsl.edits.naming import respell
from dsl.edits.places import Places, empty
from dsl.edits.rewriting import rewrite
from dsl.graph.compiler import ENTRY, name_of
from dsl.parsing.lexer import RESERVED
from dsl.parsing.parser import Parsed
from dsl.printing.heads import print_head
from dsl.printing.rows import break_rows


def replace_step(
    parsed: Parsed,
    flow: str,
    step_id: str,
    new_node: tree.Step | tree.Flow,
    live: Collection[str] = (),
) -> Edited:
    """Puts a node in the place of a step, or of the flow itself (`entry`).

    `new_node` is the old one with other fields, or another one that shares what stays. Another
    label is written wherever the file speaks of the step; where the old one is among the `live`
    labels, by which people stand at the step, a header says where they go. Raises `Refusal`.
    """
    places = Places(parsed, flow)
    if step_id == ENTRY:
        if not isinstance(new_node, tree.Flow):
            raise Refusal("A step cannot stand in the place of the whole flow.")
        old_flow = places.flow
        if (new_node.name, new_node.title) != (old_flow.name, old_flow.title):
            new_node = _readable(new_node, old_flow)
        flows = {flow: new_node.name} if new_node.name != flow else {}
        return make_file(places, with_file(places, new_node, flows=flows), ENTRY)
    old = places.step(step_id)
    if isinstance(new_node, tree.Flow):
        raise Refusal("A flow cannot stand in the place of a step.")
    changed = rewrite(places.flow, {id(old): with_comments(new_node)})
    was, name = name_of(old), name_of(new_node)
    names = {was: name} if was is not None and name is not None and was != name else {}
    if name is not None and name != was and name in places.names():
        raise Refusal(f"Another step is called `{name}` already.")
    if names:
        live = live if isinstance(old, tree.LabelledStatement) else ()
        changed = _moved(respell(changed, names), names, live)
    return make_file(places, with_file(places, changed, names), step_id, changed=step_id)


def _readable(flow: tree.Flow, old: tree.Flow) -> tree.Flow:
    """A flow whose first line is written anew: without anything below it, it could not be read.

    A name that no flow may have stays until somebody gives it another one.
    """
    made = replace(flow, unread="")
    if not flow.headers and not flow.steps.steps:
        made = replace(made, steps=replace(flow.steps, steps=empty().steps))
    if flow.name == old.name and flow.name in RESERVED:
        made = replace(made, unread=f"{print_head(made)}:")
    return made


def with_comments(node: tree.Step) -> tree.Step:
    """A step whose comments between brackets stand above it where it has no brackets any more."""
    if not node.inner or isinstance(node, tree.Unreadable):
        return node
    rows = break_rows(print_head(node), node.rows) if node.rows else []
    if sum(bool(comment) for _, _, comment in rows) == len(node.inner):
        return node
    return replace(node, lead=(*node.lead, *node.inner), inner=(), rows="")


def _moved(flow: tree.Flow, names: Mapping[str, str], live: Collection[str]) -> tree.Flow:
    """The flow with a header for each live label that changes, and none that leads nowhere."""
    headers = [
        one for one in flow.headers if not (isinstance(one, tree.Moved) and one.old == one.new)
    ]
    headers += [tree.Moved(old, new) for old, new in names.items() if old in live]
    same = len(headers) == len(flow.headers)
    return (
        flow
        if same and not any(one in live for one in names)
        else replace(flow, headers=tuple(headers))
    )


def with_file(
    places: Places,
    flow: tree.Flow,
    names: Mapping[str, str] | None = None,
    flows: Mapping[str, str] | None = None,
) -> tree.File:
    """The file with a changed flow. Its tests speak of steps by their new names, and those of a
    flow that is called otherwise now are still its own.
    """
    declarations: list[tree.Declaration] = []
    for n, one in enumerate(places.parsed.tree.declarations):
        if n == places.number:
            declarations.append(flow)
        elif isinstance(one, tree.Test) and one.flow == places.flow.name and (names or flows):
            test = respell(one, names or {})
            declarations.append(replace(test, flow=(flows or {}).get(test.flow, test.flow)))
        else:
            declarations.append(one)
    return replace(places.parsed.tree, declarations=tuple(declarations))
