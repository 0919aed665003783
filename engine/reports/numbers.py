"""How many people stand where, and what came of flows since they began."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from engine.core.figures import Rule
from engine.reports.figures import LATER, Book
from engine.store import run_figures
from engine.store.counted import Span
from engine.store.rows import Rows
from engine.store.states import flow_names, flow_number

Numbers = dict[str, int]

_OF_FLOWS: Final = {"entered": "entered", "sent": "sent", "goal": "goals"}
_OF_STEPS: Final = {
    "sent": "sent",
    "opened": "opened",
    "clicked": "clicked",
    "order": "orders",
    "dropped": "skipped",
    "undelivered": "failed",
    "unknown": "unknown",
}
"""The kinds of figures that are shown, by what they are called there."""
_PLAIN: Final = Rule()


def flow_numbers(rows: Rows, rule: Rule = _PLAIN) -> dict[str, Numbers]:
    """By flow: `entered`, `inside`, `sent` and `goals` (of whom was not held out), over all
    versions and all time.
    """
    names = flow_names(rows)
    found: dict[str, Numbers] = defaultdict(
        lambda: {"entered": 0, "inside": 0, "sent": 0, "goals": 0}
    )
    sums = Book(rows, rule).sums(("flow", "kind", "way"), kinds=_OF_FLOWS)
    for (flow, kind, way), (count, _) in sums.items():
        if way != "holdout":
            found[names[int(flow)]][_OF_FLOWS[str(kind)]] += count
    for flow, count in run_figures.inside_flows(rows):
        found[names[flow]]["inside"] = count
    return dict(found)


def step_numbers(
    rows: Rows, flow: str, rule: Rule = _PLAIN, span: Span | None = None
) -> dict[str, Numbers]:
    """By step of a flow, of its messages: `sent`, `opened`, `clicked`, `orders` (after a click),
    their `revenue` less what was paid back (minor units), `skipped`, `failed` and `unknown`, over
    all versions, of a `span` of whole hours or of all time; what is nothing is left out.
    """
    number = flow_number(rows, flow)
    if number is None:
        return {}
    kinds = (*_OF_STEPS, "refund")
    sums = Book(rows, rule).sums(("step", "kind"), span or (0, LATER), kinds=kinds, flow=number)
    found: dict[str, Numbers] = defaultdict(dict)
    for kind, name in _OF_STEPS.items():
        for (step, its_kind), (count, _) in sums.items():
            if its_kind == kind and count:
                found[str(step)][name] = count
    for (step, its_kind), (_, amount) in sums.items():
        if its_kind in ("order", "refund") and amount:
            found[str(step)]["revenue"] = found[str(step)].get("revenue", 0) + amount
    return dict(found)
