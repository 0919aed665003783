"""Drawings of a step graph: a pure function from the graph to coordinates, and what shows them."""

from __future__ import annotations

from dsl.graph.drawing.layout import lay_out
from dsl.graph.drawing.places import Box, Insert, Layout, Line
from dsl.graph.drawing.svg import picture, to_svg
from dsl.graph.drawing.texts import to_dot, to_mermaid

__all__ = [
    "Box",
    "Insert",
    "Layout",
    "Line",
    "lay_out",
    "picture",
    "to_dot",
    "to_mermaid",
    "to_svg",
]
