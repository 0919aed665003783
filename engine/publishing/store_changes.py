"""What a publish changes for all flows at once: the lines of `store`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time

from engine.core.deployment import Deployment
from engine.core.warming import WarmUp
from engine.publishing.plan import StoreChange
from engine.store import intents, runs
from engine.store.rows import Rows


def store_change(rows: Rows, before: Deployment | None, coming: Deployment) -> StoreChange | None:
    """How the store will differ and whom that touches; None where it stays as it is, or is new."""
    says = tuple(_differences(before, coming)) if before is not None else ()
    if not says:
        return None
    return StoreChange(says, runs.people_inside(rows), intents.waiting_count(rows))


def _differences(before: Deployment, coming: Deployment) -> Iterator[str]:
    old = [limit.says for limit in before.rules.limits]
    new = [limit.says for limit in coming.rules.limits]
    yield from (f"limit {says} is gone" for says in old if says not in new)
    yield from (f"limit {says} is new" for says in new if says not in old)
    yield from _value("quiet hours", _hours(before.rules.quiet), _hours(coming.rules.quiet))
    yield from _value("the warm-up", *(_plan(one.warm_up) for one in (before, coming)))
    yield from _value("the time zone", before.zone, coming.zone)
    yield from _value("the currency", before.currency, coming.currency)
    yield from _value("the language", before.language, coming.language)
    yield from _value("the shop's name", before.name, coming.name)
    was, now = before.senders, coming.senders
    yield from _table(
        "the sender of {}",
        *({key: one.address for key, one in told.items()} for told in (was, now)),
    )
    yield from _table(
        "the reply address of {}",
        *({key: one.reply_to for key, one in told.items()} for told in (was, now)),
    )
    yield from _table("the staff address {}", before.staff, coming.staff)
    yield from _table("topic {}", before.topics, coming.topics)


def _value(what: str, old: str, new: str) -> Iterator[str]:
    many = what.endswith("hours")
    if old == new:
        return
    if not old:
        yield f"{what} {new} {'are' if many else 'is'} new"
    elif not new:
        yield f"{what} {old} {'are' if many else 'is'} gone"
    else:
        yield f"{what} {'become' if many else 'becomes'} {new}, {'were' if many else 'was'} {old}"


def _table(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        yield from _value(what.format(name), old.get(name, ""), new.get(name, ""))


def _plan(plan: WarmUp | None) -> str:
    return "" if plan is None else f"over {plan.days} days from {plan.first} a day"


def _hours(quiet: tuple[time, time] | None) -> str:
    return "" if quiet is None else f"{quiet[0]:%H:%M} to {quiet[1]:%H:%M}"
