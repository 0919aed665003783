"""Who stands behind a figure: the customers of its rows, the latest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from engine.core.figures import CLICKS, LEAVES, MONEY, OPENS, VIEWS
from engine.core.model import Instant
from engine.store.behaviour import ON_SITE, first_received
from engine.store.connection import Row
from engine.store.dialects import TEXTS, text_in, texts
from engine.store.domains import DOMAIN
from engine.store.rows import Rows
from engine.store.run_figures import ARMS, HELD, OF_FLOW
from engine.store.tables.events import IS_FIGURED

Span = tuple[Instant, Instant]
After = tuple[Instant, int]
"""The moment and the customer that the page ahead ended with."""
FIRST: Final[After] = (1 << 60, 0)

_INTENTS: Final = {
    "sent": "x.state = 'sent'",
    "delivered": "x.state = 'sent' and not exists (select 1 from feedback b where b.flow = f.name"
    " and b.message = x.message and b.at >= x.done_at and b.run = x.run and b.step = x.step"
    " and b.kind in ('hard_bounce', 'soft_bounce', 'blocked'))",
    "undelivered": "x.state = 'failed'",
    "dropped": "x.state = 'skipped'",
}
_EVENTS: Final = {
    "opened": OPENS,
    "clicked": CLICKS,
    "left": LEAVES,
    "bought": ("purchase",),
    "seen": VIEWS,
    "money": MONEY,
}
_RETURNED: Final = {
    "bounced": ("hard_bounce", "soft_bounce", "blocked"),
    "complained": ("complained",),
}
_DONE: Final = (
    "(x.detail in ('finished', 'exit step') or x.detail like 'finished:%'"
    " or x.detail like 'exit step:%')"
)
_STEPS: Final = {
    **{one: f"x.outcome = '{one}'" for one in ("entered", "ended", "done", "skipped", "failed")},
    "held": "x.outcome = 'held'",
    "finished": f"x.outcome = 'ended' and {_DONE}",
    "left early": f"x.outcome = 'ended' and not {_DONE}",
}
KINDS: Final = (
    *(*_INTENTS, *_EVENTS, *_RETURNED, *_STEPS),
    *("goal", "inside", "deferred", "engaged", "not sent", "arm", "arm reached"),
    *("did", "did bought", "others", "others bought"),
)


class _Rows(NamedTuple):
    """Where the rows are: `sql` up to its conditions, `at` the moment, `names` columns by what they
    tell, `values` what the conditions take. `alias` has the `customer`.
    """

    sql: str
    at: str
    names: Mapping[str, str]
    values: tuple[object, ...]
    alias: str = "x"


def people(
    rows: Rows, kind: str, span: Span, about: Mapping[str, str], limit: int, after: After = FIRST
) -> list[Row]:
    """Customer and the latest moment of what `kind` counts in a time, behind `after`. `about` names
    a `flow`, `version`, `message`, `step`, `channel` or `domain`, or the `way` in which it was.
    """
    sql = ""
    values: list[object] = []
    for part in _sources(rows, kind, span, about):
        where = ""
        values += part.values
        for name, column in part.names.items():
            if about.get(name):
                where += f" and {column} = ?"
                values.append(int(about[name]) if name == "version" else about[name])
        union = " union all " if sql else ""
        sql += f"{union}select {part.alias}.customer as customer, {part.at} as at {part.sql}{where}"
    return rows.rows(
        f"select customer, max(at) as last from ({sql}) behind where customer > 0"
        " group by customer having max(at) < ? or (max(at) = ? and customer > ?)"
        f" order by last desc, customer limit {int(limit)}",
        (*values, after[0], after[0], after[1]),
    )


def _sources(rows: Rows, kind: str, span: Span, about: Mapping[str, str]) -> Sequence[_Rows]:
    if kind == "not sent":
        found = [_intents("dropped", span, about)]
        return [*found, _history(rows, "skipped", span, dict(about))]
    if kind in ("sent", "delivered") and about.get("channel", "onsite") == "onsite":
        seen = [] if about.get("domain") else [_events("seen", span, about)]
        return [_intents(kind, span, about), *seen]
    if kind in _INTENTS:
        return [_intents(kind, span, about)]
    if kind in _RETURNED:
        return [_returned(kind, span, about)]
    if kind in _EVENTS:
        return [_events(kind, span, about)]
    if kind in _STEPS:
        return [_history(rows, kind, span, about)]
    if kind in ("did", "did bought", "others", "others bought"):
        return [_behaved(rows, kind, span, about)]
    return [_others(kind, span, about)]


def _intents(kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    join = " join customer c on c.id = x.customer" if about.get("domain") else ""
    sql = (
        f"from intent x join flow f on f.id = x.flow{join}"
        " where x.done_at is not null and x.done_at >= ? and x.done_at < ?"
        f" and x.recipient = 0 and {_INTENTS[kind]}"
    )
    names = {"flow": "f.name", "version": "x.version", "domain": DOMAIN, "way": "x.reason"}
    names |= {one: f"x.{one}" for one in ("message", "step", "channel")}
    return _Rows(sql, "x.done_at", names, span)


def _returned(kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    told = ", ".join(f"'{one}'" for one in _RETURNED[kind])
    join = " join customer c on c.id = x.customer" if about.get("domain") else ""
    version = _of_version("x.run", "x.step") if about.get("version") else ""
    sql = f"from feedback x{join} where x.at >= ? and x.at < ? and x.kind in ({told}){version}"
    names = {one: f"x.{one}" for one in ("flow", "message", "step", "channel")}
    more = (int(about["version"]),) * 2 if version else ()
    return _Rows(sql, "x.at", {**names, "domain": DOMAIN}, (*span, *more))


def _of_version(run: str, step: str) -> str:
    """SQL: the message of this run and step was decided on in a version, which is given twice."""
    either = " or ".join(
        f"exists (select 1 from {table} i where i.run = {run} and i.step = {step}{which}"
        " and i.version = ?)"
        for table, which in (("intent", " and i.recipient = 0"), ("on_site", ""))
    )
    return f" and ({either})"


def _events(kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    wanted = _EVENTS[kind]
    if about.get("channel") and kind in ("opened", "clicked"):
        wanted = tuple(one for one in wanted if one.endswith(f"_{about['channel']}"))
    told = ", ".join(f"'{one}'" for one in wanted) or "''"
    sql = (
        f"from event x where x.{IS_FIGURED} and x.name in ({told})"
        " and x.occurred_at >= ? and x.occurred_at < ?"
    )
    if kind in ("bought", "money"):
        return _Rows(sql, "x.occurred_at", {}, span)
    names = {one: text_in("x.properties", one) for one in ("flow", "message", "step")}
    values: tuple[object, ...] = span
    if about.get("version"):
        run = text_in("x.properties", "run")
        sql += _of_version(f"cast({run} as bigint)", names["step"])
        values = (*span, *[int(about["version"])] * 2)
    return _Rows(sql, "x.occurred_at", names, values)


def _history(rows: Rows, kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    sql = (
        "from step_history h join run x on x.id = h.run join flow f on f.id = x.flow"
        f" where h.at >= ? and h.at < ? and h.id >= ? and {_STEPS[kind].replace('x.', 'h.')}"
    )
    names = {"flow": "f.name", "version": "x.version"}
    names |= {"way": "substr(h.detail, 1, 120)", "step": "h.node"}
    if not about.get("way") and about.get("exact"):
        sql += " and h.detail = ''"
    return _Rows(sql, "h.at", names, (*span, first_step(rows, span[0])))


def _others(kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    flow = {"flow": "f.name", "version": "r.version"}
    if kind == "goal":
        sql = (
            "from goal x join run r on r.id = x.run join flow f on f.id = x.flow"
            " where x.at >= ? and x.at < ? and not x.holdout"
        )
        return _Rows(sql, "x.at", flow, span)
    if kind == "inside":
        sql = "from run x join flow f on f.id = x.flow where x.ended_at is null"
        return _Rows(sql, "x.entered_at", {**flow, "version": "x.version"}, ())
    if kind == "deferred":
        join = " join customer c on c.id = x.customer" if about.get("domain") else ""
        sql = (
            f"from intent x{join} where x.state = 'ready' and x.attempts > 0 and x.recipient = 0"
            " and x.channel = 'email'"
        )
        return _Rows(sql, "x.made_at", {"domain": DOMAIN}, ())
    if kind == "engaged":
        told = ", ".join(f"'{one}'" for one in (*OPENS, *CLICKS))
        sql = (
            f"from event x where x.{IS_FIGURED} and x.name in ({told}) and x.occurred_at >= ?"
            " and x.occurred_at < ? and exists (select 1 from intent i where"
            " i.customer = x.customer and i.done_at is not null and i.done_at >= ?"
            " and i.done_at < ? and i.recipient = 0 and i.state = 'sent')"
        )
        return _Rows(sql, "x.occurred_at", {}, (*span, *span))
    return _of_arm(kind, about)


def _of_arm(kind: str, about: Mapping[str, str]) -> _Rows:
    """`ways` are how runs remember the arm (JSON, one a line); without them it is the holdout, and
    `held` says whether.
    """
    number = int(about.get("number") or -1)
    sql = f"from run r where {OF_FLOW}"
    values: list[object] = [number, number]
    if about.get("held"):
        sql += f" and {HELD} = ?"
        values.append(int(about["held"]))
    else:
        sql += f" and {ARMS} in {TEXTS}"
        values.append(texts(about.get("ways", "").split("\n")))
    if kind == "arm reached":
        sql += " and exists (select 1 from goal g where g.run = r.id)"
    return _Rows(sql, "r.entered_at", {}, tuple(values), "r")


def _behaved(rows: Rows, kind: str, span: Span, about: Mapping[str, str]) -> _Rows:
    """`names` are the events that are it, by commas."""
    wanted = texts(about.get("names", "").split(","))
    there = ", ".join(f"'{name}'" for name in ON_SITE)
    each = (
        "select customer, max(occurred_at) as at,"
        " min(case when name = 'purchase' then occurred_at end) as bought,"
        f" min(case when name in {TEXTS} then occurred_at end) as act from event where id >= ?"
        f" and occurred_at >= ? and occurred_at < ? and name in ({there}) group by customer"
    )
    did = "(seen.act is not null and (seen.bought is null or seen.act < seen.bought))"
    which = did if kind.startswith("did") else f"not {did}"
    if kind.endswith("bought"):
        which += " and seen.bought is not null"
    received = first_received(rows, span[0] - 86_400_000)
    values = (wanted, received, *span)
    return _Rows(f"from ({each}) seen where {which}", "seen.at", {}, values, "seen")


def first_step(rows: Rows, moment: Instant) -> int:
    """A number of the history below which nothing happened from this moment on. Rows are written
    soon after what they tell of: a day is taken off for those that were not.
    """
    low, high = (
        int(rows.rows(f"select coalesce({which}(id), 0) from step_history")[0][0])
        for which in ("min", "max")
    )
    since = moment - 86_400_000
    while low < high:
        middle = (low + high) // 2
        found = rows.row("select id, at from step_history where id >= ? order by id limit 1",
                         (middle,))  # fmt: skip
        if found is None or found[1] >= since:
            high = middle
        else:
            low = int(found[0]) + 1
    return low
