"""Rolls figures up behind a cursor, outside of everybody else's transactions.

What is counted is read beside the writer; only the sums are written. How far to count is asked
alone: whatever has a number, or a moment, below that has been committed by then (decision 47).
"""

from __future__ import annotations

import threading
from typing import Final, NamedTuple

from engine.clock import Clock
from engine.core.figures import Rule, hour_of
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.reports.counting import count, spans_of
from engine.store import counted, cursors, figure_marks, settings_rows
from engine.store.counted import ALL, EVENTS, FEEDBACK, HISTORY, Counted, Span
from engine.store.database import Database
from engine.store.writer import Transaction

_RULE: Final = "figures rule"
_SLACK: Final = MINUTE
"""An hour is over for good so long after its end: a transaction may write the moment it began."""
_AT_ONCE: Final = 100_000
"""So many rows of history are read at once."""
_STRETCH: Final = 7 * DAY
"""So much time is counted at once."""


class _Bounds(NamedTuple):
    """How far to count: the cursors as they stand and as far as they may go, and the marks."""

    at: dict[str, int]
    newest: dict[str, int]
    marks: list[tuple[int, Instant]]
    over: Instant


class Rolling:
    """Any one thread at a time."""

    def __init__(self, database: Database, clock: Clock, rule: Rule) -> None:
        self._database = database
        self._clock = clock
        self._rule = rule
        self._turn = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let a round that is under way end after its next step."""
        self._stopping.set()

    def round(self) -> int:
        """Roll up all that is over; how many steps that took."""
        steps = 0
        with self._turn:
            while not self._stopping.is_set() and self._step():
                steps += 1
        return steps

    def _step(self) -> bool:
        """A stretch; whether there may be more."""
        bounds = self._database.writer.run(self._bounds)
        at, newest = bounds.at, bounds.newest
        marked = sorted({hour for _, hour in bounds.marks if hour < at[ALL]})
        hours = set(marked)
        last = min(newest[HISTORY], at[HISTORY] + _AT_ONCE)
        with self._database.reader() as reader:
            steps = counted.of_history(reader, at[HISTORY], last) if last > at[HISTORY] else {}
            hours |= counted.hours_of_new(
                reader, (at[EVENTS], newest[EVENTS]), (at[FEEDBACK], newest[FEEDBACK])
            )
            spans = spans_of(hour for hour in hours if hour < at[ALL])
            settled = at[ALL]
            if settled < bounds.over:
                first = counted.first_moment(reader, settled)
                begins = bounds.over if first is None else max(settled, hour_of(first))
                settled = min(max(begins, settled) + _STRETCH, bounds.over)
                if begins < settled:
                    spans.append((begins, settled))
            found: Counted = {}
            for span in spans:
                found |= count(reader, span, self._rule)
        more = last < newest[HISTORY] or settled < bounds.over
        reached = {
            HISTORY: last,
            EVENTS: newest[EVENTS],
            FEEDBACK: newest[FEEDBACK],
            ALL: settled,
        }
        if steps or spans or reached != at or bounds.marks:
            seen = [number for number, _ in bounds.marks]
            self._database.writer.run(lambda tx: _write(tx, steps, spans, found, reached, seen))
        return more

    def _bounds(self, transaction: Transaction) -> _Bounds:
        newest = counted.newest(transaction)
        over = hour_of(self._clock.now() - _SLACK)
        at = counted.positions(transaction)
        if settings_rows.read(transaction, _RULE) != str(self._rule):
            figure_marks.all_hours(transaction)
            settings_rows.keep(transaction, _RULE, str(self._rule))
        if ALL not in at:
            # What is there is counted hour by hour: only what comes in is followed by its numbers.
            first = counted.first_moment(transaction, 0)
            begin = over if first is None else min(hour_of(first), over)
            at = {ALL: max(begin, HOUR), HISTORY: 0} | {
                name: newest[name] for name in (EVENTS, FEEDBACK)
            }
            cursors.move(transaction, at)
        return _Bounds(at, newest, figure_marks.waiting(transaction), over)


def _write(
    transaction: Transaction,
    steps: Counted,
    spans: list[Span],
    found: Counted,
    reached: dict[str, int],
    marks: list[int],
) -> None:
    counted.add(transaction, steps)
    counted.replace(transaction, spans, found)
    figure_marks.settled(transaction, marks)
    cursors.move(transaction, reached)
