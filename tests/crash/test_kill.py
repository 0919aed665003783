"""The server is killed with `kill -9` in the middle of thousands of journeys."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.crash.driver import storm
from tests.crash.shop import MESSAGES_OF_A_RUN


def check(
    folder: Path, journeys: int, kills: int, seed: int, database_url: str | None = None
) -> None:
    postbox, ledger = storm(folder, journeys, kills, random.Random(seed), database_url)
    twice = [key for key, count in postbox.taken.items() if count > 1]
    assert not twice, f"sent twice: {twice[:5]}"
    everything = set().union(*ledger.ids.values())
    assert set(postbox.taken) <= everything
    missing = everything - set(postbox.taken)
    assert missing <= ledger.ids.get("unknown", set())
    assert ledger.ids.get("sent", set()) <= set(postbox.taken)
    assert ledger.ids.keys() <= {"sent", "unknown"}
    assert len(everything) == MESSAGES_OF_A_RUN * journeys
    assert (ledger.runs, ledger.ended) == (journeys, journeys)
    assert (ledger.pending, ledger.failures) == (0, 0)


@pytest.mark.timeout(240)
def test_nothing_twice_nothing_lost(tmp_path: Path) -> None:
    """Killed four times, no message goes twice, and what is missing is known to be unknown."""
    check(tmp_path, 300, 4, seed=7)


@pytest.mark.timeout(240)
def test_nothing_twice_nothing_lost_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """The same where the database is a server that outlives the kills."""
    check(tmp_path, 120, 3, seed=7, database_url=postgres_url)


@pytest.mark.skipif("HEADRACE_STORM" not in os.environ, reason="HEADRACE_STORM=1 runs the big one")
@pytest.mark.timeout(1800)
def test_ten_thousand_journeys_ten_kills(tmp_path: Path) -> None:
    """The same with 10,000 journeys and ten kills."""
    check(tmp_path, 10_000, 10, seed=11)
