"""The one way through a tree: what a node says, what lies below it, everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dsl.tree.node import Node

__all__ = ["below", "parts", "walk"]

_LAYOUT = frozenset(
    "lead tail inner dangling span raw blank_before parens rows unread".split()  # noqa: SIM905
)
"""What a node has beside what it says."""

_SAYS: dict[type[Node], tuple[str, ...]] = {}


def parts(node: Node) -> Iterator[tuple[str, object]]:
    """The fields by which a node says something, with their values; no comments, no layout."""
    kind = type(node)
    says = _SAYS.get(kind)
    if says is None:
        says = _SAYS[kind] = tuple(one.name for one in fields(kind) if one.name not in _LAYOUT)
    for name in says:
        yield name, getattr(node, name)


def below(node: Node) -> Iterator[tuple[str, Node]]:
    """The nodes right below a node, in text order, each with the field that it stands in."""
    for name, value in parts(node):
        if isinstance(value, Node):
            yield name, value
        elif isinstance(value, tuple):
            for one in value:
                if isinstance(one, Node):
                    yield name, one


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it, in text order."""
    yield node
    for _, one in below(node):
        yield from walk(one)
