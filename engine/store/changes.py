"""A batch's `Changes` into the store: one statement per kind, rows sorted by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from engine.core import calendar
from engine.core.changes import Changes
from engine.core.facts import Facts
from engine.core.model import Emitted
from engine.store import (
    choices,
    consents,
    events,
    failures,
    figure_marks,
    intents,
    orders,
    past_properties,
    runs,
    skipped,
    zones,
)
from engine.store import customers as stored
from engine.store import segments as memberships
from engine.store.consents import Proof
from engine.store.states import RECIPIENT_NUMBERS, FlowNumbers, Loaded
from engine.store.writer import Transaction


def write(
    transaction: Transaction,
    changes: Changes,
    loaded: Loaded,
    flows: FlowNumbers,
    now: int,
    find: Callable[[Transaction, str | int], int | None],
) -> None:
    """Write everything. `find` tells the customer that a `track .. for` names."""
    runs.write(transaction, changes, loaded.heads, flows)
    intents.write(transaction, changes.intents, flows, now)
    _calls(transaction, changes, loaded, flows, now)
    if changes.withdrawn:
        figure_marks.late(transaction, (left.at for left in changes.withdrawn), now)
        intents.withdraw(
            transaction, [(left.at, left.reason, left.run) for left in changes.withdrawn]
        )
    _side_effects(transaction, changes, loaded, flows)
    for (flow, experiment), at in sorted(changes.begun.items()):
        choices.begin(transaction, flows.number(transaction, flow), experiment, at)
    if changes.goals:
        figure_marks.late(transaction, (goal.at for goal in changes.goals), now)
    _facts(transaction, changes, loaded)
    if changes.emitted:
        _emitted(transaction, changes.emitted, now, find)


def _calls(
    transaction: Transaction, changes: Changes, loaded: Loaded, flows: FlowNumbers, now: int
) -> None:
    """Webhook calls go out through the same ledger as messages."""
    if not changes.calls:
        return
    moved = {run.id: run for lane in loaded.lanes.values() for run in lane.runs} | changes.changed
    intents.add(
        transaction,
        [
            (
                call.run,
                call.step,
                call.visit,
                RECIPIENT_NUMBERS["call"],
                call.customer,
                flows.number(transaction, moved[call.run].flow),
                moved[call.run].version,
                "call",
                call.webhook,
                now,
                call.at,
                0,
                False,
                intents.of_call(call.values, call.order),
            )
            for call in changes.calls
        ],
    )


def _side_effects(
    transaction: Transaction, changes: Changes, loaded: Loaded, flows: FlowNumbers
) -> None:
    if changes.goals:
        transaction.executemany(
            "insert into goal (run, customer, flow, at, event, revenue, holdout)"
            " values (?, ?, ?, ?, ?, ?, ?) on conflict (run) do nothing",
            [
                (
                    g.run,
                    g.customer,
                    flows.number(transaction, g.flow),
                    g.at,
                    g.event,
                    g.revenue,
                    g.holdout,
                )
                for g in changes.goals
            ],
        )
    if changes.refunds:
        orders.pay_back(transaction, changes.refunds)
    if changes.skipped:
        skipped.write(transaction, changes.skipped, flows)
    if changes.shows:
        moved = {run.id: run for lane in loaded.lanes.values() for run in lane.runs}
        moved |= changes.changed
        transaction.executemany(
            "insert into on_site (customer, flow, version, run, step, visit, surface, message,"
            " place, on_leaving, from_at, until_at, detail)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    show.customer,
                    flows.number(transaction, moved[show.run].flow),
                    moved[show.run].version,
                    show.run,
                    show.step,
                    show.visit,
                    show.surface,
                    show.message,
                    show.where,
                    show.on_leaving,
                    show.at,
                    show.until,
                    orjson.dumps(show.payload),
                )
                for show in changes.shows
            ],
        )


def _facts(transaction: Transaction, changes: Changes, loaded: Loaded) -> None:
    """Facts that lie in the customer's row are written from the lane, which is up to date."""
    touched: dict[str, set[int]] = {}
    moves: list[memberships.Move] = []
    for change in changes.facts:
        if change.kind == "consent":
            _consent(transaction, change.customer, change.name, change.value, change.at)
        elif change.kind == "segment":
            moves.append(memberships.Move(change.customer, change.name, change.value, change.at))
        else:
            touched.setdefault(change.kind, set()).add(change.customer)
            if change.name == "timezone" and change.kind == "property":
                _zone(transaction, change.customer, change.value, change.at)
    memberships.record(transaction, moves)
    if "property" in touched or "tag" in touched:
        past_properties.keep(transaction, _were(changes, loaded), derived=True)
    for kind, (column, value_of) in _COLUMNS.items():
        if kind in touched:
            transaction.executemany(
                f"update customer set {column} = ? where id = ?",
                [
                    (value_of(loaded.lanes[customer].facts), customer)
                    for customer in sorted(touched[kind])
                ],
            )


def _were(changes: Changes, loaded: Loaded) -> list[past_properties.Before]:
    """What customers were before properties and tags of theirs changed, found from the end."""
    were: dict[tuple[int, int], dict[str, Any]] = {}
    tags: dict[int, set[str]] = {}
    for customer, kind, name, value, at, before in reversed(changes.facts):
        if kind == "property" and before != value:
            were.setdefault((customer, at), {})[name] = before
        elif kind == "tag" and before is not value:
            had = tags.setdefault(customer, set(loaded.lanes[customer].facts.tags))
            (had.add if before else had.discard)(name)
            were.setdefault((customer, at), {})[past_properties.TAGS] = sorted(had)
    return [(customer, at, before) for (customer, at), before in reversed(were.items())]


def _zone(transaction: Transaction, customer: int, told: Any, at: int) -> None:
    """A flow has set where somebody lives; schedules are told of the move."""
    zone = told if calendar.is_zone(told) else None
    row = transaction.row("select zone from customer where id = ?", (customer,))
    if row is not None and row[0] != zone:
        transaction.execute("update customer set zone = ? where id = ?", (zone, customer))
        zones.note_moves(transaction, [(customer, row[0], at)])


def write_carts(transaction: Transaction, loaded: Loaded, customers: Iterable[int]) -> None:
    """Write the carts of these customers."""
    stored.put_carts(
        transaction,
        [(_cart(loaded.lanes[customer].facts), customer) for customer in sorted(customers)],
    )


def _consent(transaction: Transaction, customer: int, what: str, allowed: bool, at: int) -> None:
    consents.keep(transaction, [(customer, what, allowed, at)])
    act = "granted" if allowed else "withdrawn"
    consents.prove(transaction, [Proof(customer, what, act, at, "flow")])


def _cart(facts: Facts) -> bytes:
    cart = facts.cart
    return orjson.dumps({"items": cart.items, "url": cart.url, "updated_at": cart.updated_at})


_COLUMNS: dict[str, tuple[str, Callable[[Facts], Any]]] = {
    "property": ("properties", lambda facts: orjson.dumps(facts.customer)),
    "tag": ("tags", lambda facts: orjson.dumps(sorted(facts.tags))),
    "score": (
        "scores",
        lambda facts: orjson.dumps(
            {name: [score.points, score.at] for name, score in facts.scores.items()}
        ),
    ),
}


def _emitted(
    transaction: Transaction,
    emitted: Iterable[Emitted],
    now: int,
    find: Callable[[Transaction, str | int], int | None],
) -> None:
    applied = []
    for customer, event, other, run, step in emitted:
        message_id = f"run:{run}:{step}:{event.seq}"
        if other is None:
            applied.append(
                (
                    event.seq,
                    message_id,
                    customer,
                    event.name,
                    event.occurred_at,
                    event.received_at,
                    event.enters,
                    orjson.dumps(event.properties),
                )
            )
            continue
        whose = find(transaction, other)
        if whose is None:
            why = f"{step}: there is no customer {other!r} to track this for"
            failures.record(transaction, customer, now, why, run=run)
        else:
            new = events.NewEvent(
                message_id, whose, event.name, event.occurred_at, event.properties
            )
            events.append(transaction, [new], now)
    events.record_applied(transaction, applied)
