"""What came of one flow."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Final

from engine.core.model import DAY
from engine.reports import messages
from engine.reports.asked import Asked
from engine.reports.messages import by_group, row_of
from engine.reports.told import BY_ROW, Column, Curve, Number, Report, Row, Table, ordered, say
from engine.store import run_figures

ENTERED: Final = Column(
    "entered", say("Entered"), "count", say("How often somebody entered the flow in this time."),
    ("entered",),
)  # fmt: skip
INSIDE: Final = Column(
    "inside",
    say("Inside now"),
    "count",
    say("Runs that are in the flow at this moment."),
    ("inside",),
)
FINISHED: Final = Column(
    "finished", say("Finished"), "count",
    say("Runs that came to the flow's end, or to a step that ends it."), ("finished",),
)  # fmt: skip
ENDED_EARLY: Final = Column(
    "ended_early", say("Left early"), "count",
    say("Runs that an exit, an edit, a merge or a person ended before."), ("left early",),
)  # fmt: skip
GOALS: Final = Column(
    "goals", say("Goals"), "count",
    say("Runs that reached the flow's goal in this time, without those that were held out."),
    ("goal",),
)  # fmt: skip
DAYS: Final = Column(
    "days_to_goal", say("Days to the goal"), "days",
    say("From entering the flow to its goal: half of the runs were faster."), ("goal",),
)  # fmt: skip
HEADS: Final = (
    *(ENTERED, INSIDE, FINISHED, ENDED_EARLY),
    *messages.COLUMNS,
    *(GOALS, DAYS, messages.EARNED),
)
_DONE: Final = ("finished", "exit step")
_STEP: Final = Column("step", say("Step"), "text")
_MESSAGE: Final = Column("message", say("Message"), "text")
_CHANNEL: Final = Column("channel", say("Channel"), "text")


def flow_report(asked: Asked) -> Report:
    """Entries, ends, steps and messages of `asked.flow`, in all versions or in one."""
    now, before = _heads(asked, before=False), _heads(asked, before=True)
    numbers = [
        Number(one, now.get(one.name), None if one is INSIDE else before.get(one.name))
        for one in HEADS
    ]
    return Report(
        "flow",
        asked.title(asked.flow),
        asked.period.first.isoformat(),
        asked.period.last.isoformat(),
        asked.period.zone,
        asked.currency,
        numbers,
        [_funnel(asked.flow, now), _messages(asked), _steps(asked), _ends(asked)],
        curve(asked),
        flow=asked.flow,
    )


def _heads(asked: Asked, *, before: bool) -> Row:
    kinds = (*messages.KINDS, "entered", "ended", "goal")
    found = asked.sums("kind", "way", kinds=kinds, before=before)
    row = row_of(by_group(found, 0, 1)[()], (*messages.COLUMNS, messages.EARNED))
    ends: Counter[bool] = Counter()
    for (kind, way), (count, _) in found.items():
        if kind == "ended":
            ends[str(way).partition(":")[0] in _DONE] += count
    entered = sum(count for (kind, _), (count, _money) in found.items() if kind == "entered")
    goals = sum(
        count for (kind, way), (count, _) in found.items() if kind == "goal" and way != "holdout"
    )
    span = (asked.period.before if before else asked.period).span
    took = run_figures.times_to_goal(asked.rows, asked.number, span, asked.version)
    inside = run_figures.inside(asked.rows, asked.flow)
    return {
        **row,
        "entered": entered,
        "finished": ends[True],
        "ended_early": ends[False],
        "goals": goals,
        "days_to_goal": round(median(took) / DAY, 2) if took else None,
        "inside": sum(
            count for version, count in inside.items() if asked.version in (None, version)
        ),
    }


def _funnel(flow: str, now: Row) -> Table:
    """How many of what: each a part of the one before, where nobody skips a step."""
    stages = (ENTERED, messages.SENT, messages.OPENED, messages.CLICKED, messages.ORDERS)
    rows: list[Row] = [{"stage": one.title, "count": now.get(one.name)} for one in stages]
    columns = (
        Column("stage", say("Stage"), "text", spoken=True),
        Column("count", say("Count"), "count", "", BY_ROW),
    )
    return Table(
        "funnel", say("From entry to order"), columns, rows,
        says=say("Counts of this time, not one group of people followed: who entered before is sent to as well."),  # noqa: E501
        about=[{"flow": flow, "kind": one.kinds[0]} for one in stages],
    )  # fmt: skip


def _messages(asked: Asked) -> Table:
    by = ("step", "message", "channel", "kind", "way")
    found = by_group(asked.sums(*by, kinds=messages.KINDS), 3, 4)
    rows, about = [], []
    places = {key: _place(asked, str(key[0])) for key in found}
    for key in sorted(found, key=lambda one: (places[one], *map(str, one))):
        step, message, channel = map(str, key)
        if not message:
            continue
        rows.append({"message": message, "channel": channel, "step": step, **row_of(found[key])})
        about.append({"flow": asked.flow, "step": step, "message": message, "channel": channel})
    merged = _with_leaves(rows, about)
    return Table(
        "messages", say("Messages"), (_MESSAGE, _CHANNEL, _STEP, *messages.COLUMNS), merged[0],
        empty=say("Nothing was sent in this time."), about=list(merged[1]),
    )  # fmt: skip


def _with_leaves(
    rows: list[Row], about: list[dict[str, str]]
) -> tuple[list[Row], list[dict[str, str]]]:
    """Who left a list did so by a message, whatever its channel: they count in its row."""
    kept: list[Row] = []
    told: list[dict[str, str]] = []
    for row, place in zip(rows, about, strict=True):
        if not row["channel"]:
            same = [one for one in rows if one["step"] == row["step"] and one["channel"]]
            if same:
                same[0]["unsubscribed"] = _sum(same[0]["unsubscribed"], row["unsubscribed"])
                continue
        kept.append(row)
        told.append(place)
    return kept, told


def _sum(one: object, other: object) -> int:
    return (one if isinstance(one, int) else 0) + (other if isinstance(other, int) else 0)


def _steps(asked: Asked) -> Table:
    """What became of whom at each step, by the way in which they left it."""
    says = {
        "done": say("gone through"),
        "skipped": say("skipped"),
        "failed": say("failed"),
        "held": say("held"),
    }
    says_not = say("not sent")
    found = asked.sums("step", "kind", "way", kinds=says)
    dropped = asked.sums("step", "way", kinds=("dropped",))
    rows: list[Row] = [
        {"step": str(step), "outcome": says[str(kind)], "way": str(way), "count": count}
        for (step, kind, way), (count, _) in found.items()
    ]
    rows += [
        {"step": str(step), "outcome": says_not, "way": str(way), "count": count}
        for (step, way), (count, _) in dropped.items()
    ]
    rows.sort(key=lambda row: (_place(asked, str(row["step"])), *map(str, row.values())))
    columns = (
        _STEP,
        Column(
            "outcome", say("Outcome"), "text",
            say("Gone through and skipped are the run's; not sent is a message that was decided on and did not go."),  # noqa: E501
            spoken=True,
        ),
        Column("way", say("Way or reason"), "text"),
        Column("count", say("Count"), "count", say("How often in this time."), BY_ROW),
    )  # fmt: skip
    kinds = {word: kind for kind, word in says.items()} | {says_not: "dropped"}
    return Table(
        "steps", say("Steps"), columns, rows, empty=say("Nobody passed a step."),
        about=[
            {"flow": asked.flow, "step": str(row["step"]), "kind": kinds[str(row["outcome"])],
             "way": str(row["way"]), "exact": "" if row["way"] else "1"}
            for row in rows
        ],
    )  # fmt: skip


def _ends(asked: Asked) -> Table:
    found = asked.sums("way", kinds=("ended",))
    rows: list[Row] = [{"reason": str(way), "count": count} for (way,), (count, _) in found.items()]
    columns = (
        Column("reason", say("How runs ended"), "text"),
        Column("count", say("Count"), "count", say("Runs that ended so in this time."), ("ended",)),
    )
    return Table(
        "ends", say("Ends"), columns, ordered(rows, "count"), empty=say("No run ended."),
        about=[{"flow": asked.flow, "way": str(row["reason"])} for row in ordered(rows, "count")],
    )  # fmt: skip


def _place(asked: Asked, step: str) -> int:
    """Where a step stands in the flow that is live; behind all where it does not."""
    program = asked.programs.get(asked.flow)
    ops = () if program is None else program.ops
    return next((op.position for op in ops if op.id == step), 1 << 30)


def curve(asked: Asked) -> Curve:
    """Entries, messages and orders by day."""
    columns = (
        Column("day", say("Day"), "text"),
        Column("entered", say("Entered"), kinds=("entered",)),
        Column("sent", say("Sent"), kinds=("sent",)),
        Column("orders", say("Orders"), kinds=("order" if asked.flow else "bought",)),
    )
    names = {"entered": "entered", "sent": "sent", "order": "orders"}
    days: dict[str, Row] = {
        day: {"day": day, "entered": 0, "sent": 0, "orders": 0} for day in asked.period.each()
    }
    sums = asked.sums("hour", "kind", "flow", kinds=names)
    for (hour, kind, flow), (count, _) in sums.items():
        day = days.get(asked.period.day_of(int(hour)))
        if day is not None and (asked.flow or kind != "order" or not flow):
            day[names[str(kind)]] = _sum(day[names[str(kind)]], count)
    return Curve("days", say("By day"), columns, list(days.values()))
