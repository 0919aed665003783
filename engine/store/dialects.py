"""What truly differs between SQLite and PostgreSQL.

Only SQLite is served so far; everything that a second database would say differently stands
here and nowhere else.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB

# SQLite numbers its rows itself only where the type is spelled INTEGER.
RowId: Final = BigInteger().with_variant(Integer(), "sqlite")
# JSON made and read by orjson. A blob keeps SQLite from decoding what orjson decodes anyway.
Json: Final = LargeBinary().with_variant(JSONB(), "postgresql")

# A list of integers handed over as one value: no limit on its length, one prepared statement.
# The scalar subquery makes SQLite walk the list and look each number up, never the other way round.
MEMBERS: Final = "(select value from json_each(?))"


def members(numbers: Iterable[int]) -> str:
    """The value to bind to `MEMBERS`."""
    return "[" + ",".join(map(str, numbers)) + "]"


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
