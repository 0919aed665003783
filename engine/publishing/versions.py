"""The versions of a flow, newest first."""

from __future__ import annotations

from typing import Any

from engine.core.calendar import iso
from engine.store.rows import Rows


def versions_of(rows: Rows, flow: str) -> list[dict[str, Any]]:
    """By version: `version`, `at` (ISO 8601, UTC), `author`, `live`, and how many are `inside`."""
    inside: dict[int, int] = dict(
        rows.rows(
            "select r.version, count(*) from run r join flow f on f.id = r.flow"
            " where f.name = ? and r.ended_at is null group by r.version",
            (flow,),
        )
    )
    return [
        {
            "version": number,
            "at": iso(at),
            "author": author,
            "live": bool(live),
            "inside": inside.get(number, 0),
        }
        for number, at, live, author in rows.rows(
            "select v.number, v.published_at, v.live, p.author from flow_version v"
            " left join publication p on p.id = v.publication where v.flow = ?"
            " order by v.number desc",
            (flow,),
        )
    ]
