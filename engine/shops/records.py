"""How much a shop system has told us of each thing: the rows of `shop_record`.

The newest statement wins by the shop's own clock, at the same moment the one whose digest is
larger, so that every order of deliveries ends in the same state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.core.model import Instant
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

    def newer(self, at: Instant, content: Any) -> bool:
        """Whether `content` of the moment `at` is newer than all before; if so, it is noted."""
        mark = digest(content)
        if not self.new and (at, mark) <= (self.told_at, self.detail.get("mark", "")):
            return False
        self.told_at, self.detail["mark"] = at, mark
        return True


def digest(content: Any) -> str:
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def read(transaction: Transaction, shop: str, kind: str, ref: str) -> Record:
    """The record of a thing, a new one where nothing was told yet."""
    row = transaction.row(
        "select customer, told_at, detail from shop_record where shop = ? and kind = ? and ref = ?",
        (shop, kind, ref),
    )
    if row is None:
        return Record(shop, kind, ref)
    return Record(shop, kind, ref, row[0], row[1], orjson.loads(row[2]), new=False)


def write(transaction: Transaction, record: Record) -> None:
    transaction.execute(
        "insert into shop_record (shop, kind, ref, customer, told_at, detail)"
        " values (?, ?, ?, ?, ?, ?)"
        " on conflict (shop, kind, ref) do update set customer = excluded.customer,"
        " told_at = excluded.told_at, detail = excluded.detail",
        (
            *(record.shop, record.kind, record.ref, record.customer, record.told_at),
            orjson.dumps(record.detail),
        ),
    )
    record.new = False
