"""After a transaction that was lost, or of which nobody knows: memory follows the database."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.publishing import pausing as holding
from engine.publishing.going_live import go_live
from engine.publishing.live import Live
from engine.publishing.migration import Moved, added_up, move_piece
from engine.store.writer import Transaction, Writer


def move_on(writer: Writer, live: Live) -> list[Moved]:
    """Move who is still to be moved to a new version, others writing in between."""
    moved: list[Moved] = []
    while True:
        piece = writer.run(
            lambda tx: move_piece(tx, live.versions, live.deployment.zone, frozenset(live.holds))
        )
        if piece is None:
            return added_up(moved)
        moved += piece


class Recovering:
    """What a running server does once its database is back.

    `publishing` is held by whoever publishes, pauses or stops a flow.
    """

    def __init__(
        self, live: Live, writer: Writer, published: Path, publishing: threading.Lock
    ) -> None:
        self._live = live
        self._writer = writer
        self._published = published
        self._publishing = publishing
        self._begun = True  # by a server that was killed
        writer.restore = self._restore

    def _restore(self, transaction: Transaction) -> None:
        """A publish may have been stored and not gone live, or gone live and not been stored."""
        live = self._live
        live.suppressions.forget()
        live.catalogue.forget()
        go_live(transaction, live, self._published)
        self._begun = True

    def go_on(self) -> None:
        """Finish what was begun in pieces when the database went: moving people, holding flows."""
        if not self._begun or not self._publishing.acquire(blocking=False):
            return
        try:
            self._begun = False
            move_on(self._writer, self._live)
            holding.settle(self._writer, self._live)
        except BaseException:
            self._begun = True
            raise
        finally:
            self._publishing.release()
