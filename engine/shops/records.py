"""How much a shop system has told us of each thing: the rows of `shop_record`.

The newest statement wins by the shop's own clock. At the same moment the later telling wins: by
when the shop says that it sent it, else by when it came, for a clock of whole seconds and a stock
that falls without a new date say nothing of the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.core.model import Instant
from engine.store import shop_records
from engine.store.writer import Transaction


@dataclass(slots=True)
class Record:
    """What is known of one thing. `detail` is JSON and may be changed in place."""

    shop: str
    kind: str
    ref: str
    customer: int | None = None
    told_at: Instant = 0
    detail: dict[str, Any] = field(default_factory=dict)
    new: bool = True

    def newer(self, at: Instant, told: int) -> bool:
        """Whether what was true at `at` and told at `told` is the newest; if so, it is noted."""
        if not self.new and (at, told) < (self.told_at, self.detail.get("told", 0)):
            return False
        self.told_at, self.detail["told"] = at, told
        return True


def since(statement: Sequence[Any]) -> tuple[int, int]:
    """The moment of a kept statement and when it was told; before everything where there is none.

    >>> since([1767603600000, 17, "red"]), since([1767603600000, "a digest"]), since([])
    ((1767603600000, 17), (1767603600000, 0), (-1, 0))
    """
    if not statement:
        return -1, 0
    told = statement[1] if len(statement) > 2 and type(statement[1]) is int else 0
    return statement[0], told


def digest(content: Any) -> str:
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def read(transaction: Transaction, shop: str, kind: str, ref: str) -> Record:
    """The record of a thing, a new one where nothing was told yet."""
    row = shop_records.read(transaction, shop, kind, ref)
    if row is None:
        return Record(shop, kind, ref)
    return Record(shop, kind, ref, row[0], row[1], orjson.loads(row[2]), new=False)


def write(transaction: Transaction, record: Record) -> None:
    key = (record.shop, record.kind, record.ref)
    shop_records.keep(
        transaction, key, record.customer, record.told_at, orjson.dumps(record.detail)
    )
    record.new = False
