"""Charts as SVG, drawn here: a bar a day. What they show stands in a table beneath."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from engine.reports.told import Curve

_HIGH = 100


class Chart(NamedTuple):
    """One line of a curve as bars. `title` is in English; `most` its highest day."""

    title: str
    name: str
    total: int
    most: int
    svg: Markup


def bars(curve: Curve) -> list[Chart]:
    """A chart for each column but the first, which holds the days."""
    found = []
    for column in curve.columns[1:]:
        values = [_number(row.get(column.name)) for row in curve.rows]
        most = max([*values, 0])
        found.append(
            Chart(column.title, column.name, sum(values), most, _drawn(values, max(most, 1)))
        )
    return found


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _drawn(values: list[int], most: int) -> Markup:
    """Bars from the left, a unit wide each; the picture is stretched to its place."""
    drawn = []
    gap = 0.2 if len(values) <= 120 else 0.0
    for place, value in enumerate(values):
        height = round(max(value, 0) / most * _HIGH, 2)
        if height:
            drawn.append(
                f'<rect x="{place + gap / 2:g}" y="{_HIGH - height:g}"'
                f' width="{1 - gap:g}" height="{height:g}"/>'
            )
    size = f"0 0 {max(len(values), 1)} {_HIGH}"
    return Markup(  # noqa: S704 - numbers alone
        f'<svg class="bars" viewBox="{size}" preserveAspectRatio="none" aria-hidden="true"'
        f' focusable="false">{"".join(drawn)}</svg>'
    )
