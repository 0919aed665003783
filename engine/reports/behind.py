"""Who stands behind a figure of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.core import calendar
from engine.core.figures import MONEY, items_of
from engine.core.model import DAY, Instant
from engine.reports import experiments
from engine.reports.asked import Asked
from engine.reports.counting import credited
from engine.reports.of_behaviour import ACTS
from engine.reports.of_cohorts import WITHIN
from engine.store import behind, cohorts, counted
from engine.store.behind import After

FIRST: Final[After] = behind.FIRST
CREDITED: Final = ("order", "earned", "order money", "earned money")
"""Orders that are credited to messages; `money` with what was paid back of them."""
COHORTS: Final = ("first order", "bought once", *(f"again {days}" for days in WITHIN))
KINDS: Final = (*behind.KINDS, "arm held out", *CREDITED, *COHORTS)
ABOUT: Final = (
    *("flow", "version", "message", "step", "channel", "way", "exact", "domain", "product"),
    *("experiment", "arm", "act", "month"),
)
"""What a figure can be of. `exact` says that an empty way is meant, not any."""
MOST: Final = 200
"""So many people stand on a page."""

People = list[tuple[int, Instant]]


def people(asked: Asked, kind: str, about: Mapping[str, str], after: After = FIRST) -> People:
    """Customers and the latest moment, the latest first: at most `MOST` behind `after`, which is
    the last of the page ahead. `about` names what the figure is of, as in `ABOUT`.
    """
    if kind in CREDITED:
        return _page(_credited(asked, kind, about), after)
    if kind in COHORTS:
        return _page(_cohort(asked, kind, about), after)
    told = dict(about)
    if act := about.get("act"):
        told["names"] = ",".join(ACTS[act][1]) if act in ACTS else ""
    if kind.startswith("arm"):
        held = {"arm": "holdout"} if kind == "arm held out" else {}
        told |= _arm(asked, {**about, **held})
        kind = "arm" if held else kind
    found = behind.people(asked.rows, kind, asked.period.span, told, MOST, after)
    return [(row[0], row[1]) for row in found]


def _page(found: Mapping[int, Instant], after: After) -> People:
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [one for one in ordered if (-one[1], one[0]) > (-after[0], after[1])][:MOST]


def _credited(asked: Asked, kind: str, about: Mapping[str, str]) -> dict[int, Instant]:
    span = asked.period.span
    wanted = {one: about[one] for one in ("flow", "message", "step", "channel") if about.get(one)}
    buyers = {row[2] for row in counted.figured(asked.rows, span) if row[3] in MONEY}
    moves = credited(asked.rows, buyers, span, asked.rule)
    runs = {place.run for _, _, given in moves for place in given.values()}
    versions = counted.versions_of(asked.rows, runs) if runs and about.get("version") else {}
    found: dict[int, Instant] = {}
    for customer, one, given in moves:
        places = list(given.values())[: 1 if kind.startswith("earned") else None]
        fits = any(
            all(getattr(place, name) == value for name, value in wanted.items())
            and (not versions or versions.get((place.run, place.step)) == int(about["version"]))
            for place in places
        )
        if (one.kind == "order" or kind.endswith("money")) and one.order is not None and fits:
            held = (product for product, *_ in items_of(one.order))
            if not about.get("product") or about["product"] in held:
                found[customer] = max(one.at, found.get(customer, 0))
    return found


def _cohort(asked: Asked, kind: str, about: Mapping[str, str]) -> dict[int, Instant]:
    def fits(first: Instant, second: Instant | None) -> bool:
        month = f"{calendar.local(first, asked.period.zone):%Y-%m}"
        if about.get("month") not in (None, "", month):
            return False
        if kind.startswith("again "):
            return second is not None and second - first <= int(kind.split()[1]) * DAY
        return kind == "first order" or second is None

    return {
        customer: first
        for customer, first, second in cohorts.first_orders(asked.rows, asked.period.span)
        if fits(first, second)
    }


def _arm(asked: Asked, about: Mapping[str, str]) -> dict[str, str]:
    """How runs remember an arm of an experiment, or the holdout."""
    number = next((one for one, name in asked.flows.items() if name == about.get("flow")), -1)
    arm = about.get("arm", "")
    if about.get("experiment") == "holdout":
        return {"number": str(number), "held": str(int(arm == "holdout"))}
    ways: Iterable[str] = experiments.remembered(asked.rows, number)[
        about.get("experiment", ""), arm
    ]
    return {"number": str(number), "ways": "\n".join(ways)}
