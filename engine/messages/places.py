"""Offsets in a message file as lines and columns."""

from __future__ import annotations

from dsl.diagnostics import Span


def span_between(source: str, start: int, end: int) -> Span:
    """The span of `source[start:end]`; lines and columns from 1, in code points, end exclusive."""
    start = max(0, min(start, len(source)))
    end = max(start, min(end, len(source)))
    line, column = line_and_column(source, start)
    end_line, end_column = line_and_column(source, end)
    return Span(start, end, line, column, end_line, end_column)


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """Line and column (both from 1) of `offset`. CR LF counts as one line end."""
    before = source[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1
