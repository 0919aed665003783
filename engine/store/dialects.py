"""What truly differs between SQLite and PostgreSQL.

Statements are written as SQLite takes them; `engine.store.postgres` knows what stands here by its
text and its types, and nothing else.
"""

from collections.abc import Iterable
from typing import Final, Literal

import orjson
from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSON, JSONB

Dialect = Literal["sqlite", "postgresql"]

# SQLite numbers its rows itself only where the type is spelled INTEGER.
RowId: Final = BigInteger().with_variant(Integer(), "sqlite")
# JSON made and read by orjson. A blob keeps SQLite from decoding what orjson decodes anyway.
Json: Final = LargeBinary().with_variant(JSONB(), "postgresql")
# The same where it is written often and hardly ever asked: kept as the text that it is, for taking
# it apart and putting it together again costs as much as all else of a small row (decision 161).
WrittenJson: Final = LargeBinary().with_variant(JSON(), "postgresql")

# A list handed over as one value, as in `id in {MEMBERS}`: no limit on its length, one prepared
# statement. The scalar subquery makes SQLite walk the list and look each member up, never the other
# way round. The alias tells the other database what kind of list it is.
MEMBERS: Final = "(select value from json_each(?) as numbers)"
TEXTS: Final = "(select value from json_each(?) as texts)"


class Numbers(tuple[int, ...]):
    """What `MEMBERS` takes."""

    __slots__ = ()

    def as_json(self) -> str:
        """How SQLite is given it."""
        return "[" + ",".join(map(str, self)) + "]"


class Texts(tuple[str, ...]):
    """What `TEXTS` takes."""

    __slots__ = ()

    def as_json(self) -> str:
        """How SQLite is given it."""
        return orjson.dumps(list(self)).decode()


class Digest(bytes):
    """Bytes that are bytes; any other `bytes` is JSON."""

    __slots__ = ()


def members(numbers: Iterable[int]) -> Numbers:
    """The value to bind to `MEMBERS`."""
    return Numbers(numbers)


def texts(values: Iterable[str]) -> Texts:
    """The value to bind to `TEXTS`."""
    return Texts(values)


def day_of(dialect: Dialect, column: str, name: str) -> str:
    """The day in a date property of a JSON column, as SQL that gives `YYYY-MM-DD`.

    Of an instant it is the day in UTC, of text its first ten characters.
    """
    if dialect == "sqlite":
        value = f"json_extract(cast({column} as text), '$.{name}')"
        is_instant, day = f"typeof({value}) = 'integer'", f"date({value} / 1000, 'unixepoch')"
    else:
        value = f"({column} ->> '{name}')"
        is_instant = f"jsonb_typeof({column} -> '{name}') = 'number'"
        seconds = f"({value}::numeric / 1000)::double precision"
        day = f"to_char(to_timestamp({seconds}) at time zone 'UTC', 'YYYY-MM-DD')"
    return f"(case when {is_instant} then {day} else substr({value}, 1, 10) end)"


def text_in(column: str, name: str) -> str:
    """The expression for what a JSON column's object has under `name`, as text; null for nothing.

    `name` is an identifier of ours, never somebody's input.
    """
    return f"json_extract(cast({column} as text), '$.{name}')"


def lower(text: str) -> str:
    """What SQL's `lower` makes of `text` in our columns: only A to Z change."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in text)


# How the one writing connection is set up. FULL: a power cut loses nothing that was acknowledged.
# A large checkpoint writes a page that many transactions touched once.
WRITER_CACHE: Final = "cache_size = -131072"
WRITER_PRAGMAS: Final = (
    "journal_mode = wal",
    "synchronous = full",
    WRITER_CACHE,
    "temp_store = memory",
    "wal_autocheckpoint = 50000",
    "foreign_keys = off",
    "secure_delete = on",
)
READER_PRAGMAS: Final = ("query_only = on", "cache_size = -32768", "busy_timeout = 5000")
