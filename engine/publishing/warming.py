"""A young sender's warm-up: since when, and how much of today's mails has gone.

Kept as one row, so that it stands after a restart. It begins when the store's line goes live, and
is forgotten when the line has gone: put back, it begins anew.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from engine.core.deployment import Deployment
from engine.core.model import DAY, Instant
from engine.core.warming import WarmUp, day_number
from engine.store import settings_rows, warming
from engine.store.rows import Rows
from engine.store.writer import Transaction

REASON: Final = "warm-up:"
"""How the reason of what waits begins."""
_NAME: Final = "warm-up"


class Standing(NamedTuple):
    """`day` is counted from 0, `went` how many mails have gone on it."""

    since: Instant
    zone: str
    plan: WarmUp
    day: int
    went: int

    @property
    def most(self) -> int | None:
        """How many mails the day may send; None: any number, it is over."""
        return self.plan.most(self.day)

    @property
    def room(self) -> int:
        """How many may still go today."""
        return max(0, (self.most or 0) - self.went)

    def words(self) -> str:
        """A sentence for people, without what it is about."""
        return f"day {self.day + 1} of {self.plan.days}, {self.went} of {self.most} mails went"


def begin(transaction: Transaction, deployment: Deployment, now: Instant) -> None:
    """What is declared goes live."""
    plan, before = deployment.warm_up, settings_rows.read(transaction, _NAME)
    if plan is None:
        if before:
            settings_rows.forget(transaction, _NAME)
        return
    since = orjson.loads(before)["since"] if before else now
    told = orjson.loads(before) if before else {"day": 0, "went": 0}
    _keep(transaction, Standing(since, deployment.zone, plan, told["day"], told["went"]))


def read(rows: Rows, now: Instant) -> Standing | None:
    """How far it is; None where there is none, or it is over."""
    kept = settings_rows.read(rows, _NAME)
    if not kept:
        return None
    told = orjson.loads(kept)
    plan = WarmUp(told["days"], told["first"])
    day = day_number(told["since"], now, told["zone"])
    went = told["went"] if told["day"] == day else 0
    found = Standing(told["since"], told["zone"], plan, day, went)
    return None if found.most is None else found


def span(rows: Rows) -> tuple[Instant, Instant] | None:
    """From when until when a young sender warmed up, or will have; None where none did."""
    kept = settings_rows.read(rows, _NAME)
    if not kept:
        return None
    told = orjson.loads(kept)
    return told["since"], told["since"] + (told["days"] + 1) * DAY


def count(transaction: Transaction, now: Instant, more: int) -> None:
    """So many more went today, or fewer."""
    found = read(transaction, now) if more else None
    if found is not None:
        _keep(transaction, found._replace(went=max(0, found.went + more)))


def words(rows: Rows, now: Instant) -> list[str]:
    """How far it is, and how many wait, in a sentence; none without a warm-up."""
    found = read(rows, now)
    if found is None:
        return []
    waiting = warming.held(rows, REASON)
    return [f"warm-up: {found.words()} today, {waiting} wait for another day"]


def as_json(rows: Rows, now: Instant) -> dict[str, Any] | None:
    """For scripts."""
    found = read(rows, now)
    if found is None:
        return None
    told = {"day": found.day + 1, "days": found.plan.days, "went": found.went, "most": found.most}
    return {**told, "waiting": warming.held(rows, REASON)}


def _keep(transaction: Transaction, found: Standing) -> None:
    told = {
        "since": found.since,
        "zone": found.zone,
        "days": found.plan.days,
        "first": found.plan.first,
        "day": found.day,
        "went": found.went,
    }
    settings_rows.keep(transaction, _NAME, orjson.dumps(told).decode())
