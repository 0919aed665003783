"""Says in plain words what is wrong with a line that does not fit the grammar."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.lexer import Refused, Token
from dsl.scanner import Line


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that was read up to `token`, which cannot stand there (None: the line just ends).

    `expected` are the terminals that could stand there, None when nobody asked.
    """

    text: str
    line: Line
    tokens: list[Token]
    token: Token | None
    expected: frozenset[str] | None
    keywords: dict[str, str]


def explain(mistake: Mistake) -> Refused:
    token = mistake.token
    line = mistake.line
    start, end = (token.start, token.end) if token else (line.end, line.end)
    what = f"`{token.text}`" if token else "the end of the line"
    return Refused(
        "syntax",
        f"I did not expect {what} here.",
        ", ".join(sorted(mistake.expected or ())),
        start,
        end,
    )
