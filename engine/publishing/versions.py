"""The versions of a flow, newest first."""

from __future__ import annotations

from typing import Any

from engine.core.calendar import iso
from engine.store import publications, run_figures
from engine.store.rows import Rows


def versions_of(rows: Rows, flow: str) -> list[dict[str, Any]]:
    """By version: `version`, `at` (ISO 8601, UTC), `author`, `live`, and how many are `inside`."""
    inside = run_figures.inside(rows, flow)
    return [
        {
            "version": number,
            "at": iso(at),
            "author": author,
            "live": bool(live),
            "inside": inside.get(number, 0),
        }
        for number, at, live, author in publications.versions(rows, flow)
    ]
