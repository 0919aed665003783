"""One statement for many rows, sent as a whole instead of row by row.

An insert becomes a COPY; an insert that looks for conflicts, and an update, become one statement
over arrays, one array for each value. What has another form, or would mean something else when
done at once, is left to the driver, which sends row after row without waiting in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Integer, SmallInteger
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from engine.store.postgres.values import json_text, text_array

FEW: Final = 8
"""Up to this many rows are not worth a statement of their own."""
WIDE: Final = 12
"""From so many columns on rows are written by us: narrow ones the driver writes as fast."""
_NOTHING: Final = "\\N"
_CLASSES: Final[dict[str, frozenset[type]]] = {
    "text": frozenset((str, type(None))),
    "json": frozenset((bytes, type(None))),
    "jsonb": frozenset((bytes, type(None))),
}

_INSERT: Final = re.compile(
    r"insert into (\w+) ?\(([\w, ]+)\) values \(((?:\?(?:, )?)+)\)"
    r"( on conflict(?: \(([\w, ]+)\))? do (nothing|update set .+))?",
    re.DOTALL,
)
_UPDATE: Final = re.compile(r"update (\w+) set (.+) where (.+)", re.DOTALL)
_BOUND: Final = re.compile(r"\b(\w+) (=|<>|<|<=|>|>=) \?")

Column = Sequence[Any]


def _escaped(text: str | None) -> str:
    return _NOTHING if text is None else text.replace("\\", "\\\\")


_ESCAPED: Final[dict[str, Callable[[Any], str]]] = {
    "text": _escaped,
    "json": lambda one: _escaped(None if one is None else one.decode()),
    "jsonb": lambda one: _escaped(None if one is None else json_text(one).decode()),
}


def _numbers(column: Column) -> str:
    """Integers or booleans: Python's own text of a tuple is what an array looks like, but for None
    (and for the comma after a single member, but there are always more).
    """
    return f"{{{str(column)[1:-1].replace('None', 'NULL')}}}"


def _jsons(column: Column) -> str:
    return text_array([None if one is None else json_text(one).decode() for one in column])


def _written(column: Column) -> str:
    return text_array([None if one is None else one.decode() for one in column])


_ENCODERS: Final[dict[str, Callable[[Any], str]]] = {
    "bigint": _numbers,
    "boolean": _numbers,
    "text": text_array,
    "jsonb": _jsons,
    "json": _written,
}


@dataclass(frozen=True, slots=True)
class Copying:
    """Rows that go in as they are. `kinds` are the types of their columns where all are known."""

    sql: bytes
    kinds: tuple[str, ...] = ()

    def text(self, rows: Sequence[Sequence[Any]]) -> str | None:
        """The rows as COPY reads them, None where they are left to the driver.

        Of a wide row most columns have the same value in all rows: such a value is written once,
        into the form of a row, so that the others alone are looked at row by row.
        """
        if len(self.kinds) < WIDE:
            return None
        form: list[str] = []
        varying: list[Column] = []
        for kind, column in zip(self.kinds, zip(*rows, strict=True), strict=True):
            first = column[0]
            same = first == column[-1] and column.count(first) == len(column)
            told: Column = column[:1] if same else column
            if kind in _CLASSES and not {one.__class__ for one in told} <= _CLASSES[kind]:
                return None  # what it looks like is not what it is
            if kind in _CLASSES:
                told = list(map(_ESCAPED[kind], told))
            elif None in told:
                told = [_NOTHING if one is None else one for one in told]
            if same:
                form.append(str(told[0]).replace("%", "%%"))
            else:
                form.append("%s")
                varying.append(told)
        line = "\t".join(form) + "\n"
        text = line * len(rows) % tuple([one for row in zip(*varying, strict=True) for one in row])
        tabs, lines = (len(self.kinds) - 1) * len(rows), len(rows)
        plain = text.count("\t") == tabs and text.count("\n") == lines and "\r" not in text
        return text if plain else None


@dataclass(frozen=True, slots=True)
class Arrays:
    """One array for each value. `keys` are the values that tell rows apart; two rows with the same
    ones must be done one after the other.
    """

    sql: bytes
    encoders: tuple[Callable[[Any], str], ...]
    keys: tuple[int, ...]

    def values(self, rows: Sequence[Sequence[Any]]) -> list[str] | None:
        """What to bind, None where the rows depend on each other."""
        columns = list(zip(*rows, strict=True))
        if self.keys:
            key = [columns[place] for place in self.keys]
            if len(set(zip(*key, strict=True))) != len(rows):
                return None
        return [encode(column) for encode, column in zip(self.encoders, columns, strict=True)]


@lru_cache(maxsize=512)
def plan(sql: str) -> Copying | Arrays | None:
    """How to send `sql` for many rows, None: row by row."""
    insert = _INSERT.fullmatch(sql)
    if insert is not None:
        table, columns, marks, conflict, unique, then = insert.groups()
        names = columns.split(", ")
        if len(names) != marks.count("?"):
            return None
        if not conflict:
            return Copying(
                f"copy {table} ({columns}) from stdin".encode(), _kinds(table, names) or ()
            )
        if then == "nothing":
            return _insert(table, names, conflict, ())
        keys = unique.split(", ") if unique and "?" not in then else []
        if not keys or not set(keys) <= set(names):
            return None
        return _insert(table, names, conflict, tuple(names.index(key) for key in keys))
    update = _UPDATE.fullmatch(sql)
    if update is None or sql.count(" where ") != 1 or "select" in sql:
        return None
    return _update(*update.groups()) if sql.count("?") == len(_BOUND.findall(sql)) else None


def _insert(
    table: str, names: Sequence[str], conflict: str, keys: tuple[int, ...]
) -> Arrays | None:
    arrays = _arrays(table, names)
    if arrays is None:
        return None
    source, encoders = arrays
    given = ", ".join(f"given.c{place}" for place in range(len(names)))
    # Of two rows in conflict the first is kept: they are looked at in their order.
    sql = (
        f"insert into {table} ({', '.join(names)}) select {given} from {source} order by nth"
        f"{conflict}"
    )
    return Arrays(sql.encode(), encoders, keys)


def _update(table: str, changes: str, condition: str) -> Arrays | None:
    set_ = [name for name, _ in _BOUND.findall(changes)]
    asked = _BOUND.findall(condition)
    names = set_ + [name for name, _ in asked]
    keys = tuple(place for place, (_, sign) in enumerate(asked, start=len(set_)) if sign == "=")
    arrays = _arrays(table, names)
    if arrays is None or not keys or any(names[place] in set_ for place in keys):
        return None
    source, encoders = arrays
    places = count()

    def given(found: re.Match[str]) -> str:
        return f"{found[1]} {found[2]} given.c{next(places)}"

    sql = f"update {table} set {_BOUND.sub(given, changes)} from {source}"
    sql += f" where {_BOUND.sub(given, condition)}"
    return Arrays(sql.encode(), encoders, keys)


def _arrays(
    table: str, names: Sequence[str]
) -> tuple[str, tuple[Callable[[Any], str], ...]] | None:
    """The rows as a table called `given`, and how each of its columns is written."""
    types = _kinds(table, names)
    if types is None:
        return None
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, start=1))
    columns = ", ".join(f"c{place}" for place in range(len(names)))
    source = f"unnest({arrays}) with ordinality as given({columns}, nth)"
    return source, tuple(_ENCODERS[kind] for kind in types)


def _kinds(table: str, names: Sequence[str]) -> tuple[str, ...] | None:
    """The types of these columns, None where one of them is not known here."""
    known = SQLModel.metadata.tables.get(table)
    if known is None or any(name not in known.columns for name in names):
        return None
    types = tuple(_type(known.columns[name].type) for name in names)
    return types if all(types) else None


def _type(column: Any) -> str:
    kind = column.dialect_impl(postgresql.dialect())  # type: ignore[no-untyped-call]
    kind = getattr(kind, "impl", kind)
    if isinstance(kind, Boolean):
        return "boolean"
    if isinstance(kind, BigInteger | Integer | SmallInteger):
        return "bigint"
    if isinstance(kind, postgresql.JSONB):
        return "jsonb"
    if isinstance(kind, postgresql.JSON):
        return "json"
    return "text" if kind.__visit_name__.lower() in {"string", "varchar", "text"} else ""
