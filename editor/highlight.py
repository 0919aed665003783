"""Flow text with its words marked up, line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'(?P<comment>#.*)|(?P<string>"(?:\\.|[^"\\])*"?)'
    r"|(?P<number>\b\d{4}-\d\d-\d\d(?: \d\d:\d\d)?|\b\d\d:\d\d|\b\d\d-\d\d\b"
    r"|\b\d[\d_]*(?:\.\d+)?%?)"
    r"|(?P<word>[^\W\d]\w*(?:-enter)?)"
)
_DECLARES = re.compile("(?:store|customer|product|event|webhook|score|coupon|segment|flow|test)$")
_KEYWORDS = re.compile(
    "(?:about|enter|when|or|per|for|each|item|where|who|every|days?|weeks?|months?|years?|at|once"
    "|on|manually|only|if|re-enter|never|always|after|exit|go|to|goal|within|holdout|priority"
    "|quiet|hours?|transactional|moved|wait|until|up|else|switch|case|experiment|as|repeat|times?"
    "|send|show|notify|with|call|set|clear|add|remove|tag|give|subscribe|unsubscribe|from|track"
    "|start|stop|and|not|in|is|did|count|of|sum|average|min|max|latest|since|last|least|most"
    "|contains|starts|ends|has|can|receive|be|tracked|joins|leaves|price|drops|by|stock|falls"
    "|below|back|best|given|ago|run|expect|no|reached|missed|all|any|none|before|minutes?"
    "|products|bought|similar|bestsellers|recently|viewed|dearer|than|new|arm|over|limits|anyway|winner|chosen)$"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; `kind` is "" for plain text."""

    kind: str
    text: str


def highlight(line: str) -> list[Piece]:
    """The pieces of one line; together they are the line."""
    pieces: list[Piece] = []
    at = 0
    for found in _TOKEN.finditer(line):
        if found.start() > at:
            pieces.append(Piece("", line[at : found.start()]))
        kind = found.lastgroup or ""
        text = found.group()
        if kind == "word":
            first = not line[: found.start()].strip()
            qualified = line[found.end() : found.end() + 1] == "."
            if first and _DECLARES.match(text) and not line.startswith(" "):
                kind = "declare"
            elif _KEYWORDS.match(text) and not qualified:
                kind = "keyword"
            else:
                kind = "name"
        pieces.append(Piece(kind, text))
        at = found.end()
    if at < len(line):
        pieces.append(Piece("", line[at:]))
    return pieces
