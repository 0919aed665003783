"""What people did on the site before they bought."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Final

from engine.reports.asked import Asked
from engine.reports.statistics import Interval, rate
from engine.reports.told import Column, Report, Row, Table, say
from engine.store import behaviour

_Z: Final = 1.959963984540054
ACTS: Final = {
    "searched": (say("Searched"), ("search",)),
    "listed": (say("Looked through a category"), ("view_item_list", "filter_item_list")),
    "filtered": (say("Filtered a list"), ("filter_item_list",)),
    "viewed": (say("Looked at a product"), ("view_item", "select_item")),
    "wished": (say("Put on the wish list"), ("add_to_wishlist",)),
    "asked": (say("Asked to be told"), ("notify_me",)),
    "filled": (say("Filled in a form"), ("form_submitted",)),
    "carted": (say("Put into the cart"), ("add_to_cart",)),
    "promoted": (say("Clicked a promotion"), ("select_promotion",)),
}
COLUMNS: Final = (
    Column("behaviour", say("Behaviour"), "text", spoken=True),
    Column("people", say("People who did"), "count",
           say("Different people who did it in this time, before their first order in it if they ordered."),  # noqa: E501
           ("did",)),
    Column("buyers", say("Of them bought"), "count", say("Those who ordered in this time."),
           ("did bought",)),
    Column("rate", say("Rate, 95 %"), "rate", say("Bought of who did, with Wilson's interval."),
           ("did bought",)),
    Column("others", say("Others"), "count",
           say("People who were on the site in this time and did not do it before they ordered."),
           ("others",)),
    Column("other_buyers", say("Of them bought"), "count", say("Those who ordered in this time."),
           ("others bought",)),
    Column("other_rate", say("Rate, 95 %"), "rate", say("Bought of the others."),
           ("others bought",)),
    Column("ratio", say("How many times as often"), "ratio",
           say("The first rate by the second, with the interval of Katz et al. 1978.")),
    Column("ratio_low", say("At least"), "ratio"),
    Column("ratio_high", say("At most"), "ratio"),
)  # fmt: skip


def behaviour_report(asked: Asked) -> Report:
    """People who did something on the site against those who did not."""
    found = behaviour.people(asked.rows, asked.period.span, [names for _, names in ACTS.values()])
    rows: list[Row] = []
    about: list[Mapping[str, str]] = []
    for (act, (title, _)), (did, bought) in zip(ACTS.items(), found.acts, strict=True):
        if not did:
            continue
        about.append({"act": act})
        others, also = found.people - did, found.buyers - bought
        ratio = risk_ratio(bought, did, also, others)
        rows.append(
            {
                "behaviour": title,
                "people": did,
                "buyers": bought,
                "rate": rate(bought, did),
                "others": others,
                "other_buyers": also,
                "other_rate": rate(also, others),
                "ratio": None if ratio is None else ratio.value,
                "ratio_low": None if ratio is None else ratio.low,
                "ratio_high": None if ratio is None else ratio.high,
            }
        )
    table = Table(
        "behaviour", say("Who did what, and bought"), COLUMNS, rows,
        says=say("No cause: people who searched bought more often, perhaps because they knew what they wanted."),  # noqa: E501
        empty=say("Nobody was seen on the site in this time. `/s.js` in its pages tells of visits."),  # noqa: E501
        about=about,
    )  # fmt: skip
    period = asked.period
    return Report(
        "behaviour", say("On the site"), period.first.isoformat(), period.last.isoformat(),
        period.zone, asked.currency, [], [table],
    )  # fmt: skip


def risk_ratio(one: int, of_one: int, two: int, of_two: int) -> Interval | None:
    """How many times as often: the logarithm's normal interval (Katz et al. 1978). None where one
    of the counts is 0.
    """
    if not (one and two and of_one and of_two):
        return None
    value = (one / of_one) / (two / of_two)
    width = _Z * sqrt(1 / one - 1 / of_one + 1 / two - 1 / of_two)
    return Interval(value, exp(log(value) - width), exp(log(value) + width))
