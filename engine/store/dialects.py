"""What truly differs between SQLite and PostgreSQL.

Only SQLite is served so far; everything that a second database would say differently stands
here and nowhere else.
"""

from collections.abc import Iterable
from typing import Final

import orjson
from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB

# SQLite numbers its rows itself only where the type is spelled INTEGER.
RowId: Final = BigInteger().with_variant(Integer(), "sqlite")
# JSON made and read by orjson. A blob keeps SQLite from decoding what orjson decodes anyway.
Json: Final = LargeBinary().with_variant(JSONB(), "postgresql")

# A list handed over as one value, as in `id in {MEMBERS}`: no limit on its length, one prepared
# statement. The scalar subquery makes SQLite walk the list and look each member up, never the other
# way round. The alias tells the other database what kind of list it is.
MEMBERS: Final = "(select value from json_each(?) as numbers)"
TEXTS: Final = "(select value from json_each(?) as texts)"


class Numbers(tuple[int, ...]):
    """What `MEMBERS` takes."""

    __slots__ = ()

    def __conform__(self, _protocol: object) -> str:
        """How sqlite3 binds it."""
        return "[" + ",".join(map(str, self)) + "]"


class Texts(tuple[str, ...]):
    """What `TEXTS` takes."""

    __slots__ = ()

    def __conform__(self, _protocol: object) -> str:
        """How sqlite3 binds it."""
        return orjson.dumps(list(self)).decode()


def members(numbers: Iterable[int]) -> Numbers:
    """The value to bind to `MEMBERS`."""
    return Numbers(numbers)


def texts(values: Iterable[str]) -> Texts:
    """The value to bind to `TEXTS`."""
    return Texts(values)


# How the one writing connection is set up. FULL: a power cut loses nothing that was acknowledged.
# A large checkpoint writes a page that many transactions touched once.
WRITER_PRAGMAS: Final = (
    "journal_mode = wal",
    "synchronous = full",
    "cache_size = -131072",
    "temp_store = memory",
    "wal_autocheckpoint = 50000",
    "foreign_keys = off",
)
READER_PRAGMAS: Final = ("query_only = on", "cache_size = -32768", "busy_timeout = 5000")
