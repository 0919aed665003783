"""Many measurements of one thing as the two figures that are told."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import median


def spread(values: Sequence[float]) -> dict[str, float]:
    """The middle, and what 95 of 100 stay below; in the unit of the values."""
    ordered = sorted(values)
    high = ordered[ceil(len(ordered) * 0.95) - 1]
    return {"median": round(median(ordered), 1), "p95": round(high, 1)}
