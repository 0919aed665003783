"""The steps of a batch: load customers, read their events, move them, write what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import orjson

from engine.core import dispatch as lanes_of
from engine.core.changes import Changes
from engine.core.merging import missed_of
from engine.core.model import DAY, Event, Instant, Occurrence
from engine.core.orders import COUNTED, FILLED
from engine.core.projection import MERGED
from engine.core.reachable import REACHABLE
from engine.publishing.live import Live
from engine.store import changes as store_changes
from engine.store import events as events_of
from engine.store import pending
from engine.store.states import Loaded
from engine.store.writer import Transaction


class Steps:
    """What the worker does for many customers, and for one alone where something breaks."""

    def __init__(self, live: Live, find: Callable[[Transaction, str | int], int | None]) -> None:
        """`find` tells the customer's id for a user id, an e-mail address or an id."""
        self._live = live
        self._find = find

    def load(
        self,
        transaction: Transaction,
        customers: Collection[int],
        now: Instant,
        since: Instant | None = None,
    ) -> Loaded:
        return self._live.load(transaction, customers, now, since=since)

    def advance(
        self,
        transaction: Transaction,
        loaded: Loaded,
        happened: Mapping[int, Sequence[Occurrence]],
        now: Instant,
        changes: Changes,
    ) -> list[int]:
        """Apply in memory; give the customers whose cart changed."""
        deployment = self._live.deployment
        apply = lanes_of.apply

        def new_run() -> int:
            return transaction.number("run")

        def new_event() -> int:
            return transaction.number("event")

        ports = self._live.ports()
        nothing: tuple[Occurrence, ...] = ()
        for customer, lane in loaded.lanes.items():
            theirs = happened.get(customer, nothing)
            apply(deployment, lane, theirs, now, changes, new_run, new_event, ports)
        return sorted(changes.carts)

    def write(
        self,
        transaction: Transaction,
        changes: Changes,
        loaded: Loaded,
        carts: list[int],
        now: Instant,
    ) -> None:
        store_changes.write(transaction, changes, loaded, self._live.flows, now, self._find)
        if carts:
            store_changes.write_carts(transaction, loaded, carts)

    @staticmethod
    def events(transaction: Transaction, ids: Sequence[int]) -> dict[int, list[Event]]:
        """The events with these ids, by customer, as occurrences."""
        happened: dict[int, list[Event]] = {}
        if not ids:
            return happened
        merges: list[Event] = []
        loads = orjson.loads
        for seq, customer, name, occurred_at, received_at, enters, properties in pending.events(
            transaction, ids
        ):
            told = loads(properties)
            event = Event(name, told, occurred_at, received_at, seq, bool(enters))
            if name == "purchase":
                told.pop(FILLED, None)
                event.counts = not told.pop(COUNTED, False)
            if name == MERGED and "missed" in told:
                merges.append(event)
            elif name == REACHABLE:
                _tell_recent(transaction, customer, event)
            theirs = happened.get(customer)
            if theirs is None:
                happened[customer] = [event]
            else:
                theirs.append(event)
        if merges:
            _tell_missed(transaction, merges)
        return happened


def earliest(happened: Mapping[int, Sequence[Event]]) -> Instant | None:
    """When the first of these happened, with what is applied late because of a merge."""
    events = [one for theirs in happened.values() for one in theirs]
    missed = [old for one in events for _, old in missed_of(one)]
    return min((one.occurred_at for one in (*events, *missed)), default=None)


def _tell_recent(transaction: Transaction, customer: int, news: Event) -> None:
    """What the customer did in the last 24 hours; of a merge, what only one of the rows did."""
    wanted = news.properties.get("events")
    news.properties["recent"] = [
        Event(name, orjson.loads(told), occurred_at, received_at, seq, bool(enters))
        for seq, name, occurred_at, received_at, enters, told in events_of.recent(
            transaction, customer, news.occurred_at - DAY, news.seq
        )
        if not name.startswith("$") and (wanted is None or seq in wanted)
    ]


def _tell_missed(transaction: Transaction, merges: Sequence[Event]) -> None:
    """Put the events themselves where merges name them by number."""
    told = [each for merge in merges for each in merge.properties["missed"]]
    wanted = sorted({number for each in told for number in each["events"]})
    known = {
        seq: Event(name, orjson.loads(properties), occurred_at, received_at, seq, bool(enters))
        for seq, _, name, occurred_at, received_at, enters, properties in pending.events(
            transaction, wanted
        )
    }
    for each in told:
        each["events"] = [known[number] for number in each["events"] if number in known]
