"""With which values a condition holds, as far as it compares names with values."""

from __future__ import annotations

from collections.abc import Iterator

from dsl import tree
from engine.lab import wording


def wanted(asked: tree.Condition, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The property that is asked for and a literal with which it holds, "" for any."""
    match asked:
        case tree.Equals(left=tree.Path(parts=(root, name)), right=value, negated=False) if (
            root in roots and not isinstance(value, tree.Path)
        ):
            yield name, wording.value(value)
        case tree.State(value=tree.Path(parts=(root, name)), state="set", negated=False) if (
            root in roots
        ):
            yield name, ""
        case tree.OneOf(value=tree.Path(parts=(root, name)), options=options, negated=False) if (
            root in roots and options.items
        ):
            yield name, wording.value(options.items[0])
        case tree.Contains(left=tree.Path(parts=(root, name)), right=value) if root in roots:
            yield name, wording.value(value)
        case tree.Edge(left=tree.Path(parts=(root, name)), right=value) if root in roots:
            yield name, wording.value(value)
        case _:
            return


def asked_for(condition: tree.Condition) -> Iterator[tuple[str, tree.Value]]:
    """Values with which the condition holds, as far as it compares names with values."""
    match condition:
        case tree.Equals(left=tree.Path(parts=(*_roots, name)), right=value, negated=False):
            yield str(name), value
        case tree.Compare(
            left=tree.Path(parts=(*_roots, name)), right=tree.Number() as bound, op=sign
        ):
            more = {">": 1, "<": -1}.get(sign, 0)
            amount = bound.value + more
            yield str(name), tree.Number(amount, str(amount))
        case tree.OneOf(value=tree.Path(parts=(*_roots, name)), options=options, negated=False):
            if options.items:
                yield str(name), options.items[0]
        case tree.All(conditions=all_of):
            for one in all_of:
                yield from asked_for(one)
        case tree.AnyOf(conditions=any_of):
            yield from asked_for(any_of[0])
        case _:
            return
