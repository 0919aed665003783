"""What a file holds: bytes and text, line ends, and when two texts say the same."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Final

from dsl.parsing.source import BOM

LINE_END: Final = "\n"
_ENDS = re.compile(r"(?<!\r)\r*\n")


def digest(content: str | bytes) -> str:
    """SHA-256 (hex) of a document's bytes: what an edit must name to be let in."""
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()


def readable(content: bytes) -> str:
    """The text in these bytes; what is no UTF-8 reads as U+FFFD, and is lost if written back."""
    return content.decode("utf-8", "replace")


def plain(text: str) -> str:
    """The text as an editor in the browser has it: every line ends with LF, no byte order mark.

    A CR without LF ends no line, there as in the language: it is a character that stands in one.
    """
    return in_lines(text.removeprefix(BOM))


def in_lines(text: str) -> str:
    """A piece of a text as the editor in the browser has it."""
    return _ENDS.sub(LINE_END, text) if "\r" in text else text


def returns(text: str) -> bool:
    """Whether a CR stands in a text that is no part of an ordinary line end."""
    return "\r" in text.replace("\r\n", "")


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same but for line ends and the byte order mark."""
    return one == other or plain(one) == plain(other)


def line_end(text: str) -> str:
    """The end that most lines of a text have; LF where it has none."""
    if "\r" not in text:
        return LINE_END
    counted: Counter[str] = Counter(_ENDS.findall(text))
    return counted.most_common(1)[0][0]


def dressed(text: str, like: str) -> str:
    """A plain text with the line ends and the byte order mark of another one.

    A line that stands in both keeps its own end, a new one takes the end that most lines have.
    """
    text = plain(text)
    mark = BOM if like.startswith(BOM) else ""
    ends = _ENDS.findall(like)
    if len(set(ends)) <= 1:
        return mark + (text.replace(LINE_END, ends[0]) if ends else text)
    usual = line_end(like)
    old, new = plain(like).split(LINE_END), text.split(LINE_END)
    found = [usual] * (len(new) - 1)
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            if block.a + step < len(ends) and block.b + step < len(found):
                found[block.b + step] = ends[block.a + step]
    return mark + "".join(line + end for line, end in zip(new, [*found, ""], strict=True))


def offset(text: str, line: int, column: int) -> int:
    """Where in a text the browser's place is: line and column from 1, lines as in `plain`.

    What lies outside of the text is its nearest place.
    """
    begin = 1 if text.startswith(BOM) else 0
    ends = [*_ENDS.finditer(text)]
    if line < 1:
        return begin
    if line > len(ends) + 1:
        return len(text)
    if line > 1:
        begin = ends[line - 2].end()
    end = ends[line - 1].start() if line <= len(ends) else len(text)
    return min(begin + max(column - 1, 0), end)
