"""Webhooks that were refused: how many of whom, why, and when last. A row for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson

from engine.core.model import DAY, Instant
from engine.store import settings_rows
from engine.store.rows import Rows
from engine.store.writer import Transaction

SHOWN_FOR: Final = 7 * DAY
"""After so long without another one it is over."""
_NAME: Final = "webhook refused\t"


@dataclass(frozen=True, slots=True)
class RefusedWebhooks:
    """`count` is what was refused since `since`, at least: some may not be written yet."""

    who: str
    code: str
    why: str
    count: int
    since: Instant
    last: Instant


def add(transaction: Transaction, who: str, code: str, why: str, count: int, now: Instant) -> None:
    """So many more were refused."""
    name = f"{_NAME}{who}\t{code}"
    kept = settings_rows.read(transaction, name)
    before = orjson.loads(kept) if kept else None
    if before is None or now - before["last"] > SHOWN_FOR:
        before = {"count": 0, "since": now}
    told = {"why": why, "count": before["count"] + count, "since": before["since"], "last": now}
    settings_rows.keep(transaction, name, orjson.dumps(told).decode())


def recent(rows: Rows, now: Instant) -> list[RefusedWebhooks]:
    """Those of the last days."""
    found = []
    for name, value in settings_rows.beginning(rows, _NAME):
        who, code = name.removeprefix(_NAME).split("\t")
        one = RefusedWebhooks(who, code, **orjson.loads(value))
        if now - one.last <= SHOWN_FOR:
            found.append(one)
    return found
