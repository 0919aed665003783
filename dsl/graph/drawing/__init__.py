"""Drawings of a step graph: a pure function from the graph to coordinates, and what shows them."""

from __future__ import annotations

from dsl.graph.drawing.layout import Box, Layout, Line, lay_out
from dsl.graph.drawing.svg import to_svg
from dsl.graph.drawing.texts import to_dot, to_mermaid

__all__ = ["Box", "Layout", "Line", "lay_out", "to_dot", "to_mermaid", "to_svg"]
