"""From the bytes of a request to JSON values, within bounds and without surprises.

What JSON leaves open is closed here: a key stands once in an object, numbers are finite and fit
64 bits, text has no NUL and no half of a surrogate pair, nesting ends. A batch with a broken item
is cut into its items first, so that the neighbours of the broken one are read.

Nearly all that comes is plain, and is read by orjson at once. What orjson does not take, or takes
where we may not, is read anew with care: only that reading says what is wrong.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from engine.intake.refusal import Refusal, too_large

MAX_BODY = 500 * 1024
"""Bytes of a request, unpacked: what Segment's clients keep to."""
MAX_EVENT = 32 * 1024
"""Bytes of one event."""
MAX_ITEMS = 10_000
MAX_DEPTH = 200

_BIG = 2**63
_GZIP = b"\x1f\x8b"
_DIGITS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG_NUMBER = b"0" * 19
"""As long as a number that may not fit 64 bits, by `_DIGITS`."""
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)


def unpack(body: bytes, encoding: str = "", limit: int = MAX_BODY) -> bytes:
    """The body without its compression, which is known by header or by its first bytes.

    At most `limit` bytes are ever unpacked, so that a small bomb stays small. Raises `Refusal`.
    """
    if body[:2] == _GZIP:
        window = 31
    elif encoding == "deflate":
        window = 15 if body[:1] == b"\x78" else -15
    else:
        if len(body) > limit:
            raise too_large(f"The body is larger than {limit // 1024} KB.", "body")
        return body
    unpacker = zlib.decompressobj(window)
    try:
        text = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Refusal("encoding", "The body cannot be decompressed.", field="body") from error
    if len(text) > limit:
        raise too_large(f"The body unpacks to more than {limit // 1024} KB.", "body")
    if not unpacker.eof:
        raise Refusal("encoding", "The compressed body ends too early.", field="body")
    return text


@dataclass(frozen=True, slots=True)
class Batch:
    """What surrounds the items (`writeKey`, `sentAt`, `context`), and the items themselves."""

    head: dict[str, Any]
    items: list[dict[str, Any] | Refusal]


def read_object(text: bytes) -> dict[str, Any]:
    """The one call of a request. Raises `Refusal`."""
    plain = _plain(text)
    if isinstance(plain, dict) and _quotes([plain]) == text.count(b'"'):
        return plain
    # Broken UTF-8 becomes lone surrogates, which the check of the values finds and names.
    value = check_item(_parse(text.decode("utf-8-sig", "surrogateescape")), len(text))
    if isinstance(value, Refusal):
        raise value
    return value


def read_document(text: bytes) -> dict[str, Any]:
    """One JSON object of any size. Raises `Refusal`."""
    value = _parse(_decoded(text))
    if not isinstance(value, dict):
        raise Refusal("invalid", "The body is not a JSON object.", field="body")
    fault = _first_fault(value)
    if fault:
        raise fault
    return value


def read_batch(text: bytes, name: str = "batch") -> Batch:
    """A body whose member `name` is a list of calls.

    Items that cannot be taken come as the `Refusal` that says why. Raises `Refusal` when the
    frame around them cannot be read.
    """
    batch = _plain_batch(text, name)
    if batch is not None:
        return batch
    items: list[Any]
    try:
        head = _parse(_decoded(text))
    except Refusal as whole:
        head, slices = _cut(text, name, whole)
        items = [_parse_alone(piece) for piece in slices]
    else:
        if isinstance(head, list):
            head = {name: head}
        if not isinstance(head, dict):
            raise Refusal("invalid", "The body is not a JSON object.", field="body")
        items = head.pop(name, None)
        if not isinstance(items, list):
            raise Refusal("invalid", f"`{name}` is not a list.", field=name)
    if len(items) > MAX_ITEMS:
        raise too_large(f"A batch holds at most {MAX_ITEMS:,} items.", name)
    return Batch(head, [check_item(item) for item in items])


def _plain(text: bytes) -> Any:
    """What orjson reads, None where it fails or could read something else than we do: half a
    number, a NUL, a quotation mark that hides from `_quotes`.
    """
    if b"\\u0000" in text or b"\\u0022" in text or _LONG_NUMBER in text.translate(_DIGITS):
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _plain_batch(text: bytes, name: str) -> Batch | None:
    """A batch whose items are all plain and small enough."""
    head = _plain(text)
    if isinstance(head, list):
        head = {name: head}
        told = text.count(b'"')
    elif isinstance(head, dict):
        told = text.count(b'"') - 2  # around `name`
    else:
        return None
    items = head.pop(name, None)
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        return None
    if set(map(type, items)) - {dict} or _quotes([head, *items]) != told:
        return None
    return Batch(head, items)


def _quotes(values: list[Any]) -> int:
    """How many quotation marks it takes to write these, -1 where one is too large or too deep.

    An object that names a key twice has more of them in its text: the first value was dropped.
    """
    try:
        texts = list(map(orjson.dumps, values))
    except TypeError:
        return -1
    if max(map(len, texts)) > MAX_EVENT:
        return -1
    return b"".join(texts).count(b'"')


def check_item(value: Any, size: int | None = None) -> dict[str, Any] | Refusal:
    """`value` if it is an object that can be stored as it is."""
    if isinstance(value, Refusal):
        return value
    if not isinstance(value, dict):
        return Refusal("invalid", "Not a JSON object.")
    try:
        text = orjson.dumps(value)
    except TypeError:  # too deep, or half of a surrogate pair; both have their place told below
        return _first_fault(value) or Refusal("invalid", "Cannot be read as JSON text.")
    if (size or len(text)) > MAX_EVENT and len(text) > MAX_EVENT:
        return too_large(f"An event holds at most {MAX_EVENT // 1024} KB.")
    suspicious = _LONG_NUMBER in text.translate(_DIGITS) or b"\\u0000" in text
    if suspicious and (fault := _first_fault(value)):
        return fault
    return value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(
            "invalid_json", f"Not UTF-8 text (byte {error.start + 1}).", field="body"
        ) from error


def _parse(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _DuplicateKeyError as error:
        raise Refusal(
            "duplicate_key", f'The key "{error.key[:80]}" stands twice.', field=error.key[:80]
        ) from error
    except RecursionError as error:
        raise Refusal("too_deep", "The JSON is nested too deeply.", field="body") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refusal("invalid_json", f"Not JSON: {error.msg} ({where}).", field="body") from error
    except ValueError as error:  # a number with thousands of digits, NaN, Infinity
        raise Refusal("invalid", f"A number cannot be used: {error}.", field="body") from error


def _parse_alone(piece: str) -> Any:
    try:
        return _parse(piece)
    except Refusal as refusal:
        return Refusal(
            refusal.code, refusal.message, field="" if refusal.field == "body" else refusal.field
        )


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return value


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:20]} is not finite")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_each_key_once, parse_float=_finite, parse_constant=_no_constant
)


def _cut(text: bytes, name: str, whole: Refusal) -> tuple[dict[str, Any], list[str]]:
    """The frame of a batch that does not parse as a whole, and the text of each of its items.

    Raises `whole` again when the brackets do not lead to a list called `name`.
    """
    # Broken UTF-8 becomes lone surrogates, which the check of the item in question finds.
    source = text.decode("utf-8", "surrogateescape")
    depth = 0
    inside = False
    start = begin = -1
    key = ""
    pieces: list[str] = []
    for token in _TOKEN.finditer(source):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth == 2 and mark == "[" and key == f'"{name}"' and begin < 0:
                inside, begin, start = True, token.start(), token.end()
        elif mark in "]}":
            if inside and depth == 2:
                _add_piece(pieces, source[start : token.start()])
                end = token.end()
                try:
                    head = _parse(source[:begin] + "[]" + source[end:])
                except Refusal:
                    raise whole from None
                head.pop(name, None)
                return head, pieces
            depth -= 1
        elif mark == ",":
            if inside and depth == 2:
                _add_piece(pieces, source[start : token.start()])
                start = token.end()
        elif depth == 1:
            key = mark
    raise whole


def _add_piece(pieces: list[str], piece: str) -> None:
    if piece.strip():
        pieces.append(piece)
    if len(pieces) > MAX_ITEMS:
        raise too_large(f"A batch holds at most {MAX_ITEMS:,} items.", "batch")


def _first_fault(value: dict[str, Any]) -> Refusal | None:
    """Where the first text or number is that cannot be stored, if there is one."""
    for path, each, depth in _walk(value):
        if depth > MAX_DEPTH:
            return Refusal("too_deep", f"Nested more than {MAX_DEPTH} levels deep.", field=path)
        if isinstance(each, str):
            if "\x00" in each:
                return Refusal("invalid", "Text must not hold NUL characters.", field=path)
            if any("\ud800" <= letter <= "\udfff" for letter in each):
                return Refusal("invalid", "Text must be valid Unicode.", field=path)
        elif type(each) is int and not -_BIG <= each < _BIG:
            return Refusal("invalid", "The number does not fit 64 bits.", field=path)
    return None


def _walk(value: Any) -> Iterator[tuple[str, Any, int]]:
    """Every key and leaf with its path, without recursion: nesting must not cost the stack."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        path, each, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield path[:80], None, depth
            continue
        if isinstance(each, dict):
            for key, inner in each.items():
                inner_path = f"{path}.{key}" if path else key
                yield inner_path[:80].encode("utf-8", "replace").decode(), key, depth
                waiting.append((inner_path if len(path) < 200 else path, inner, depth + 1))
        elif isinstance(each, list):
            waiting.extend((f"{path}[{i}]"[:200], inner, depth + 1) for i, inner in enumerate(each))
        else:
            yield path[:80].encode("utf-8", "replace").decode(), each, depth
