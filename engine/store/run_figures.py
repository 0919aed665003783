"""What runs, messages and entries add up to, and one customer's story. Reads only."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from engine.core.model import DAY, Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.rows import Rows
from engine.store.runs import RUNS_OF

ARMS: Final = "json_extract(cast(r.memory as text), '$.arms')"
HELD: Final = (
    "case when json_extract(cast(r.memory as text), '$.holdout') is null then 0 else 1 end"
)


class Group(NamedTuple):
    """People of one arm, their runs, what was sent, who reached the goal, its revenue and that
    squared.
    """

    people: int
    runs: int
    sent: int
    reached: int
    revenue: float
    squared: float


RETRIED_FOR: Final = 30 * DAY
"""So long the version of a message that failed is kept after its run."""


# --- who stands where ----------------------------------------------------------------------


def people(rows: Rows) -> dict[tuple[str, int], dict[int, int]]:
    """How many active runs stand where: by flow and version, by place in the program."""
    found: dict[tuple[str, int], dict[int, int]] = {}
    for flow, version, node, count in rows.rows(
        "select f.name, r.version, r.node, count(*) from run r join flow f on f.id = r.flow"
        " where r.ended_at is null group by f.name, r.version, r.node"
        " order by f.name, r.version, r.node"
    ):
        found.setdefault((flow, version), {})[node] = count
    return found


def newest_step(rows: Rows) -> int:
    """The number of the newest row of the history, 0 for none."""
    row = rows.row("select max(id) from step_history")
    return 0 if row is None or row[0] is None else int(row[0])


def passed(rows: Rows, after: int, until: int) -> list[Row]:
    """What was passed by the history's rows behind `after` up to `until`: flow, step, what became
    of it, the detail that says which way, how often.
    """
    return rows.rows(
        "select f.name, h.node, h.outcome, h.detail, count(*) from step_history h"
        " join run r on r.id = h.run join flow f on f.id = r.flow"
        " where h.id > ? and h.id <= ? and h.outcome in ('done', 'skipped', 'entered')"
        " group by f.name, h.node, h.outcome, h.detail",
        (after, until),
    )


def stood_and_passed(rows: Rows, flow: str) -> list[Row]:
    """Every row of the history of a flow's runs, each run's in order: run, step, what became of it,
    detail. For looks that compare; it reads everything.
    """
    return rows.rows(
        "select h.run, h.node, h.outcome, h.detail from step_history h join run r on r.id = h.run"
        " join flow f on f.id = r.flow where f.name = ? order by h.run, h.id",
        (flow,),
    )


def standing_at(
    rows: Rows, flow: str, version: int, node: int, after: tuple[int, int], limit: int
) -> list[Row]:
    """Who stands at a place, the first who came first: run, customer, since when, until when,
    properties. `after` is the moment and the run that the page ahead ended with.
    """
    return rows.rows(
        "select r.id, r.customer, r.arrived_at, coalesce(r.wake_at, r.asleep_until), c.properties"
        " from run r join flow f on f.id = r.flow join customer c on c.id = r.customer"
        " where f.name = ? and r.version = ? and r.node = ? and r.ended_at is null"
        " and (r.arrived_at > ? or (r.arrived_at = ? and r.id > ?))"
        " order by r.arrived_at, r.id limit ?",
        (flow, version, node, after[0], after[0], after[1], limit),
    )


def waiting_at(rows: Rows, flow: str, version: int, node: int) -> int:
    """How many people stand at a place."""
    row = rows.row(
        "select count(distinct r.customer) from run r join flow f on f.id = r.flow"
        " where f.name = ? and r.version = ? and r.node = ? and r.ended_at is null",
        (flow, version, node),
    )
    return 0 if row is None else int(row[0])


def inside(rows: Rows, flow: str) -> dict[int, int]:
    """How many active runs each version of a flow has."""
    return dict(
        rows.rows(
            "select r.version, count(*) from run r join flow f on f.id = r.flow"
            " where f.name = ? and r.ended_at is null group by r.version",
            (flow,),
        )
    )


def waits(rows: Rows, flow: str, version: int, node: int) -> list[Row]:
    """Who waits at a place: since when, until when (asleep or not), zone, how many."""
    return rows.rows(
        "select r.arrived_at, coalesce(r.wake_at, r.asleep_until), c.zone, count(*)"
        " from run r join flow f on f.id = r.flow left join customer c on c.id = r.customer"
        " where f.name = ? and r.version = ? and r.node = ? and r.ended_at is null"
        " group by r.arrived_at, coalesce(r.wake_at, r.asleep_until), c.zone",
        (flow, version, node),
    )


def in_use(rows: Rows, now: Instant) -> set[tuple[str, int]]:
    """Versions with runs, with goals that may still be reached, or with something to send: what
    failed, too, for as long as somebody is likely to try it again.
    """
    found = rows.rows(
        "select distinct f.name, r.version from run r join flow f on f.id = r.flow"
        " where r.ended_at is null or (r.unclaimed and r.ended_at >= ?)"
        " or (r.goal_at is null and r.goal_until >= ?)",
        (now - RETRIED_FOR, now - DAY),
    )
    found += rows.rows(
        "select distinct f.name, i.version from intent i join flow f on f.id = i.flow"
        " where i.state in ('ready', 'paused', 'claimed')"
    )
    found += rows.rows(
        "select distinct f.name, s.version from on_site s join flow f on f.id = s.flow"
        " where s.shown_at is null and (s.until_at is null or s.until_at > ?)",
        (now,),
    )
    return {(flow, number) for flow, number in found}


def moments(rows: Rows, now: Instant) -> list[Instant]:
    """When the next run wakes, and when the next message becomes due."""
    return [
        row[0]
        for row in rows.rows(
            "select * from (select wake_at from run where wake_at is not null"
            " order by wake_at limit 1) as waking"
            " union all select * from (select due_at from intent where state = 'ready'"
            " and due_at > ? order by due_at limit 1) as sending",
            (now,),
        )
    ]


# --- over all time -------------------------------------------------------------------------


def inside_flows(rows: Rows) -> list[Row]:
    """Flow, how many runs are inside."""
    return rows.rows("select flow, count(*) from run where ended_at is null group by flow")


def times_to_goal(
    rows: Rows, flow: int, span: tuple[Instant, Instant], version: int | None = None
) -> list[int]:
    """How long runs took that reached their goal in a time and were not held out (ms)."""
    which, values = ("", ()) if version is None else (" and r.version = ?", (version,))
    found = rows.rows(
        "select g.at - r.entered_at from goal g join run r on r.id = g.run"
        f" where g.at >= ? and g.at < ? and g.flow = ? and not g.holdout{which}",
        (*span, flow, *values),
    )
    return [row[0] for row in found]


OF_FLOW: Final = (
    "r.id in (select id from run where flow = ? and ended_at is null"
    " union all select id from run where flow = ? and ended_at is not null)"
)
"""All runs of a flow, which is given twice: each half of the runs has an index for it."""


def arms(rows: Rows, flow: int) -> list[str]:
    """The ways (JSON) in which runs remember the arms they are in: they are few."""
    return [
        text
        for (text,) in rows.rows(
            f"select distinct {ARMS} from run r where {OF_FLOW} and {ARMS} is not null",
            (flow, flow),
        )
    ]


def group_of_arm(rows: Rows, flow: int, ways: tuple[str, ...]) -> Group:
    """People whose runs remember an arm in one of these ways."""
    return _group(rows, flow, f"{ARMS} in {TEXTS}", texts(ways))


def group_of_holdout(rows: Rows, flow: int, *, held: bool) -> Group:
    """People who were held out, or were not."""
    return _group(rows, flow, f"{HELD} = ?", int(held))


def _group(rows: Rows, flow: int, which: str, value: object) -> Group:
    row = rows.row(
        "select count(*), coalesce(sum(runs), 0), coalesce(sum(sent), 0),"
        " coalesce(sum(reached), 0), coalesce(sum(revenue), 0),"
        " coalesce(sum(1.0 * revenue * revenue), 0) from ("
        "select r.customer as customer, count(*) as runs, sum((select count(*)"
        " from intent i where i.run = r.id and i.state = 'sent' and i.recipient = 0)) as sent,"
        " max(case when g.run is null then 0 else 1 end) as reached,"
        " sum(coalesce(g.revenue, 0)) as revenue"
        " from run r left join goal g on g.run = r.id"
        f" where {OF_FLOW} and {which} group by r.customer) people",
        (flow, flow, value),
    )
    assert row is not None
    people, runs, sent, reached = (int(one) for one in row[:4])
    return Group(people, runs, sent, reached, float(row[4]), float(row[5]))


# --- one customer --------------------------------------------------------------------------


def runs_of(rows: Rows, customer: int) -> list[Row]:
    """All runs, oldest first: id, flow, version, state, entry, newest row of history, node, how
    it ended.
    """
    return rows.rows(
        "select id, flow, version, state, entered_at, history, node, end_kind from run"
        f" where id in ({RUNS_OF}) order by entered_at, id",
        (members([customer]), members([customer])),
    )


def active(rows: Rows, customer: int, flow: int) -> set[int]:
    """A customer's runs of a flow that have not ended."""
    return {
        run
        for (run,) in rows.rows(
            "select id from run where customer = ? and flow = ? and ended_at is null",
            (customer, flow),
        )
    }


def begun(rows: Rows, customer: int, flow: int, after: int) -> list[int]:
    """A customer's runs of a flow behind a number."""
    return [
        run
        for (run,) in rows.rows(
            "select id from run where customer = ? and flow = ? and id > ? order by id",
            (customer, flow, after),
        )
    ]


def history(rows: Rows, head: int | None) -> list[Row]:
    """A run's, oldest first (its rows hang together by number, newest first): when, node, outcome,
    detail, until when.
    """
    return rows.rows(
        "with recursive story (id, previous, at, node, outcome, detail, until_at) as ("
        " select id, previous, at, node, outcome, detail, until_at from step_history where id = ?"
        " union all select h.id, h.previous, h.at, h.node, h.outcome, h.detail, h.until_at"
        " from step_history h join story s on h.id = s.previous)"
        " select at, node, outcome, detail, until_at from story",
        (head,),
    )[::-1]


def messages_of(rows: Rows, runs: list[int]) -> dict[int, list[tuple[Any, ...]]]:
    """By run: step, recipient, channel, message, when, state, reason, attempts."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for run, *rest in rows.rows(
        "select run, step, recipient, channel, message,"
        " coalesce(done_at, claimed_at, due_at), state, reason, attempts from intent"
        f" where run in {MEMBERS} order by made_at, step, visit",
        (members(runs),),
    ):
        found.setdefault(run, []).append(tuple(rest))
    return found


def run_of(rows: Rows, customer: int, run: int) -> Row | None:
    """A run of this customer: flow, version, newest row of history, memory; None for none."""
    return rows.row(
        "select f.name, r.version, r.history, r.memory from run r join flow f on f.id = r.flow"
        " where r.id = ? and r.customer = ?",
        (run, customer),
    )


def made_in(rows: Rows, run: int) -> list[Row]:
    """What a run decided to send: step, visit, recipient, channel, message, when it went or will,
    state, detail (JSON; None for who was erased), priority.
    """
    return rows.rows(
        "select step, visit, recipient, channel, message, coalesce(done_at, claimed_at, due_at),"
        " state, detail, priority from intent where run = ? order by made_at, step, visit",
        (run,),
    )


def goals_of(rows: Rows, runs: list[int]) -> dict[int, tuple[Instant, str]]:
    """By run, of those that reached their goal: when, and by which event."""
    found = rows.rows(f"select run, at, event from goal where run in {MEMBERS}", (members(runs),))
    return {run: (at, event) for run, at, event in found}


def skipped_of(rows: Rows, customer: int, limit: int) -> list[Row]:
    """Entries that were refused, newest first: flow, when, why."""
    return rows.rows(
        "select flow, at, reason from skipped_entry where customer = ? order by id desc limit ?",
        (customer, limit),
    )


def newest_skipped(rows: Rows) -> int:
    """The number of the entry that was refused last, 0 for none."""
    ((number,),) = rows.rows("select coalesce(max(id), 0) from skipped_entry")
    return int(number)


def why_skipped(rows: Rows, customer: int, flow: int, after: int) -> str | None:
    """Why an entry behind a number was refused, None where none was."""
    row = rows.row(
        "select reason from skipped_entry where customer = ? and flow = ? and id > ?"
        " order by id desc limit 1",
        (customer, flow, after),
    )
    return None if row is None else str(row[0])
