"""Who stands behind a figure of a report."""

from __future__ import annotations

from typing import Final

from engine.core.model import Instant
from engine.reports.asked import Asked
from engine.reports.counting import credited
from engine.store import behind, counted

CREDITED: Final = ("order", "earned")
KINDS: Final = (*behind.KINDS, *CREDITED)
MOST: Final = 200
"""So many people are shown."""


def people(asked: Asked, kind: str, about: dict[str, str]) -> list[tuple[int, Instant]]:
    """Customers and the latest moment, the latest first; at most `MOST`. `about` names what the
    figure is of: flow, message, step, channel, way.
    """
    span = asked.period.span
    if kind not in CREDITED:
        return [(row[0], row[1]) for row in behind.people(asked.rows, kind, span, about, MOST)]
    found: dict[int, Instant] = {}
    buyers = {row[2] for row in counted.figured(asked.rows, span) if row[3] == "purchase"}
    for customer, one, places_by_flow in credited(asked.rows, buyers, span, asked.rule):
        places = list(places_by_flow.values())[: 1 if kind == "earned" else None]
        if one.kind == "order" and any(
            all(
                getattr(place, name) == value
                for name, value in about.items()
                if value and name in ("flow", "message", "step", "channel")
            )
            for place in places
        ):
            found[customer] = max(one.at, found.get(customer, 0))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
