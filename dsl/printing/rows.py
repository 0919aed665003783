"""A line that its author broke inside brackets stays broken there, its comments in their places.

The printer says what the line says, on one row; here that row is broken behind the same words as
the author's. Where the two differ in words (a needless parenthesis went, `2 day` became `2 days`),
breaks follow the words that both have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from dsl.parsing.scanner import EMPTY_COMMENT, comment_text

_PIECES = re.compile(
    r'(?P<STRING>"(?:\\.|[^"\\\n])*")|#(?P<COMMENT>[^\n]*)|(?P<END>\n)'
    r"|(?P<MARK>[()\[\],:])|(?P<WORD>[^\s()\[\],:\"#]+)"
)
_OPENS, _CLOSES = "([", ")]"


@dataclass(slots=True)
class _Break:
    """A line end between two words: the comment behind it, and comment lines of their own."""

    tail: str = ""
    own: list[str] = field(default_factory=list)
    comma: bool = False


def break_rows(line: str, rows: str) -> list[tuple[int, str, str]]:
    """`line` in rows as the author's `rows`: of each how deep it lies, its words and its comment.

    A row without words is a comment line. Joined, the words say what `line` says, but for a comma
    behind the last item, which stays where a row ends in it.
    """
    theirs, breaks = _read(rows)
    pieces = list(_PIECES.finditer(line))
    ours = [piece.group() for piece in pieces]
    moved = _follow(theirs, ours, breaks)
    made: list[tuple[int, str, str]] = []
    opened: list[int] = []  # the row on which each open bracket stands
    depth, begin = 0, 0
    for place, piece in enumerate(pieces):
        found = moved.get(place)
        if found is not None and opened:
            comma = "," if found.comma and piece.group() in _CLOSES else ""
            words = line[begin : pieces[place - 1].end()] + comma
            made.append((depth, words, found.tail))
            made += [(len(set(opened)), "", comment) for comment in found.own]
            begin = piece.start()
            still = len(opened)
            for later in pieces[place:]:
                if later.group() not in _CLOSES or not still:
                    break
                still -= 1
            depth = len(set(opened[:still]))
        if piece.group() in _OPENS:
            opened.append(len(made))
        elif piece.group() in _CLOSES and opened:
            opened.pop()
    made.append((depth, line[begin:], ""))
    return made


def _read(rows: str) -> tuple[list[str], dict[int, _Break]]:
    """The author's words, without a comma behind the last item, and the breaks in front of them."""
    words: list[str] = []
    breaks: dict[int, _Break] = {}
    comment: str | None = None
    fresh = False  # nothing stands on this row yet
    for match in _PIECES.finditer(rows):
        kind = match.lastgroup
        if kind == "COMMENT":
            comment = comment_text(match.group())
        elif kind == "END":
            found = breaks.setdefault(len(words), _Break())
            if comment is not None and fresh:
                found.own.append(comment)
            elif comment is not None:
                found.tail = comment
            comment, fresh = None, True
        else:
            word, fresh = match.group(), False
            if word in _CLOSES and words and words[-1] == ",":
                words.pop()
                _drop_comma(breaks, len(words))
            words.append(word)
    return words, breaks


def _drop_comma(breaks: dict[int, _Break], place: int) -> None:
    """Breaks around a comma that goes become one; where a row ended in the comma, it stays."""
    behind = breaks.pop(place + 1, None)
    if behind is None:
        return
    before = breaks.setdefault(place, _Break())
    before.comma = True
    comments = [behind.tail, *behind.own] if before.tail or before.own else behind.own
    before.tail = before.tail or ("" if before.own else behind.tail)
    before.own += [one for one in comments if one]


def _follow(theirs: list[str], ours: list[str], breaks: dict[int, _Break]) -> dict[int, _Break]:
    """The breaks in front of the same words of `ours`."""
    if theirs == ours:
        return breaks
    place: dict[int, int] = {}
    for one in SequenceMatcher(None, theirs, ours, autojunk=False).get_matching_blocks():
        for step in range(one.size):
            place[one.a + step] = one.b + step
    moved: dict[int, _Break] = {}
    for at, found in breaks.items():
        before = next((place[n] + 1 for n in range(at - 1, -1, -1) if n in place), 0)
        target = place.get(at, before)
        same = moved.get(target)
        if same is None:
            moved[target] = found
        else:
            same.own += [one for one in (found.tail, *found.own) if one]
    return moved


def print_comment(text: str) -> str:
    """A comment as it stands in the text."""
    if text == EMPTY_COMMENT:
        return "#"
    return f"#{text}" if text.startswith(("#", "!")) else f"# {text}"
