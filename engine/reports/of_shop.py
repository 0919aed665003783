"""What came of all flows together, and what was earned."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from engine.core.figures import SHOP
from engine.reports import experiments, messages
from engine.reports.asked import Asked
from engine.reports.messages import by_group, row_of
from engine.reports.of_flow import ENTERED, GOALS, curve
from engine.reports.told import Column, Number, Report, Row, Table, Value, ordered, say, share
from engine.store import reach

REACHED: Final = Column(
    "reached", say("People reached"), "count",
    say("Different people who were sent at least one message in this time."), ("sent",),
)  # fmt: skip
ENGAGED: Final = Column(
    "engagement_rate", say("Engagement rate"), "share",
    say("Of the people reached, the share that opened or clicked a message in this time."),
    ("engaged",),
)  # fmt: skip
BOUGHT: Final = Column(
    "shop_orders", say("Orders of the shop"), "count",
    say("All orders of this time, whatever came before them."), ("bought",),
)  # fmt: skip
TURNOVER: Final = Column(
    "shop_revenue", say("Revenue of the shop"), "money",
    say("What these orders were worth, less what was paid back or cancelled in this time."),
    ("money",),
)  # fmt: skip
EARNED: Final = Column(
    "earned", say("Earned by last click"), "money",
    say("Revenue of orders of people who had clicked a message in the days before, each order once, less what was paid back in this time."),  # noqa: E501
    ("earned money",),
)  # fmt: skip
SHARE: Final = Column(
    "earned_share", say("Share of the shop's revenue"), "share",
    say("Earned by last click, of the revenue of the shop."), ("earned",),
)  # fmt: skip
HEADS: Final = (
    *(REACHED, ENGAGED, messages.SENT, messages.OPENED, messages.CLICKED),
    *(BOUGHT, TURNOVER, EARNED, SHARE),
)
_FLOW: Final = Column("title", say("Flow"), "text")
_BEFORE: Final = Column(
    "earned_before", say("Earned before"), "money",
    say("What was earned in the time of the same length before."),
)  # fmt: skip


def shop_report(asked: Asked) -> Report:
    """The league table of flows, where revenue came from, and what held people back."""
    now, before = _heads(asked, before=False), _heads(asked, before=True)
    flows = _flows(asked)
    tables = [
        flows,
        *(_revenue_by(asked, one) for one in ("message", "channel", "product")),
        _incremental(asked),
        _skipped(asked),
    ]
    return Report(
        "shop",
        say("Shop"),
        asked.period.first.isoformat(),
        asked.period.last.isoformat(),
        asked.period.zone,
        asked.currency,
        [Number(one, now[one.name], before[one.name]) for one in HEADS],
        tables,
        curve(asked),
        _why_sums_differ(flows),
    )


def _heads(asked: Asked, *, before: bool) -> Row:
    period = asked.period.before if before else asked.period
    sums = asked.sums("flow", "kind", kinds=messages.KINDS, before=before)
    told: dict[str, int] = defaultdict(int)
    bought = turnover = 0
    for (flow, kind), (count, amount) in sums.items():
        if flow == SHOP:
            bought += count if kind == "order" else 0
            turnover += amount
        else:
            told[str(kind)] += count
            told[f"{kind} worth"] += amount
    reached, engaged = reach.people(asked.rows, period.span)
    row = row_of(told, (messages.SENT, messages.OPENED, messages.CLICKED, messages.EARNED))
    earned = row["earned"]
    assert isinstance(earned, int)
    return {
        **row,
        "reached": reached,
        "engagement_rate": share(engaged, reached),
        "shop_orders": bought,
        "shop_revenue": turnover,
        "earned_share": share(earned, turnover) if turnover > 0 else None,
    }


def _flows(asked: Asked) -> Table:
    """The league: whoever earned most stands first."""
    kinds = (*messages.KINDS, "entered", "goal")
    found = {
        flow: told
        for (flow,), told in by_group(asked.sums("flow", "kind", "way", kinds=kinds), 1, 2).items()
    }
    held = asked.sums("flow", "way", kinds=("goal",))
    earlier = by_group(asked.sums("flow", "kind", "way", kinds=kinds, before=True), 1, 2)
    columns = (
        *(_FLOW, ENTERED, messages.SENT, messages.OPENED, messages.CLICKED, GOALS),
        *(messages.ORDERS, messages.REVENUE, messages.EARNED, _BEFORE),
    )
    rows: list[Row] = []
    for flow, told in found.items():
        if flow == SHOP:
            continue
        name = asked.flows[int(flow)]
        cells = row_of(told, (*messages.COLUMNS, messages.EARNED))
        out = held.get((flow, "holdout"), (0, 0))[0]
        before = row_of(earlier.get((flow,), {}), (messages.EARNED,))["earned"]
        whole: Row = {
            **cells,
            "title": asked.title(name),
            "flow": name,
            "entered": told.get("entered", 0),
            "goals": told.get("goal", 0) - out,
            "earned_before": before,
        }
        rows.append({one: whole[one] for one in ("flow", *(column.name for column in columns))})
    rows = ordered(ordered(rows, "sent"), "earned")
    return Table(
        "flows", say("Flows"), columns, rows, about=[{"flow": str(row["flow"])} for row in rows],
        empty=say("Nothing happened in any flow in this time."),
    )  # fmt: skip


def _why_sums_differ(flows: Table) -> list[str]:
    def total(name: str) -> int:
        return sum(value for row in flows.rows if isinstance(value := row[name], int))

    if total("revenue") == total("earned"):
        return []
    return [
        say(
            "The flows' revenue adds up to more than what was earned: who clicked messages of two"
            " flows before an order counts in both, and once in the shop."
        )
    ]


def _revenue_by(asked: Asked, what: str) -> Table:
    """What was earned, each order once."""
    worth: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    if what == "product":
        for (product,), (count, amount) in asked.sums("way", kinds=("earned item",)).items():
            worth[str(product),] = [count, amount]
    else:
        by = ("flow", "message", "channel") if what == "message" else ("channel",)
        sums = asked.sums(*by, "kind", kinds=("earned", "earned back"))
        for (*key, kind), (count, amount) in sums.items():
            if what == "message":
                key[0] = asked.flows[int(key[0])]
            told = worth[tuple(map(str, key))]
            told[0] += count if kind == "earned" else 0
            told[1] += amount
    names = ("flow", "message", "channel") if what == "message" else (what,)
    titles = {
        "flow": say("Flow"),
        "message": say("Message"),
        "channel": say("Channel"),
        "product": say("Product"),
    }
    counts = Column("quantity", say("Pieces"), kinds=("earned",)) if what == "product" else Column(
        "orders", say("Orders"), "count", say("Orders, each credited once."), ("earned",)
    )  # fmt: skip
    says = {
        "message": "",
        "channel": "",
        "product": say("Price times quantity of what these orders held, before anything was paid back."),  # noqa: E501
    }  # fmt: skip
    rows: list[Row] = [
        {**dict(zip(names, key, strict=True)), counts.name: count, "earned": amount}
        for key, (count, amount) in worth.items()
    ]
    rows = ordered(rows, "earned")
    about = [{name: str(row[name]) for name in names} for row in rows]
    heading = {
        "message": say("Earned by message"),
        "channel": say("Earned by channel"),
        "product": say("Earned by product"),
    }
    columns = (*(Column(one, titles[one], "text") for one in names), counts,
               Column("earned", say("Earned"), "money", "", ("earned money",)))  # fmt: skip
    return Table(
        f"by_{what}", heading[what], columns, rows, says=says[what],
        empty=say("No order followed a click on a message."), about=list(about),
    )  # fmt: skip


def _incremental(asked: Asked) -> Table:
    """What flows earned because of them, where a share of people is held out."""
    rows: list[Row] = []
    for name, program in sorted(asked.programs.items()):
        if program.holdout > 0:
            found = experiments.report(asked.rows, program, None, asked.currency)
            held = {one.label: one.people for one in found.holdout.groups} if found.holdout else {}
            people: dict[str, Value] = {
                "people": held.get("flow", 0),
                "held_out": held.get("holdout", 0),
            }
            rows.append({"flow": name, **people, "incremental": found.incremental})
    columns = (
        Column("flow", say("Flow"), "text"),
        Column("people", say("Customers"), "count", say("Different people who entered the flow."),
               ("arm",)),
        Column("held_out", say("Held out"), "count", say("People who entered and got nothing."),
               ("arm held out",)),
        Column(
            "incremental", say("Incremental revenue, 95 %"), "worth",
            say("Revenue per person of the goal, less that of people held out, times the people; since the flow began. Shown once 40 people of each reached it."),  # noqa: E501
        ),
    )  # fmt: skip
    return Table(
        "incremental", say("Earned because of the flow"), columns, rows,
        says=say("Measured against people who were held out: another question than the last click, so never added to it."),  # noqa: E501
        empty=say("No flow holds anybody out. `holdout 10%` in a flow measures what it earns."),
        about=[{"flow": str(row["flow"]), "experiment": "holdout", "arm": "flow"} for row in rows],
    )  # fmt: skip


def _skipped(asked: Asked) -> Table:
    """What was not sent, and why."""
    found: dict[str, int] = defaultdict(int)
    for (_kind, way), (count, _) in asked.sums("kind", "way", kinds=("skipped", "dropped")).items():
        found[str(way)] += count
    rows: list[Row] = [{"reason": reason, "count": count} for reason, count in found.items()]
    columns = (
        Column("reason", say("Reason"), "text"),
        Column(
            "count",
            say("Count"),
            "count",
            say("How often in this time, in all flows."),
            ("not sent",),
        ),
    )
    return Table(
        "skipped", say("Not sent, and why"), columns, ordered(rows, "count"),
        empty=say("Nothing was held back in this time."),
        about=[{"way": str(row["reason"])} for row in ordered(rows, "count")],
    )  # fmt: skip
