"""Source text: reading it, finding lines and columns in it, and characters it must not hold."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from dsl.diagnostics import Span

BOM = "\ufeff"
MAX_BYTES = 256 * 1024


class Places:
    """Turns offsets (code points) into lines and columns.

    A line ends with LF or CRLF. A byte order mark takes no column.
    """

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        starts = [1 if text.startswith(BOM) else 0]
        find = text.find
        at = find("\n")
        while at != -1:
            starts.append(at + 1)
            at = find("\n", at + 1)
        self._starts = starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, from 1."""
        starts = self._starts
        line = bisect_right(starts, offset) or 1
        return line, max(offset - starts[line - 1], 0) + 1

    def span(self, start: int, end: int) -> Span:
        starts = self._starts
        line = bisect_right(starts, start) or 1
        begins = starts[line - 1]
        if line == len(starts) or end < starts[line]:  # most spans stay in their line
            return Span(start, end, line, start - begins + 1, line, end - begins + 1)
        end_line, end_column = self.place(end)
        return Span(start, end, line, start - begins + 1, end_line, end_column)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read. Without `valid`, bytes that are not UTF-8 stand in it as U+FFFD, and
    writing the text back would lose them.
    """

    text: str
    valid: bool = True


def read_source(path: Path) -> Source:
    """Reads a `.flow` file. The parser names what is not UTF-8, or too long.

    Raises `OSError` when the file cannot be read at all.
    """
    with path.open("rb") as handle:
        # A little over the limit is enough to know; the rest is never read.
        data = handle.read(MAX_BYTES + 5)
    try:
        return Source(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Source(data.decode("utf-8", "replace"), valid=False)


_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]"
    "|\r(?!\n)|(?<!^)\ufeff"
)


def allowed(text: str) -> str:
    """The text without the characters that no file may hold."""
    return _FORBIDDEN.sub("", text)


@dataclass(frozen=True, slots=True)
class BadCharacter:
    offset: int
    message: str
    hint: str
    code: str = "bad-character"


def bad_characters(text: str) -> list[BadCharacter]:
    """Characters that no `.flow` file may hold, not even in a comment, at most one a line."""
    found: list[BadCharacter] = []
    line_end = -1
    for match in _FORBIDDEN.finditer(text):
        offset = match.start()
        if offset < line_end:
            continue
        line_end = text.find("\n", offset)
        if line_end == -1:
            line_end = len(text)
        found.append(_describe(offset, match.group()))
    return found


def _describe(offset: int, char: str) -> BadCharacter:
    code = f"U+{ord(char):04X}"
    if char == "\0":
        return BadCharacter(
            offset,
            "There is a NUL character here, which no text holds.",
            "Remove it; the file may have been damaged, or saved as UTF-16.",
        )
    if char == "\ufffd":
        return BadCharacter(
            offset,
            "What stands here is not valid UTF-8; it was read as U+FFFD.",
            "Save the file with the encoding UTF-8, and type the character again.",
            "invalid-utf8",
        )
    if char == "\r":
        return BadCharacter(
            offset,
            "There is a carriage return here without a line feed after it.",
            "Save the file with Unix (LF) or Windows (CR LF) line ends.",
        )
    if char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        return BadCharacter(
            offset,
            f"An invisible character ({code}) here changes the direction of the text, so that it "
            "reads differently from what it does.",
            "Remove it.",
        )
    if char == BOM:
        return BadCharacter(
            offset,
            "There is a byte order mark (U+FEFF) in the middle of the text.",
            "Remove it; it is invisible.",
        )
    if char in "\u2028\u2029":
        return BadCharacter(
            offset,
            f"There is an unusual line separator ({code}) here.",
            "Replace it by an ordinary line end.",
        )
    if "\ud800" <= char <= "\udfff":
        return BadCharacter(
            offset, f"Half a character ({code}) stands here.", "Type the character again."
        )
    return BadCharacter(offset, f"There is a control character ({code}) here.", "Remove it.")
