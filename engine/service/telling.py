"""What the process that holds a database tells those who work beside it.

They need no settings of their own but the database's address, and no clock that somebody sets
right: it is as late as the holder says, in the time of the database's server.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from engine.clock import FollowingClock
from engine.publishing.live import Live
from engine.store import generations, settings_rows
from engine.store.rows import Rows
from engine.store.vitals import server_time
from engine.store.writer import Transaction

DIFFERS: Final = 20
"""Milliseconds by which the two clocks may run apart before it is told anew."""


def tell(transaction: Transaction, live: Live) -> None:
    """Say how late it is and what channels there are, where that is another than was said."""
    ahead = live.clock.now() - server_time(transaction)
    before = _read(settings_rows.read(transaction, generations.TOLD))
    said = {
        "max_lateness": live.max_lateness,
        "providers": None if live.providers is None else sorted(live.providers),
    }
    if abs(before.pop("ahead", ahead + 2 * DIFFERS) - ahead) <= DIFFERS and before == said:
        return
    settings_rows.keep(
        transaction, generations.TOLD, orjson.dumps({"ahead": ahead, **said}).decode()
    )


def hear(rows: Rows, told: str, live: Live, clock: FollowingClock | None) -> None:
    """Take over what was told. A `clock` that is somebody else's is left alone."""
    said = _read(told)
    if not said:
        return
    live.max_lateness = int(said["max_lateness"])
    providers = said["providers"]
    live.providers = None if providers is None else frozenset(providers)
    if clock is not None:
        clock.hear(server_time(rows) + int(said["ahead"]))


def _read(told: str) -> dict[str, Any]:
    found = orjson.loads(told) if told else {}
    return found if isinstance(found, dict) else {}
