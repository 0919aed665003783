"""Names of steps: new ones for copies, and one that changes wherever the file speaks of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dsl import tree
from dsl.graph.compiler import name_of, walk

AnyNode = TypeVar("AnyNode", bound=tree.Node)

_USES: dict[type[tree.Node], str] = {
    tree.GoTo: "target",
    tree.JumpWhen: "target",
    tree.Moved: "new",
    tree.History: "of",
    tree.EventHappens: "of",
    tree.EventPlay: "of",
    tree.GivenArm: "experiment",
    tree.GivenChosen: "experiment",
}


def respell(node: AnyNode, names: Mapping[str, str]) -> AnyNode:
    """`node` with names changed where it speaks of steps; not where steps get their names."""
    changes: dict[str, Any] = {}
    use = _USES.get(type(node))
    for name, value in tree.parts(node):
        if name == use and isinstance(value, str):
            changes[name] = names.get(value, value)
        elif isinstance(value, tree.Node):
            made = respell(value, names)
            if made is not value:
                changes[name] = made
        elif isinstance(value, tuple):
            many = tuple(
                respell(one, names) if isinstance(one, tree.Node) else one for one in value
            )
            if any(a is not b for a, b in zip(many, value, strict=True)):
                changes[name] = many
    different = any(getattr(node, name) is not made for name, made in changes.items())
    return replace(node, **changes) if different else node


def names_in(steps: Sequence[tree.Step]) -> list[str]:
    """The names that steps and those in their blocks give themselves, in text order."""
    every = (name_of(step) for step in walk(tree.Block(tuple(steps))))
    return [name for name in every if name is not None]


def with_new_names(steps: Sequence[tree.Step], taken: Collection[str]) -> tuple[tree.Step, ...]:
    """Steps with other names where theirs are `taken`; they still speak of each other."""
    used = {*taken, *names_in(steps)}
    names: dict[str, str] = {}
    for name in names_in(steps):
        if name in taken and name not in names:
            names[name] = fresh(name, used)
            used.add(names[name])
    if not names:
        return tuple(steps)
    return tuple(respell(_named(step, names), names) for step in steps)


def _named(node: AnyNode, names: Mapping[str, str]) -> AnyNode:
    changes: dict[str, Any] = {}
    for name, value in tree.parts(node):
        own = (isinstance(node, tree.LabelledStatement) and name == "label") or (
            isinstance(node, tree.Experiment) and name == "name"
        )
        if own and value in names:
            changes[name] = names[str(value)]
        elif isinstance(value, tree.Statement | tree.Block):
            changes[name] = _named(value, names)
        elif isinstance(value, tuple):
            changes[name] = tuple(
                _named(one, names) if isinstance(one, tree.Statement) else one for one in value
            )
    return replace(node, **changes)


def fresh(name: str, taken: Collection[str]) -> str:
    """`name`, or the next like it that is not taken: `touch_2` for `touch`, `touch_3` for that."""
    stem, _, number = name.rpartition("_")
    if not (stem and number.isdecimal()):
        stem, number = name, "1"
    count = int(number)
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return name
