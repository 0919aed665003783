"""Fires the lines that are due by the calendar: schedules over segments, dates of customers.

The store says of each line up to which moment it has fired, so downtime is caught up with from
there and never from a timer in memory. Whom a moment means is asked of all customers of its zones
at once; they fire in pieces, and the unique row (flow, line, customer, local date) makes a firing
that is repeated after a crash a firing that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

import orjson

from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.model import DAY, HOUR, Firing, Instant
from engine.core.schedules import Moment, ScheduleLine
from engine.publishing.live import Live
from engine.runtime.worker import Worker
from engine.segments.members import Inside
from engine.segments.sql import Query
from engine.store import audit, customers, firings, schedule_lines
from engine.store import zones as zones_of
from engine.store.audit import Act
from engine.store.database import Database
from engine.store.present import present, with_date
from engine.store.writer import Transaction

CHUNK: Final = 1_000
_NOTED: Final = HOUR
"""So often it is noted up to when lines have been looked at, if nothing fires."""


class Line(NamedTuple):
    """A published line and its lasting number."""

    number: int
    flow: str
    line: ScheduleLine

    def firing(self, moment: Moment) -> Firing:
        return Firing(self.flow, self.line.index, moment.day.isoformat(), moment.at)


@dataclass(slots=True)
class Due:
    """A line's moment that has come and not been dealt with, with the zones in which it has."""

    line: Line
    at: Instant
    where: list[tuple[str, Moment]] = field(default_factory=list)


class _Move(NamedTuple):
    """A customer who was in zone `before` until `at`."""

    customer: int
    before: str
    at: Instant


class Schedules:
    """Fires what is due. `tick` runs in any one thread at a time; each chunk is a piece of work."""

    def __init__(self, live: Live, database: Database, worker: Worker) -> None:
        self._live = live
        self._database = database
        self._worker = worker
        self._inside = Inside(live.suppressions, database)
        self._shop: Deployment = live.deployment
        self._read = False
        self._lines: list[Line] = []
        self._zones: list[str] = []
        self._looked: dict[int, Instant] = {}
        self._next: dict[int, Instant | None] = {}
        self._noted_at: Instant = 0
        self._stopping = False

    def stop(self) -> None:
        """End after the piece that is being done; the next server goes on from there."""
        self._stopping = True

    def tick(self) -> int:
        """Fire everything that is due now; give the number of customers asked."""
        now = self._live.clock.now()
        fired = 0
        moves = self._database.writer.run(self._look_around)
        lines = self._lines
        if not lines:
            return 0
        for move in moves:
            if self._stopping:
                return fired
            fired += self._moved(lines, move, now)
        late: list[Due] = []
        for due in self._due(lines, now):
            if now - due.at > self._shop.max_lateness:
                late.append(due)
            else:
                fired += self._fire(due)
            if self._stopping:
                return fired  # what was not reached stays due
        self._note(lines, late, now)
        return fired

    def next_moment(self, transaction: Transaction) -> Instant | None:
        """When the next line is due, for whoever visits each due moment."""
        self._look_around(transaction)
        moments = [self._next_of(one) for one in self._lines]
        return min((at for at in moments if at is not None), default=None)

    # --- what is due ----------------------------------------------------------------------

    def _look_around(self, transaction: Transaction) -> list[_Move]:
        """Learn which zones are in use and where the lines stand; give who moved."""
        deployment = self._live.deployment
        anew = deployment is not self._shop or not self._read
        if anew:
            self._shop, self._read, self._lines = deployment, True, _lines_of(self._live)
            self._looked = schedule_lines.looked(transaction)
        if not self._lines:
            zones_of.forget_moves(transaction)
            return []
        zones = sorted({deployment.zone, *zones_of.in_use(transaction)})
        if anew or zones != self._zones:
            self._zones, self._next = zones, {}
        moved: dict[int, _Move] = {}
        for customer, before, at in zones_of.moves(transaction, CHUNK):
            first = moved.get(customer)
            moved[customer] = _Move(
                customer, first.before if first else before or deployment.zone, at
            )
        return list(moved.values())

    def _zones_of(self, line: ScheduleLine) -> list[str]:
        return [self._shop.zone] if line.store_time else self._zones

    def _next_of(self, one: Line) -> Instant | None:
        if one.number not in self._next:
            looked = self._looked[one.number]
            moments = [one.line.next_moment(looked, zone) for zone in self._zones_of(one.line)]
            self._next[one.number] = min((at for at in moments if at is not None), default=None)
        return self._next[one.number]

    def _due(self, lines: Sequence[Line], now: Instant) -> list[Due]:
        """What has come since the lines were last looked at, the earliest first."""
        found: dict[tuple[Instant, str, int], Due] = {}
        for one in lines:
            following = self._next_of(one)
            if following is None or following > now:
                continue
            looked = self._looked[one.number]
            for zone in self._zones_of(one.line):
                for moment in one.line.moments(looked, now, zone):
                    key = (moment.at, one.flow, one.line.index)
                    due = found.setdefault(key, Due(one, moment.at))
                    due.where.append((zone, moment))
        return [found[key] for key in sorted(found)]

    def _note(self, lines: Sequence[Line], late: Sequence[Due], now: Instant) -> None:
        """Nobody is told long after the moment; that it was missed is kept."""
        dealt = [one for one in lines if self._looked[one.number] < now]
        for one in dealt:
            following = self._next_of(one)
            self._looked[one.number] = now
            if following is not None and following <= now:
                del self._next[one.number]
        if not late and now - self._noted_at < _NOTED:
            return

        def work(transaction: Transaction) -> None:
            audit.note_all(
                transaction,
                [Act(now, "schedule", "skipped: too late", _told(due)) for due in late],
            )
            self._reached(transaction, dealt, now)

        self._database.writer.run(work)
        self._noted_at = now

    @staticmethod
    def _reached(transaction: Transaction, lines: Sequence[Line], at: Instant) -> None:
        schedule_lines.reach(transaction, [one.number for one in lines], at)

    # --- firing ---------------------------------------------------------------------------

    def _fire(self, due: Due) -> int:
        fired = 0
        for zones, moment in _alike(due.where):
            meant = self._meant(due.line, moment, zones)
            for place in range(0, len(meant), CHUNK):
                if self._stopping:
                    return fired
                some = meant[place : place + CHUNK]
                fired += self._database.writer.run(
                    lambda tx: self._chunk(tx, due.line, moment, some)  # noqa: B023 - run waits
                )
        if fired:
            self._database.writer.run(lambda tx: self._reached(tx, [due.line], due.at))
        return fired

    def _meant(self, one: Line, moment: Moment, zones: list[str]) -> list[int]:
        """Those whom the line means who were there at its moment, by number."""
        deployment, line = self._shop, one.line
        who = present(moment.at, None if line.store_time else zones, deployment.zone)
        dated = line.dated
        if dated is None:
            assert line.segment is not None
            within = Query(who.numbers, who.values)
            with self._database.reader() as reader:
                query = self._inside.query(
                    reader, deployment, line.segment, self._live.clock.now(), within=within
                )
                return sorted(row[0] for row in reader.rows(query.sql, query.values))
        assert moment.about is not None
        # In UTC an instant may be of the day before or after: what is found is looked at again.
        days = [moment.about + timedelta(days=days) for days in (-1, 0, 1)]
        if dated.yearly:
            wanted = {f"{one:%m-%d}" for one in days} | {"02-29"}
        else:
            wanted = {one.isoformat() for one in days}
        with self._database.reader() as reader:
            rows = with_date(
                reader, who, self._database.dialect, dated.path, wanted, yearly=dated.yearly
            )
        return [
            number
            for number, zone, properties in rows
            if dated.means(
                orjson.loads(properties).get(dated.path), zone or deployment.zone, moment.about
            )
        ]

    def _chunk(
        self, transaction: Transaction, one: Line, moment: Moment, who: Sequence[int]
    ) -> int:
        """Fire for those of the customers who have not had this local date."""
        flow = self._live.flows.number(transaction, one.flow)
        key = (flow, str(one.number), moment.day.isoformat())
        fired = firings.had_on(transaction, *key, who)
        left = [customer for customer in who if customer not in fired]
        # A publish may have come in between: the line is known by its number, not by its place.
        line = next((it for it in _lines_of(self._live) if it.number == one.number), None)
        if line is None or not left:
            return 0
        firings.add(transaction, *key, left)
        firing = line.firing(moment)
        now = self._live.clock.now()
        self._worker.touch(transaction, {customer: [firing] for customer in left}, now)
        return len(left)

    # --- people who move ------------------------------------------------------------------

    def _moved(self, lines: Sequence[Line], move: _Move, now: Instant) -> int:
        """What somebody missed by moving to a zone where the moment was over already."""

        def work(transaction: Transaction) -> int:
            fired = 0
            lane = self._worker.steps.load(transaction, [move.customer], now).lanes.get(
                move.customer
            )
            since = customers.since(transaction, move.customer)
            if lane is not None and since is not None:
                zone, facts = lane.facts.zone, lane.facts
                for one in lines:
                    for moment in self._missed(one.line, move, zone, now):
                        dated, audience = one.line.dated, one.line.audience
                        if moment.at < since:
                            continue
                        if audience is not None and not audience(Scope(facts, now), None, None):
                            continue
                        if dated is not None and (
                            moment.about is None
                            or not dated.means(facts.customer.get(dated.path), zone, moment.about)
                        ):
                            continue
                        fired += self._chunk(transaction, one, moment, [move.customer])
            zones_of.dealt_with(transaction, move.customer, move.at)
            return fired

        return self._database.writer.run(work)

    def _missed(self, line: ScheduleLine, move: _Move, zone: str, now: Instant) -> Iterator[Moment]:
        """Moments that were over in the new zone and had not come in the old one."""
        if line.store_time or zone == move.before:
            return
        for moment in line.moments(now - self._shop.max_lateness - 1, move.at, zone):
            there = line.moments(moment.at - 2 * DAY, moment.at + 2 * DAY, move.before)
            if any(
                (it.day, it.about) == (moment.day, moment.about) and it.at > move.at for it in there
            ):
                yield moment


def _lines_of(live: Live) -> list[Line]:
    return [
        Line(live.lines[flow, line.index], flow, line)
        for flow, program in live.deployment.programs.items()
        for line in program.schedules
    ]


def _alike(where: Sequence[tuple[str, Moment]]) -> list[tuple[list[str], Moment]]:
    """Zones in which a moment has the same local date, together."""
    found: dict[Moment, list[str]] = {}
    for zone, moment in where:
        found.setdefault(moment, []).append(zone)
    return [(zones, moment) for moment, zones in found.items()]


def _told(due: Due) -> dict[str, Any]:
    return {
        "flow": due.line.flow,
        "line": due.line.line.says,
        "moment": due.at,
        "zones": [zone for zone, _ in due.where],
    }
