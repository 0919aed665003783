"""Lines that are due by the calendar: schedules over segments, anniversaries, one-off dates.

For each line and each zone in use a cursor in the store says up to which moment it has fired, so
downtime is caught up with from there and never from a timer in memory. Customers come in chunks,
each committed with how far the line has come; the unique row (flow, line, customer, local date)
makes a firing that is repeated after a crash a firing that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine import calendar
from engine.conditions.scope import Scope
from engine.facts import Facts
from engine.model import DAY, Firing, Instant, Occurrence
from engine.runtime.live import Live
from engine.runtime.worker import Worker
from engine.schedules import ScheduleLine
from engine.store.writer import Transaction, Writer

CHUNK: Final = 1_000
_NOBODY: Final = 0
# A date of whom nobody is: only asked for the clock time at which a date line fires.
_ANY_DATES: Final = ("2000-01-01", "2000-06-01")


class Due(NamedTuple):
    """A line's moment in a zone that has come and not been dealt with.

    `again` is the moment's own cursor: customers up to this id have had it.
    """

    flow: str
    line: ScheduleLine
    zone: str
    at: Instant
    local_date: str

    @property
    def cursor(self) -> str:
        return f"schedule:{self.flow}:{self.line.index}:{self.zone}"


class Schedules:
    """Fires what is due. `tick` runs in any one thread at a time; each chunk is a piece of work."""

    def __init__(self, live: Live, writer: Writer, worker: Worker) -> None:
        self._live = live
        self._writer = writer
        self._worker = worker

    def tick(self) -> int:
        """Fire everything that is due now; give the number of firings."""
        if not any(program.schedules for program in self._live.shop.programs.values()):
            return 0
        fired = 0
        while True:
            due = self._writer.run(self.due)
            if not due:
                return fired
            for one in due:
                fired += self._fire(one)

    def next_moment(self, transaction: Transaction) -> Instant | None:
        """When the next line is due, for whoever visits each due moment."""
        moments = [at for _, _, _, at, _ in self._lines(transaction)]
        return min(moments, default=None)

    def due(self, transaction: Transaction) -> list[Due]:
        """What is due now, the earliest first. Lines seen for the first time start from now."""
        now = self._live.clock.now()
        found = [
            Due(flow, line, zone, at, local_date)
            for flow, line, zone, at, local_date in self._lines(transaction)
            if at <= now
        ]
        found.sort(key=lambda one: (one.at, one.flow, one.line.index, one.zone))
        return found

    def _lines(
        self, transaction: Transaction
    ) -> Iterator[tuple[str, ScheduleLine, str, Instant, str]]:
        now = self._live.clock.now()
        shop = self._live.shop
        zones: list[str] | None = None
        for flow, program in shop.programs.items():
            for line in program.schedules:
                if line.store_time:
                    mine = [shop.zone]
                else:
                    if zones is None:
                        zones = _zones(transaction, shop.zone)
                    mine = zones
                for zone in mine:
                    after = self._cursor(transaction, f"schedule:{flow}:{line.index}:{zone}", now)
                    moment = _moment_after(line, zone, after)
                    if moment is not None:
                        yield flow, line, zone, *moment

    @staticmethod
    def _cursor(transaction: Transaction, name: str, now: Instant) -> Instant:
        row = transaction.row("select position from cursor where name = ?", (name,))
        if row is None:
            _set(transaction, name, now)
            return now
        return int(row[0])

    def _fire(self, due: Due) -> int:
        now = self._live.clock.now()
        if now - due.at > self._live.shop.max_lateness:
            self._writer.run(lambda tx: self._skip(tx, due, now))
            return 0
        fired = 0
        while True:
            count, done = self._writer.run(lambda tx: self._chunk(tx, due))
            fired += count
            if done:
                return fired

    @staticmethod
    def _skip(transaction: Transaction, due: Due, now: Instant) -> None:
        """Nobody is told long after the moment; that it was missed is kept."""
        _set(transaction, due.cursor, due.at)
        transaction.execute(
            "insert into audit (at, who, act, detail)"
            " values (?, 'schedule', 'skipped: too late', ?)",
            (now, f'{{"line": "{due.cursor}", "moment": {due.at}}}'.encode()),
        )

    def _chunk(self, transaction: Transaction, due: Due) -> tuple[int, bool]:
        """Fire for some customers; gives how many, and whether all have been asked."""
        progress = f"{due.cursor}:customer"
        row = transaction.row("select position from cursor where name = ?", (progress,))
        reached = row[0] if row is not None else 0
        customers = _customers(transaction, due, reached, self._live.shop.zone)
        firing = self._unfired(transaction, due, customers)
        if firing:
            now = self._live.clock.now()
            occurrence = Firing(due.flow, due.line.index, due.local_date, due.at)
            occurrences: dict[int, list[Occurrence]] = {
                customer: [occurrence] for customer in firing
            }
            self._worker.touch(transaction, occurrences, now)
        done = len(customers) < CHUNK
        if done:
            transaction.execute("delete from cursor where name = ?", (progress,))
            _set(transaction, due.cursor, due.at)
        else:
            _set(transaction, progress, customers[-1])
        return len(firing), done

    def _unfired(self, transaction: Transaction, due: Due, customers: list[int]) -> list[int]:
        """Those whom the line means and who have not had this local date."""
        if not customers:
            return []
        now = self._live.clock.now()
        lanes = self._worker.load(transaction, customers, now).lanes
        audience = due.line.audience
        meant = []
        for customer, lane in lanes.items():
            if audience is not None:
                if audience(Scope(lane.facts, now), None, None):
                    meant.append(customer)
            else:
                following = due.line.next_after(lane.facts, due.at - 1)
                if following is not None and following[0] == due.at:
                    meant.append(customer)
        flow = self._live.flows.number(transaction, due.flow)
        return [
            customer
            for customer in meant
            if transaction.execute(
                "insert into firing (flow, line, customer, local_date) values (?, ?, ?, ?)"
                " on conflict do nothing",
                (flow, str(due.line.index), customer, due.local_date),
            )
        ]


def _moment_after(line: ScheduleLine, zone: str, after: Instant) -> tuple[Instant, str] | None:
    """The first moment after `after` at which this line may concern somebody in `zone`."""
    if line.kind == "segment":
        following = line.next_after(Facts(_NOBODY, zone), after)
        return None if following is None else (following[0], following[1].isoformat())
    # A date line asks everybody once a day, at its own clock time.
    clock = _clock_of(line, zone, after)
    if clock is None:
        return None
    at = calendar.next_clock(after, clock, zone)
    return at, calendar.local(at, zone).date().isoformat()


def _clock_of(line: ScheduleLine, zone: str, after: Instant):  # type: ignore[no-untyped-def]  # noqa: ANN202
    assert line.path is not None
    future = calendar.local(after + 400 * DAY, zone).date().isoformat()
    for value in (*_ANY_DATES, future):
        following = line.next_after(Facts(_NOBODY, zone, {line.path: value}), after)
        if following is not None:
            return calendar.local(following[0], zone).time()
    return None


def _zones(transaction: Transaction, store: str) -> list[str]:
    rows = transaction.rows("select distinct zone from customer where merged_into is null")
    return sorted({row[0] or store for row in rows})


def _customers(transaction: Transaction, due: Due, reached: int, store: str) -> list[int]:
    sql = "select id from customer where id > ? and merged_into is null"
    values: list[object] = [reached]
    if not due.line.store_time:
        sql += " and (zone = ? or (zone is null and ?))"
        values += [due.zone, due.zone == store]
    rows = transaction.rows(f"{sql} order by id limit ?", (*values, CHUNK))
    return [row[0] for row in rows]


def _set(transaction: Transaction, name: str, position: int) -> None:
    transaction.execute(
        "insert into cursor (name, position) values (?, ?)"
        " on conflict (name) do update set position = excluded.position",
        (name, position),
    )
