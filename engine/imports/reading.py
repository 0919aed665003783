"""The rows of a file, one after another: CSV in any of its dialects, JSON lines, a JSON list.

A file is read in one direction and never held whole. What cannot be read as a row comes as a
row with the reason; reading goes on with the next line.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.errors import RefusedError
from engine.intake.cells import plain

MAX_LINE: Final = 1 << 20
"""Characters of a line, or of a row with line breaks in its cells."""
CHUNK: Final = 1 << 20
"""Bytes that are read at once."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEP: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_REJECTED: Final = ["line", "reason"]
"""The columns that a file of rejected rows has before the original ones."""

csv.field_size_limit(4 * MAX_LINE)


class UnreadableFileError(RefusedError):
    """The file as a whole cannot be imported; the text says why."""


@dataclass(slots=True)
class Row:
    """One row: `told` by column, or the `reason` why there is none; `cells` as they stood."""

    line: int
    told: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    cells: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """What a first look at a file says: its content, how it is written, and what it holds."""

    path: Path
    digest: str
    encoding: str
    shape: str  # csv, json (a list or an object), jsonl, xml, empty
    size: int
    fault: int | None  # the first byte (from 1) that the encoding does not know


def look_at(path: Path, encoding: str = "") -> Found:
    """Read a file once for its digest and encoding.

    Raises:
        UnreadableFileError: it cannot be read, or is no text in its encoding.
    """
    digest, size, fault = hashlib.sha256(), 0, None
    try:
        with path.open("rb") as file:
            head = file.read(CHUNK)
            used = encoding or _encoding_of(head)
            decode = _decoder(used)
            chunk = head
            while chunk:
                digest.update(chunk)
                if fault is None:
                    fault = _fault(decode, chunk, size)
                size += len(chunk)
                chunk = file.read(CHUNK)
            if fault is None:
                fault = _fault(decode, b"", size, final=True)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}") from None
    if fault is not None and not used.startswith("utf-8"):
        raise UnreadableFileError(f"{path} is not {used.upper()} text: byte {fault:,}")
    start = head.decode(used, "ignore").lstrip()[:4096]
    return Found(path, digest.hexdigest(), used, _shape(start), size, fault)


def _encoding_of(head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if head.startswith((b"<\x00", b"{\x00", b"i\x00")):
        return "utf-16-le"
    return "utf-8"


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise UnreadableFileError(f"there is no encoding called {encoding}") from None


def _fault(
    decoder: codecs.IncrementalDecoder, chunk: bytes, before: int, *, final: bool = False
) -> int | None:
    kept = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        return before - kept + error.start + 1
    return None


def _shape(start: str) -> str:
    if not start:
        return "empty"
    if start[0] == "<":
        return "xml"
    if start[0] == "[":
        return "json"
    if start[0] == "{":
        first, newline, rest = start.partition("\n")
        try:
            json.loads(first)
        except ValueError:
            # A line that breaks off is a bad line if others follow that look like it.
            return "jsonl" if newline and rest.lstrip()[:1] == "{" else "json"
        return "jsonl" if rest.strip() or not _holds_a_list(json.loads(first)) else "json"
    return "csv"


def _holds_a_list(value: Any) -> bool:
    return isinstance(value, dict) and any(
        isinstance(value.get(name), list) for name in ("products", "customers", "orders", "events")
    )


def open_text(found: Found) -> io.TextIOWrapper:
    """The file as text; broken UTF-8 stays recognisable."""
    errors = "surrogateescape" if found.encoding.startswith("utf-8") else "strict"
    return io.TextIOWrapper(
        found.path.open("rb"), encoding=found.encoding, errors=errors, newline=""
    )


# --- CSV -----------------------------------------------------------------------------------


class _TooLongError(Exception):
    """A row that does not end."""


class _Lines:
    """Physical lines for the csv module, with a memory of those that belong to the present row."""

    def __init__(self, text: io.TextIOWrapper, offset: int, *, broken: bool) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0  # of the last line taken
        self._length = 0
        self._broken = broken
        self._offset = offset

    def peek(self) -> str:
        """The first line that is not blank; it stays to be read."""
        while (line := self._text.readline(MAX_LINE)) and not line.strip():
            self.number += 1
            self._offset += _bytes(line)
        if line:
            self._again.append(line)
        return line

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._length += len(line)
        if self._length >= MAX_LINE:
            raise _TooLongError
        return line

    def start_row(self) -> None:
        if self._broken:
            self._offset += sum(_bytes(line) for line in self.taken)
        self.taken, self._length = [], 0

    def take_back(self) -> None:
        """Keep the row's first line only; what followed it is read anew."""
        rest = self.taken[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        del self.taken[1:]

    def skip_rest(self) -> None:
        """Leave out what is left of a line that is too long to be kept."""
        line = self.taken[-1]
        while len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_LINE)
            self._offset += _bytes(line) if self._broken else 0

    def broken_byte(self) -> int | None:
        """Where in the file (from 1) the present row holds a byte that is no UTF-8."""
        if not self._broken:
            return None
        at = self._offset
        for line in self.taken:
            for place, letter in enumerate(line):
                if "\udc80" <= letter <= "\udcff":
                    return at + _bytes(line[:place]) + 1
            at += _bytes(line)
        return None


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def delimiter_of(heading: str) -> str:
    """What separates the cells of a heading: comma, semicolon, tab or bar."""
    outside = "".join(heading.split('"')[::2])
    return max(",;\t|", key=outside.count)


class Csv:
    """A CSV file: `heading`, and its rows by iteration."""

    def __init__(self, found: Found) -> None:
        """Raises UnreadableFileError when the heading is no heading."""
        mark = len(codecs.BOM_UTF8) if found.encoding == "utf-8-sig" else 0
        self._lines = _Lines(open_text(found), mark, broken=found.fault is not None)
        first = self._lines.peek()
        if said := _SEP.fullmatch(first.strip()):
            # Excel's own first line, which says what separates the cells of the others.
            next(self._lines)
            self._lines.start_row()
            self._lines.peek()
            self.delimiter = said[1]
        else:
            self.delimiter = delimiter_of(first)
        self._reader = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
        self.heading = self._heading(found)
        # A file of rejected rows, mended: its own two columns are not the customers'.
        self._mended = self.heading[:2] == _REJECTED
        self._from = 2 if self._mended else 0

    def _heading(self, found: Found) -> list[str]:
        try:
            heading = [name.strip() for name in next(self._reader, [])]
        except (csv.Error, _TooLongError) as error:
            raise UnreadableFileError(
                f"{found.path}: the heading cannot be read: {error}"
            ) from None
        byte = self._lines.broken_byte()
        if byte is not None:
            raise UnreadableFileError(
                f"{found.path}: the heading is not UTF-8 text (byte {byte:,});"
                " say --encoding, for example --encoding cp1252"
            )
        while heading and not heading[-1]:
            heading.pop()
        names = [name for name in heading if name]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UnreadableFileError(f"{found.path}: the heading names {twice[0]!r} twice")
        if len(names) < len(heading):
            raise UnreadableFileError(
                f"{found.path}: column {heading.index('') + 1} of the heading has no name"
            )
        return heading

    @property
    def columns(self) -> list[str]:
        """The columns of the original file."""
        return self.heading[self._from :]

    def __iter__(self) -> Iterator[Row]:
        lines, width, names = self._lines, len(self.heading), self.columns
        skip = self._from
        while True:
            lines.start_row()
            first = lines.number + 1
            reason = ""
            cells: list[str] = []
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                reason = _words_of(str(error))
            except _TooLongError:
                lines.skip_rest()
                reason = f"the row has more than {MAX_LINE:,} characters"
            if not reason:
                if not any(map(str.strip, cells)):
                    continue  # spreadsheets leave blank rows, with as many separators as they like
                while len(cells) > width and not cells[-1]:
                    cells.pop()
                if len(cells) != width:
                    reason = f"{len(cells)} cells, the heading has {width}"
            if reason:
                if len(lines.taken) > 1:
                    if cells:
                        reason += ", or a quotation mark is not closed"
                        cells = []
                    lines.take_back()
                # As text: a part of a character cannot be written down.
                shown = cells[skip:] or [lines.taken[0].rstrip("\r\n")[:2000]]
                yield Row(first, reason=reason, cells=list(map(_readable, shown)))
                continue
            byte = lines.broken_byte()
            cells = cells[skip:]
            if byte is not None:
                reason = f"not UTF-8 text (byte {byte:,} of the file)"
                yield Row(first, reason=reason, cells=list(map(_readable, cells)))
                continue
            told = {
                name: plain(cell) for name, cell in zip(names, cells, strict=True) if cell.strip()
            }
            yield Row(first, told, cells=cells)


def _readable(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()


def _words_of(error: str) -> str:
    if "unexpected end" in error:
        return "a quotation mark is opened and never closed"
    if "expected after" in error:
        return "a quotation mark stands inside of a cell that is not quoted as a whole"
    return f"cannot be read as CSV: {error}"
