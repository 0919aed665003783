"""Who is in a segment."""

from __future__ import annotations

from engine.conditions.scope import Scope
from engine.model import Instant
from engine.runtime.worker import Worker
from engine.shop import Shop
from engine.store.database import Database


def inside(database: Database, worker: Worker, shop: Shop, segment: str, now: Instant) -> list[int]:
    """The customers who are inside now."""
    test = shop.segments[segment]
    rows = database.writer.run(
        lambda tx: tx.rows("select id from customer where merged_into is null order by id")
    )
    ids = [row[0] for row in rows]
    found = []
    for place in range(0, len(ids), 500):
        some = ids[place : place + 500]
        lanes = database.writer.run(lambda tx: worker.load(tx, some, now).lanes)  # noqa: B023
        found += [
            customer for customer, lane in lanes.items() if test(Scope(lane.facts, now), None, None)
        ]
    return sorted(found)
