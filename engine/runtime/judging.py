"""Judges the clicks, openings and answers whose time is over."""

from __future__ import annotations

from engine.core.model import Instant
from engine.core.touches import Rule
from engine.intake import touches as came
from engine.publishing.live import Live
from engine.store import touches
from engine.store.writer import Transaction, Writer


class Judging:
    """Any one thread at a time. What is not judged yet stands in the database."""

    def __init__(self, live: Live, writer: Writer, rule: Rule) -> None:
        self._live = live
        self._writer = writer
        self._rule = rule

    def round(self) -> int:
        """Judge all that is due; how many."""
        judged = 0
        while some := self._writer.run(self._some):
            judged += some
        return judged

    def _some(self, transaction: Transaction) -> int:
        live = self._live
        return came.judge_due(transaction, live.deployment.types, live.clock.now(), self._rule)

    @staticmethod
    def next_moment(transaction: Transaction) -> Instant | None:
        return touches.next_due(transaction)
