"""The common SQL text as PostgreSQL has it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import Final

_IN_LIST: Final = re.compile(
    r"\b(not )?in \(select value from json_each\(\?\) as (numbers|texts)\)"
)
_LIST: Final = re.compile(r"\bjson_each\(\?\) as (numbers|texts)\b")
_JSON_TEXT: Final = re.compile(r"json_extract\(cast\(([\w.]+) as text\), '\$\.(\w+)'\)")
_TYPES: Final = {"numbers": "bigint[]", "texts": "text[]"}


@lru_cache(maxsize=4_096)
def translated(sql: str) -> bytes:
    """`sql` with numbered placeholders, lists as arrays and JSON by PostgreSQL's own operator.

    An array bound as one value is looked up member by member in the index, as on SQLite.
    """
    sql = _IN_LIST.sub(_in_array, sql)
    sql = _LIST.sub(lambda found: f"unnest(?::{_TYPES[found[1]]}) as {found[1]}(value)", sql)
    sql = _JSON_TEXT.sub(r"""((\1 ->> '\2') collate "C")""", sql)
    return numbered(sql)


def numbered(sql: str) -> bytes:
    """`sql` with $1, $2 .. for its question marks."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql).encode()


def _in_array(found: re.Match[str]) -> str:
    array = f"(?::{_TYPES[found[2]]})"
    return f"<> all{array}" if found[1] else f"= any{array}"
