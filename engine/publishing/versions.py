"""The versions of a flow, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from engine.core.calendar import iso
from engine.store import audit, publications, run_figures
from engine.store.rows import Rows

_PUBLISHES: Final = 2_000


def _told(rows: Rows, flow: str) -> dict[int, tuple[str, int | None]]:
    """What the audit log says of each version's publish: its message, the people it moved."""
    found: dict[int, tuple[str, int | None]] = {}
    for _at, _who, detail in audit.of_act(rows, "publish", _PUBLISHES):
        told = orjson.loads(detail)
        number = told.get("versions", {}).get(flow)
        if number is not None:
            people = told.get("people")
            moved = None if people is None else people.get(flow, 0)
            found.setdefault(number, (told.get("message", ""), moved))
    return found


def versions_of(
    rows: Rows, flow: str, inside: Mapping[int, int] | None = None
) -> list[dict[str, Any]]:
    """By version: `version`, `at` (ISO 8601, UTC), `author`, `live`, how many are `inside`, the
    `message` of its publish and how many people that `moved` to it (None where that is not known).
    `inside` is what was counted already, by version.
    """
    told = _told(rows, flow)
    if inside is None:
        inside = run_figures.inside(rows, flow)
    return [
        {
            "version": number,
            "at": iso(at),
            "author": author,
            "live": bool(live),
            "inside": inside.get(number, 0),
            "message": told.get(number, ("", None))[0],
            "moved": told.get(number, ("", None))[1],
        }
        for number, at, live, author in publications.versions(rows, flow)
    ]
