"""The headers of a mail as bytes, such that no value can be anything but a value.

A value is written as it is where it cannot be misread, else as encoded words (RFC 2047) of our
own making. Python's `email` package is not asked: it decodes an encoded word that a value holds
and writes what was in it, line breaks included.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

MAX_LINE = 76
"""Characters of a line before it is folded; RFC 5322 wants at most 78."""

_LONGEST = 900
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WORD_BYTES = 42
"""Bytes in one encoded word: 56 letters of base64 and 12 around them."""
_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/]*={0,2})\?=")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


class HeaderError(Exception):
    """A value that no header can hold as it is; the text says which and why."""


def unstructured(name: str, text: str) -> bytes:
    """A header of free text, such as Subject. Raises `HeaderError`."""
    _refuse_breaks(name, text)
    if not text:
        return f"{name}: \r\n".encode()
    if _is_plain(text) and "  " not in text:
        lines = _folded(f"{name}: {text}")
        if all(len(line) < _LONGEST for line in lines):
            return "\r\n ".join(lines).encode() + b"\r\n"
    return _with_words(f"{name}:", text)


def mailboxes(name: str, boxes: Sequence[tuple[str, str]]) -> bytes:
    """A header of addresses: (display name, address) each. Raises `HeaderError`."""
    written = [_mailbox(name, *box) for box in boxes]
    return f"{name}: ".encode() + b",\r\n ".join(written) + b"\r\n"


def verbatim(name: str, text: str) -> bytes:
    """A header of our own making that is never folded, such as Message-ID. Raises `HeaderError`."""
    if not _is_plain(text) or len(text) > _LONGEST:
        raise HeaderError(f"The {name} is too long or holds characters that it must not hold.")
    return f"{name}: {text}\r\n".encode()


def check(head: bytes, names: Sequence[str], subject: str) -> None:
    """Read a head back: it has just these headers, and its subject is just this text.

    Raises:
        HeaderError: it is not so.
    """
    if not head.endswith(b"\r\n") or re.search(rb"\r(?!\n)|(?<!\r)\n", head):
        raise HeaderError("A header holds a line break.")
    unfolded = re.sub(rb"\r\n[ \t]", b" ", head[:-2]).split(b"\r\n")
    found = [line.partition(b":")[0].decode("ascii", "replace") for line in unfolded]
    if found != list(names):
        raise HeaderError("A header would become another one.")
    told = unfolded[found.index("Subject")].partition(b":")[2].decode("ascii", "replace")
    if _read(told.strip(" ")) != subject:
        raise HeaderError("The subject would be read as another text.")


def _read(told: str) -> str | None:
    """What a reader makes of free text that we have written; None where that is not certain."""
    if "=?" not in told:
        return told
    pieces: list[bytes] = []
    for word in told.split(" "):
        match = _WORD.fullmatch(word)
        if match is None:
            return None
        try:
            pieces.append(base64.b64decode(match[1], validate=True))
        except ValueError:
            return None
    return b"".join(pieces).decode(errors="replace")


def _mailbox(header: str, name: str, address: str) -> bytes:
    _refuse_breaks(header, name)
    _refuse_breaks(header, address)
    if "=?" in address or any(letter in address for letter in ' <>,;:"()[]\\'):
        raise HeaderError(f"The {header} holds an address that mail cannot be sent to.")
    if not name:
        return address.encode()
    if _is_plain(name) and len(name) < MAX_LINE:
        quoted = name if _ATOM.fullmatch(name) else f'"{_escaped(name)}"'
        return f"{quoted} <{address}>".encode()
    return _words(name).encode() + f"\r\n <{address}>".encode()


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and "=?" not in text and "?=" not in text


def _folded(line: str) -> list[str]:
    """A line cut at spaces; what comes after a cut starts with one when it is put together."""
    lines: list[str] = []
    while len(line) > MAX_LINE:
        at = line.rfind(" ", 1, MAX_LINE)
        if at <= line.find(": ") + 1 and not lines:
            at = -1
        if at <= 0:
            at = line.find(" ", MAX_LINE)
            if at < 0:
                break
        lines.append(line[:at])
        line = line[at + 1 :]
    return [*lines, line]


def _with_words(start: str, text: str) -> bytes:
    return f"{start} {_words(text)}\r\n".encode()


def _words(text: str) -> str:
    """Encoded words, one a line; no letter is cut in two."""
    pieces: list[bytes] = []
    piece = b""
    for letter in text:
        encoded = letter.encode()
        if len(piece) + len(encoded) > _WORD_BYTES:
            pieces.append(piece)
            piece = b""
        piece += encoded
    pieces.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(one).decode()}?=" for one in pieces)


def _refuse_breaks(name: str, text: str) -> None:
    if _BREAKS.search(text):
        raise HeaderError(f"The {name.lower()} holds a line break or a control character.")
