"""What the calendar fired is forgotten when it is long past, and found by the line that fired."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.store import firings
from engine.store.database import Database
from engine.store.dialects import members


def test_firings(tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of some customers are found, whatever their line; only old ones are forgotten."""
    monkeypatch.setattr(firings, "_PIECE", 2)
    database = Database(tmp_path, database_url)
    writer = database.open_to_write()
    days = ("2024-02-29", "2024-03-01", "2026-01-01")
    rows = [(1, line, who, day) for line in ("1", "2") for who in (7, 8) for day in days]
    try:
        writer.run(
            lambda tx: (
                tx.executemany(
                    "insert into schedule_line (id, flow, says, subject, looked_at, live)"
                    " values (?, 1, ?, '', 0, ?)",
                    [(1, "daily", True), (2, "weekly", False)],
                ),
                tx.executemany(
                    "insert into firing (flow, line, customer, local_date) values (?, ?, ?, ?)",
                    rows,
                ),
            )
        )
        firings.forget_before(database, date(2024, 3, 1))
        left = [row for row in rows if row[3] > "2024-02-29"]
        everybody = members([7, 8])
        assert sorted(writer.run(lambda tx: firings.had(tx, everybody))) == left
        hers = [row for row in left if row[2] == 7]
        assert sorted(writer.run(lambda tx: firings.had(tx, members([7])))) == hers
        writer.run(lambda tx: firings.forget(tx, hers))
        assert writer.run(lambda tx: firings.had(tx, members([7]))) == []
    finally:
        database.close()
