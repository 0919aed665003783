"""Turns that are plain, from rows to rows: nobody's state is built for them.

A run whose wait is over and that is all its customer is in; a single event of somebody who is in
no flow. What each does then is written out as Python once per deployment
(`engine.core.machine.straight`). Whoever is not plain, or turns out not to be, is left to `Steps`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import Facts, Score, Sent
from engine.core.machine.straight import UNUSUAL, Stand, Way, Ways
from engine.core.model import Event, Instant, Properties
from engine.core.plain_entry import Door, doors_of, enter, see
from engine.publishing.live import Live
from engine.store import intents, pending, straight
from engine.store.connection import Row
from engine.store.dialects import members
from engine.store.runs import ENDED
from engine.store.states import STATE_NUMBERS
from engine.store.straight import Written
from engine.store.writer import Transaction, no_collection

TOGETHER: Final = 1_000
"""Customers of a batch who are in memory at the same time: more cost memory, and run slower, for
the processor no longer holds what it has just made.
"""

WAITING: Final = STATE_NUMBERS["waiting"]
_NOTHING: Final[dict[str, bool]] = {}


class Plain(NamedTuple):
    """The customers whose turns are taken, and what came of each step of theirs."""

    customers: set[int]
    outcomes: list[str]


class Straight:
    """Takes the plain turns of a batch. Runs inside the writer's thread."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._deployment: Deployment | None = None
        self._ways: Ways
        self._doors: Mapping[str, Door]
        self._catalogue: Mapping[str, Properties]
        self._suppressed = False

    def take(
        self,
        transaction: Transaction,
        due: Sequence[Row],
        waiting: Sequence[Row],
        now: Instant,
    ) -> Plain:
        """Take the turns of those customers who are plain, and take their events off the list.
        `due` are rows of customer and run, `waiting` of event and
        customer: all that there is for each of them.
        """
        self._follow()
        told: dict[int, list[int]] = {}
        for event, customer in waiting:
            told.setdefault(customer, []).append(event)
        runs: dict[int, int] = {}
        several = set()
        for customer, run in due:
            if customer in runs:
                several.add(customer)
            runs[customer] = run
        wakes = [run for customer, run in runs.items() if customer not in told]
        entries = [
            each[0] for customer, each in told.items() if len(each) == 1 and customer not in runs
        ]
        plain = Plain(set(), [])
        # Once for the batch: whether somebody may be reached is asked again at the claim.
        self._catalogue = self._live.catalogue.read(transaction)
        self._suppressed = self._live.suppressions.read(transaction)
        with no_collection():
            for some in _pieces(wakes):
                self._wake(transaction, some, now, plain)
            for some in _pieces(entries):
                self._enter(transaction, some, now, plain)
        return plain

    def _follow(self) -> None:
        """What was made for a deployment goes with it."""
        deployment = self._live.deployment
        if deployment is not self._deployment:
            self._deployment = deployment
            self._ways = Ways(deployment, intents.detail)
            self._doors = doors_of(deployment, self._ways)
        self._ways.choose(self._live.choices)

    # --- waits that are over --------------------------------------------------------------

    def _wake(
        self, transaction: Transaction, runs: Sequence[int], now: Instant, plain: Plain
    ) -> None:
        live, name, after = self._live, self._live.flows.name, self._ways.after
        ways: dict[tuple[int, int, int], Way | None] = {}
        found: list[tuple[Row, Way]] = []
        rows = 0
        latest = now - live.deployment.max_lateness
        for row in straight.due(transaction, runs, latest, now):
            key = row[2:5]
            if key not in ways:
                flow = name(row[2])
                ways[key] = None if flow in live.holds else after(flow, row[3], row[4])
            way = ways[key]
            if way is not None:
                found.append((row, way))
                rows += way.rows
        if not found:
            return
        people = self._people(transaction, [row[1] for row, _ in found], now)
        scope, written, loads = people.scope, Written([], [], [], [], []), orjson.loads
        number = straight.free(transaction, "step_history", rows)
        for row, way in found:
            run, customer, flow, _, _, unclaimed, head, entered_at, kept = row[:9]
            memory = loads(kept) if kept is not None else {}
            if not UNUSUAL.isdisjoint(memory):
                continue
            people.look(customer, *row[9:])
            see(scope, memory, entered_at)
            stand = way.take(
                scope, memory, run, customer, flow, now, now, number, head,
                written.history.append, written.intents.append, live.providers,
            )  # fmt: skip
            if stand is None:
                _undo(written, run)
                continue
            number += stand.rows
            _stands(written, stand, run, bool(unclaimed), number - 1, memory)
            plain.customers.add(customer)
        _write(transaction, written, plain)

    def _people(
        self, transaction: Transaction, customers: Collection[int], now: Instant
    ) -> _People:
        live = self._live
        facts = Facts(0, live.deployment.zone, catalogue=self._catalogue)
        return _People(live, transaction, customers, facts, now, suppressed=self._suppressed)

    # --- entries --------------------------------------------------------------------------

    def _enter(
        self, transaction: Transaction, events: Sequence[int], now: Instant, plain: Plain
    ) -> None:
        latest = now - self._live.deployment.max_lateness
        comers: dict[int, tuple[Row, Door]] = {}
        for row in pending.events(transaction, events) if self._doors else ():
            door = self._doors.get(row[2])
            if door is not None and door.program.flow not in self._live.holds and row[4] >= latest:
                comers[row[1]] = (row, door)
        if comers:
            pending.done(transaction, self._enter_these(transaction, comers, now, plain))

    def _enter_these(
        self,
        transaction: Transaction,
        comers: Mapping[int, tuple[Row, Door]],
        now: Instant,
        plain: Plain,
    ) -> list[int]:
        """The events by which any of these customers have entered."""
        live, loads = self._live, orjson.loads
        outside = straight.outside(transaction, comers.keys())
        asking = [row[0] for row in outside if comers[row[0]][1].asks]
        people = self._people(transaction, asking, now)
        scope, written = people.scope, Written([], [], [], [], [])
        rows = sum(comers[row[0]][1].way.rows for row in outside)
        number = straight.free(transaction, "step_history", rows)
        run = straight.free(transaction, "run", len(outside))
        done: list[int] = []
        for customer, zone, *known in outside:
            (seq, _, name, occurred_at, received_at, enters, properties), door = comers[customer]
            event = Event(name, loads(properties), occurred_at, received_at, seq, bool(enters))
            if door.asks:
                people.look(customer, zone, *known)
            else:
                people.facts.id, people.facts.zone = customer, zone or live.deployment.zone
            entering = enter(door, scope, event)
            if entering is None:
                continue
            program, memory = door.program, entering.memory
            flow = live.flows.number(transaction, program.flow)
            stand = door.way.take(
                scope, memory, run, customer, flow, event.at, now, number, None,
                written.history.append, written.intents.append, live.providers,
            )  # fmt: skip
            if stand is None:
                _undo(written, run)
                continue
            number += stand.rows
            written.entered.append(
                (
                    run, customer, flow, program.version, entering.key,
                    WAITING if stand.wake_at is not None else ENDED, stand.node, event.at,
                    event.at if stand.wake_at is None else stand.at, stand.wake_at,
                    entering.goal_until, None, stand.sends,
                    None if stand.wake_at is not None else stand.at, stand.end_kind,
                    stand.end_reason, number - 1, orjson.dumps(memory),
                )
            )  # fmt: skip
            run += 1
            plain.customers.add(customer)
            done.append(seq)
        _write(transaction, written, plain)
        return done


class _People:
    """Some customers, looked at one after the other: their facts stand in the same place."""

    def __init__(
        self,
        live: Live,
        transaction: Transaction,
        customers: Collection[int],
        facts: Facts,
        now: Instant,
        *,
        suppressed: bool,
    ) -> None:
        """`facts` are of nobody yet; `suppressed`: there is anybody whom nothing may reach."""
        self._zone = facts.zone
        self._suppressions = live.suppressions
        self._suppressed = suppressed
        self.facts = facts
        self.scope = Scope(facts, now)
        self._consents: dict[int, dict[str, bool]] = {}
        self._tracking: set[int] = set()
        self._sent: dict[int, list[Sent]] = {}
        if not customers:
            return
        wanted = members(sorted(customers))
        for customer, what, allowed in straight.consents(transaction, wanted):
            if what != "tracking":
                theirs = self._consents.get(customer)
                if theirs is None:
                    self._consents[customer] = {what: bool(allowed)}
                else:
                    theirs[what] = bool(allowed)
            elif allowed:
                self._tracking.add(customer)
        if live.needs.limits:
            self._sent = straight.sent(transaction, wanted, live.needs.limits, now)

    def look(
        self,
        customer: int,
        zone: str | None,
        properties: bytes,
        tags: bytes | None,
        scores: bytes | None,
    ) -> None:
        """Let the scope be about this customer."""
        facts, loads = self.facts, orjson.loads
        facts.id = customer
        facts.zone = zone or self._zone
        facts.customer = loads(properties)
        facts.tags = set(loads(tags)) if tags is not None else set()
        facts.scores = (
            {} if scores is None else {name: Score(*one) for name, one in loads(scores).items()}
        )
        facts.consent = self._consents.get(customer, _NOTHING)
        facts.trackable = customer in self._tracking
        facts.sent = self._sent.get(customer) or []
        if self._suppressed:
            facts.suppressed = self._suppressions.of(facts.customer)


def _pieces(some: Sequence[int]) -> Iterator[Sequence[int]]:
    """In their order, some at a time."""
    ordered = sorted(some)
    return (ordered[place : place + TOGETHER] for place in range(0, len(ordered), TOGETHER))


def _stands(
    written: Written, stand: Stand, run: int, unclaimed: bool, head: int, memory: dict[str, Any]
) -> None:
    """Keep where a run stands now."""
    _, sends, node, at, wake_at, kind, reason = stand
    may_go, kept = unclaimed or sends, orjson.dumps(memory)
    if wake_at is not None:
        written.moved.append((node, at, wake_at, may_go, head, kept, run))
    else:
        written.ended.append((node, may_go, head, kept, at, kind, reason, run))


def _write(transaction: Transaction, written: Written, plain: Plain) -> None:
    straight.write(transaction, written)
    plain.outcomes.extend(row[5] for row in written.history)


def _undo(written: Written, run: int) -> None:
    """Nothing has happened to this run after all: its rows are the last ones."""
    while written.history and written.history[-1][1] == run:
        written.history.pop()
    while written.intents and written.intents[-1][0] == run:
        written.intents.pop()
