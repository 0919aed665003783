"""A line that does not fit the grammar, and the answer about it."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.scanner import Line


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

    @property
    def words(self) -> list[str]:
        """The words that could stand here."""
        expected = self.expected or frozenset()
        return [word for word, symbol in self.keywords.items() if symbol in expected]

    def behind(self, token: Token) -> str:
        """The character behind a token, on its line."""
        return self.text[token.end : token.end + 1]


def at(token: Token, code: str, message: str, hint: str) -> Refused:
    """An answer that blames `token`."""
    return Refused(code, message, hint, token.start, token.end)


def short(text: str) -> str:
    """`text`, cut when it would fill the sentence."""
    return text if len(text) <= 40 else text[:39] + "…"
