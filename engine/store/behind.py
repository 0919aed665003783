"""Who stands behind a figure: the customers of its rows, the latest first."""

from __future__ import annotations

from typing import Final

from engine.core.figures import CLICKS, LEAVES, OPENS
from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import text_in
from engine.store.rows import Rows
from engine.store.tables.events import IS_FIGURED

Span = tuple[Instant, Instant]
_STATES: Final = {"sent": "sent", "undelivered": "failed"}
_EVENTS: Final = {"opened": OPENS, "clicked": CLICKS, "left": LEAVES, "bought": ("purchase",)}
_RETURNED: Final = {
    "bounced": ("hard_bounce", "soft_bounce", "blocked"),
    "complained": ("complained",),
}
KINDS: Final = (*_STATES, *_EVENTS, *_RETURNED, "goal", "entered", "ended")
_TEXTS: Final = ("message", "step")


def people(rows: Rows, kind: str, span: Span, about: dict[str, str], limit: int) -> list[Row]:
    """Customer and the latest moment of what `kind` counts in a time. `about` names a `flow`,
    `message`, `step` or `channel`, or the `way` in which a run ended.
    """
    where: list[str] = []
    values: list[object] = [*span]

    def only(column: str, value: str) -> None:
        where.append(f"{column} = ?")
        values.append(value)

    if kind in _STATES:
        sql = (
            "select x.customer, max(x.done_at) as at from intent x join flow f on f.id = x.flow"
            " where x.done_at is not null and x.done_at >= ? and x.done_at < ?"
            f" and x.recipient = 0 and x.state = '{_STATES[kind]}'"
        )
        names = {"flow": "f.name", "message": "x.message", "step": "x.step", "channel": "x.channel"}
    elif kind in _RETURNED:
        told = ", ".join(f"'{one}'" for one in _RETURNED[kind])
        sql = (
            "select x.customer, max(x.at) as at from feedback x"
            f" where x.at >= ? and x.at < ? and x.kind in ({told}) and x.customer > 0"
        )
        names = {"flow": "x.flow", "message": "x.message", "step": "x.step", "channel": "x.channel"}
    elif kind in _EVENTS:
        wanted = _EVENTS[kind]
        if about.get("channel") and kind in ("opened", "clicked"):
            wanted = tuple(one for one in wanted if one.endswith(f"_{about['channel']}"))
        told = ", ".join(f"'{one}'" for one in wanted) or "''"
        sql = (
            "select x.customer, max(x.occurred_at) as at from event x"
            f" where x.{IS_FIGURED} and x.name in ({told})"
            " and x.occurred_at >= ? and x.occurred_at < ?"
        )
        names = {one: text_in("x.properties", one) for one in ("flow", *_TEXTS)}
        if kind == "bought":
            names = {}
    elif kind == "goal":
        sql = (
            "select x.customer, max(x.at) as at from goal x join flow f on f.id = x.flow"
            " where x.at >= ? and x.at < ? and not x.holdout"
        )
        names = {"flow": "f.name"}
    else:
        sql = (
            "select r.customer, max(x.at) as at from step_history x join run r on r.id = x.run"
            " join flow f on f.id = r.flow where x.at >= ? and x.at < ? and x.id >= ?"
            f" and x.outcome = '{kind}'"
        )
        values.append(first_step(rows, span[0]))
        names = {"flow": "f.name", "way": "x.detail"}
    for name, column in names.items():
        if about.get(name):
            only(column, about[name])
    more = "".join(f" and {one}" for one in where)
    return rows.rows(
        f"{sql}{more} group by 1 order by at desc, 1 limit {int(limit)}", tuple(values)
    )


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
