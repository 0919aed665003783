"""How values travel: the same Python values go in and come out as with SQLite."""

from __future__ import annotations

import re
from decimal import Decimal
from struct import Struct, pack
from typing import Final

from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader
from psycopg.pq import Format
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import BytesBinaryDumper, BytesDumper

from engine.store.dialects import Digest, Numbers, Texts

_INT8: Final = 20
_INT8_ARRAY: Final = 1016
_ARRAY: Final = Struct(">iii")
"""Dimensions, whether any member is null, type of the members; then, for each dimension, how many
members and the number of the first one."""
_TEXT_ARRAY: Final = 1009
_JSONB: Final = 3802
_EXPONENT: Final = re.compile(rb"[0-9]e[0-9+]")
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(-?[0-9.]+e[0-9+]+)')


class _JsonDumper(Dumper):
    """orjson bytes are the text of a JSONB value."""

    oid = _JSONB

    def dump(self, obj: bytes) -> Buffer:
        return json_text(obj)


class _NumbersDumper(Dumper):
    """In binary: half the time of both sides, where most questions name a thousand rows."""

    oid = _INT8_ARRAY
    format = Format.BINARY

    def dump(self, obj: Numbers) -> Buffer:
        count = len(obj)
        if not count:
            return _ARRAY.pack(0, 0, _INT8)
        members = [8] * (2 * count)  # each with its length before it
        members[1::2] = obj
        return pack(f">iiiii{'iq' * count}", 1, 0, _INT8, count, 1, *members)


class _TextsDumper(Dumper):
    oid = _TEXT_ARRAY

    def dump(self, obj: Texts) -> Buffer:
        return text_array(obj).encode()


class _JsonLoader(Loader):
    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class _JsonBinaryLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        # The first byte is the format's version.
        return bytes(data[1:])


class _NumericLoader(Loader):
    """`sum` of integers is a numeric here; SQLite gives an integer."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


def json_text(told: bytes) -> bytes:
    """The bytes of orjson as PostgreSQL is to keep them.

    JSONB has decimal numbers without exponents: 1e17 would come back as an integer, and one that is
    not quite the same. Written out with a point it comes back as it was.
    """
    return _TOKEN.sub(_written_out, told) if _EXPONENT.search(told) else told


def _written_out(token: re.Match[bytes]) -> bytes:
    if token[1] is None:  # a string, whatever it holds
        return token[0]
    return f"{Decimal(float(token[1])):f}".encode() + b".0"


def text_array(texts: tuple[str | None, ...] | list[str | None] | Texts) -> str:
    """An array's text: each member quoted."""
    return (
        "{"
        + ",".join([
            "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
            for text in texts
        ])
        + "}"
    )  # fmt: skip


def use_our_values(context: AdaptContext) -> None:
    """Set a connection up."""
    adapters: AdaptersMap = context.adapters
    adapters.register_dumper(bytes, _JsonDumper)
    # The others of the same Python type would be taken where a format was asked for by name.
    adapters.register_dumper(Digest, BytesDumper)
    adapters.register_dumper(Digest, BytesBinaryDumper)
    adapters.register_dumper(Numbers, _NumbersDumper)
    adapters.register_dumper(Texts, _TextsDumper)
    # One type for all integers, whatever their size: one prepared statement for each text.
    adapters.register_dumper(int, Int8BinaryDumper)
    adapters.register_loader("jsonb", _JsonLoader)
    adapters.register_loader("jsonb", _JsonBinaryLoader)
    adapters.register_loader("json", _JsonLoader)
    adapters.register_loader("numeric", _NumericLoader)
