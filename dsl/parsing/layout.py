"""What the place of a line makes impossible, whatever its words say."""

from __future__ import annotations

from dsl.parsing.lexer import Refused
from dsl.parsing.scanner import Line

MAX_BLOCKS = 50


def check_place(line: Line, depth: int, text: str) -> None:
    """Refuses a line, `depth` blocks deep, whose indentation or open quote cannot be right."""
    if line.fault == "unexpected":
        raise Refused(
            "unexpected-indent",
            "This line is indented, but nothing stands above it that it could belong to.",
            "Declarations start at the beginning of a line.",
            line.start,
            line.end,
        )
    if line.fault == "between":
        raise Refused(
            "inconsistent-indent",
            "The indentation of this line matches no line above it.",
            "Indent it exactly like the lines of the block where it belongs.",
            line.start,
            line.end,
        )
    if depth > MAX_BLOCKS and line.children:
        raise Refused(
            "too-deep",
            f"Blocks lie more than {MAX_BLOCKS} deep here.",
            "Move the inner part into a flow of its own and `start flow` it.",
            line.start,
            line.end,
        )
    if line.unclosed >= 0:
        row_end = text.find("\n", line.unclosed, line.end)
        raise Refused(
            "unclosed-text",
            'The text that starts here has no closing `"`.',
            'Text stands between double quotes on one line; write `\\"` for a quote inside it.',
            line.unclosed,
            line.end if row_end < 0 else row_end,
        )
