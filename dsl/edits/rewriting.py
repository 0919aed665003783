"""A tree with some of its nodes changed, which shares all others with the tree it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from dsl import tree

AnyNode = TypeVar("AnyNode", bound=tree.Node)
Swaps = Mapping[int, tree.Node | tuple[tree.Node, ...]]
_HOLDERS = (tree.Statement, tree.Block, tree.File)


def rewrite(node: AnyNode, swaps: Swaps) -> AnyNode:
    """`node` with the nodes below it that `swaps` has (by identity) replaced.

    Several nodes, or none, may take a place in a list. What is put in is looked through as well.
    """
    changes: dict[str, Any] = {}
    for name, value in tree.parts(node):
        if isinstance(value, tree.Node):
            (made,) = _put(value, swaps)
            if made is not value:
                changes[name] = made
        elif isinstance(value, tuple):
            many = tuple(made for one in value for made in _put(one, swaps))
            if len(many) != len(value) or any(a is not b for a, b in zip(many, value, strict=True)):
                changes[name] = many
    return replace(node, **changes) if changes else node


def _put(value: Any, swaps: Swaps) -> tuple[Any, ...]:
    put = swaps.get(id(value), value) if isinstance(value, tree.Node) else value
    many = put if isinstance(put, tuple) else (put,)
    return tuple(rewrite(one, swaps) if isinstance(one, _HOLDERS) else one for one in many)


def copy(node: AnyNode) -> AnyNode:
    """The same node as another object, and so all statements in it."""
    changes: dict[str, Any] = {}
    for name, value in tree.parts(node):
        if isinstance(value, _HOLDERS):
            changes[name] = copy(value)
        elif isinstance(value, tuple):
            changes[name] = tuple(copy(one) if isinstance(one, _HOLDERS) else one for one in value)
    return replace(node, **changes)
