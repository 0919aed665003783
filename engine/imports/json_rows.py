"""The objects of a JSON file, one after another: JSON lines, or one list."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

import orjson

from engine.imports.reading import CHUNK, MAX_LINE, Found, Row, UnreadableFileError, open_text


def json_lines(found: Found) -> Iterator[Row]:
    """Each line an object."""
    offset = 0
    with found.path.open("rb") as raw:
        file: BinaryIO | _Utf16 = raw if found.encoding.startswith("utf-8") else _Utf16(found)
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            start = offset
            offset += len(line)
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                while (more := file.readline(MAX_LINE)) and not more.endswith(b"\n"):
                    offset += len(more)
                offset += len(more)
                yield Row(number, reason=f"the line has more than {MAX_LINE:,} bytes")
                continue
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            yield _json_row(number, line, start)


def _json_row(number: int, line: bytes, start: int) -> Row:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        shown = line.decode("utf-8", "replace").rstrip()[:2000]
        reason = f"not UTF-8 text (byte {start + error.start + 1:,} of the file)"
        return Row(number, reason=reason, cells=[shown])
    shown = text.rstrip("\r\n")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Row(number, reason=f"not JSON: {error.msg}", cells=[shown])
    if not isinstance(value, dict):
        return Row(number, reason="not a JSON object", cells=[shown])
    return Row(number, value, cells=[shown])


class _Utf16:
    """The lines of a UTF-16 file as UTF-8."""

    def __init__(self, found: Found) -> None:
        self._text = open_text(found)

    def readline(self, _limit: int) -> bytes:
        return self._text.readline(MAX_LINE).encode()


def json_items(found: Found) -> Iterator[Row]:
    """The objects of a JSON list, be it the document or its one list (`{"products": [..]}`).

    Raises:
        UnreadableFileError: the document breaks off, or holds no list.
    """
    text = open_text(found)
    decoder = json.JSONDecoder()
    held, line, inside = "", 1, False
    ended = False
    while not ended:
        more = text.read(CHUNK)
        ended = not more
        held += more
        if not inside:
            place = held.find("[")
            if place < 0:
                continue
            line += held.count("\n", 0, place)
            held, inside = held[place + 1 :], True
        while True:
            rest = held.lstrip(", \t\r\n")
            line += held.count("\n", 0, len(held) - len(rest))
            held = rest
            if not held or held[0] == "]":
                break
            try:
                value, end = decoder.raw_decode(held)
            except ValueError as error:
                if len(held) > 4 * MAX_LINE or ended:
                    raise UnreadableFileError(
                        f"{found.path}: not JSON from line {line} on: {error}"
                    ) from None
                break
            piece, held = held[:end], held[end:]
            if isinstance(value, dict):
                yield Row(line, value, cells=[piece])
            else:
                yield Row(line, reason="not a JSON object", cells=[piece[:2000]])
            line += piece.count("\n")
        if held[:1] == "]":
            return
    raise UnreadableFileError(f"{found.path}: the JSON list does not end")
