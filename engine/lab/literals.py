"""The literals of a test as plain values; `engine.core.values` reads them by declared types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dsl import tree


def literal(node: tree.Value) -> Any:
    """Text, Decimal, bool, date, datetime, time or a list of such. Computed values are none."""
    match node:
        case tree.Text() | tree.Boolean() | tree.Date() | tree.DateTime() | tree.TimeOfDay():
            return node.value
        case tree.Number():
            return node.value
        case tree.Percent():
            return node.value / 100
        case tree.ListOf():
            return [literal(item) for item in node.items]
        case _:
            return None


def arguments(nodes: Iterable[tree.Argument]) -> dict[str, Any]:
    return {node.name: literal(node.value) for node in nodes}
