"""Draws diagnostics for people: the line, carets below the place, a hint, related places.

 error: This line needs a `:` at its end, because a block stands below it.
   ┌─ flows/cart.flow:12:22
   │
12 │   if cart.value > 3
   │                   ^
   │
   = Add `:` at the end of the line.  [missing-colon]
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping

from dsl.diagnostics import Diagnostic, Span

WIDTH = 100  # columns of source shown; longer lines are cropped around the place
TAB = "    "
_STYLES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "strong": "\x1b[1m",
    "frame": "\x1b[34m",
    "hint": "\x1b[36m",
}
_RESET = "\x1b[0m"


def render(diagnostic: Diagnostic, text: str | None, *, color: bool = False) -> str:
    """One diagnostic as several lines of text, without a line end behind the last.

    `text` is the source of its file; without it only the sentences are drawn.
    """

    def paint(words: str, style: str) -> str:
        return f"{_STYLES[style]}{words}{_RESET}" if color and words else words

    rows = [
        paint(f"{diagnostic.severity}:", diagnostic.severity)
        + " "
        + paint(diagnostic.message, "strong")
    ]
    rows += _excerpt(diagnostic.file, diagnostic.span, text, diagnostic.severity, paint)
    pad = " " * _gutter(diagnostic.span)
    for n, line in enumerate(diagnostic.hint.splitlines() or [""]):
        code = paint(f"[{diagnostic.code}]", "frame") if n == 0 else ""
        words = paint(line, "hint")
        rows.append(
            f"{pad} {paint('=', 'frame')} " + "  ".join(part for part in (words, code) if part)
        )
    for related in diagnostic.related:
        rows.append(f"{pad} {paint('=', 'frame')} {related.message}")
        source = text if related.file == diagnostic.file else None
        rows += _excerpt(related.file, related.span, source, "hint", paint)
    return "\n".join(rows)


def render_all(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool = False
) -> str:
    """Diagnostics one below the other, an empty line between them. `sources` maps file to text."""
    return "\n\n".join(render(one, sources.get(one.file), color=color) for one in diagnostics)


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic for JSON; lines and columns from 1, in code points, ends exclusive."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "file": diagnostic.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _gutter(span: Span) -> int:
    return max(len(str(span.line)), 3) + 1


def _excerpt(
    file: str, span: Span, text: str | None, style: str, paint: Callable[[str, str], str]
) -> list[str]:
    width = _gutter(span)
    pad = " " * width
    rows = [f"{pad} {paint('┌─', 'frame')} {file}:{span.line}:{span.column}"]
    if text is None:
        return rows
    source = _line(text, span)
    if source is None:
        return rows
    column = span.column - 1
    stop = span.end_column - 1 if span.end_line == span.line else len(source.rstrip())
    source, column, stop = _crop(source, column, max(stop, column + 1))
    bar = paint("│", "frame")
    number = paint(str(span.line).rjust(width), "frame")
    before = _cells(source[:column])
    marked = max(_cells(source[column:stop]), 1)
    rows.append(f"{pad} {bar}")
    rows.append(f"{number} {bar} {_visible(source).rstrip()}".rstrip())
    rows.append(f"{pad} {bar} {' ' * before}{paint('^' * marked, style)}")
    return rows


def _line(text: str, span: Span) -> str | None:
    """The line on which `span` starts, found from its offset."""
    if span.start > len(text):
        return None
    start = text.rfind("\n", 0, span.start) + 1
    if start == 0 and text.startswith("\ufeff"):
        start = 1
    end = text.find("\n", span.start)
    return text[start : len(text) if end == -1 else end].rstrip("\r")


def _crop(source: str, column: int, stop: int) -> tuple[str, int, int]:
    """Cuts a long line down to what stands around the place."""
    if len(source) <= WIDTH:
        return source, column, stop
    left = max(min(column - WIDTH // 3, len(source) - WIDTH), 0)
    right = min(left + WIDTH, len(source))
    cut = source[left:right]
    column, stop = column - left, min(stop, right) - left
    if left:
        cut = "…" + cut[1:]
    if right < len(source):
        cut = cut[:-1] + "…"
    return cut, column, max(stop, column + 1)


def _visible(source: str) -> str:
    """Characters that would move the cursor or hide something are shown as what they are."""
    return "".join(_shown(char) for char in source)


def _shown(char: str) -> str:
    if char == "\t":
        return TAB
    if char == "\xa0":
        return " "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"<U+{ord(char):04X}>"
    return char


def _cells(source: str) -> int:
    """How many terminal columns `source` takes."""
    total = 0
    for char in source:
        shown = _shown(char)
        if len(shown) > 1:
            total += len(shown)
        elif unicodedata.combining(char):
            continue
        else:
            total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total
