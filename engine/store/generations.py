"""How a process knows that what it keeps in memory is not what the database says any more."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.store.dialects import TEXTS, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction

_NAME: Final = "generation"
TOLD: Final = "told to workers"
_WRITER: Final = "writer"
_PAUSED: Final = "paused"


class Generation(NamedTuple):
    """`number` grows whenever what is live changes, `writer` changes with each start of the process
    that holds the database. `paused` is why nothing moves, "" where everything does. `told` is what
    that process tells those who work beside it.
    """

    writer: str
    number: str
    paused: str
    told: str


def read(rows: Rows) -> Generation:
    """As of this transaction."""
    found: dict[str, str] = dict(
        rows.rows(
            f"select name, value from setting where name in {TEXTS}",
            (texts([_NAME, _WRITER, _PAUSED, TOLD]),),
        )
    )
    return Generation(*(found.get(name, "") for name in (_WRITER, _NAME, _PAUSED, TOLD)))


def begin_next(transaction: Transaction) -> None:
    """What others keep in memory is to be read again: what is live, held or learned is another."""
    transaction.execute(
        "insert into setting (name, value) values (?, '1') on conflict (name) do update"
        " set value = cast(cast(setting.value as integer) + 1 as text)",
        (_NAME,),
    )
