"""A season in a shop with all of its flows, on both databases at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.core.model import HOUR, MINUTE
from engine.settings import Settings
from tests.simulation.edits import EDITS, labels, moves
from tests.simulation.shop import Sent, Simulation

DAYS = 90
PEOPLE = int(os.environ.get("HEADRACE_SIMULATION", "250"))
"""How many customers the shop has; see docs/performance.md."""
TEAM = "HEADRACE_TEAM" in os.environ
"""Whether on PostgreSQL three processes share the work."""
RENDERED = 300
"""Shops up to this size render every message and work every quarter of an hour; in larger ones it
matters who gets what, and the server works once an hour."""
TRIED = ("I3", "I6", "I8", "I9", "I10", "I14", "I15", "nights")
"""Promises of which there must be more than a hundred cases."""


class Season(NamedTuple):
    """What came of one life."""

    sent: list[Sent]
    tried: Counter[str]
    flows: set[str]
    entered: set[str]
    true: int


class Life(NamedTuple):
    """How large a shop is, how long it is looked at, and whether a `team` does its work."""

    people: int
    days: int
    edits: dict[int, Callable[[Path], None]]
    downtime: tuple[int, int]
    often: bool
    """Whether the server works every quarter of an hour."""
    team: bool = False


SEASON = Life(PEOPLE, DAYS, EDITS, (33, 30), PEOPLE <= RENDERED)


def live(folder: Path, database_url: str | None, life: Life) -> Season:
    """Play a life; raises BrokenPromiseError at the first promise that does not hold."""
    small = life.people <= RENDERED
    settings = Settings(
        database_url=database_url, segment_refresh=180 if small else 1440, learn_every=24
    )
    shop = Simulation(
        folder,
        seed=2,
        people=life.people,
        settings=settings,
        render=small and database_url is None,
        edits=life.edits,
        downtime=life.downtime,
        tick=15 * MINUTE if life.often else HOUR,
        team=life.team,
    )
    try:
        sent = shop.live(life.days)
        with shop.service.database.reader() as reader:
            entered = {
                name
                for (name,) in reader.rows(
                    "select distinct name from run join flow on flow.id = run.flow"
                )
            }
        if shop.team is not None:
            assert all(shop.team.batches), "one of the nodes had nothing to do"
            assert all(shop.team.stored), "one of the nodes was told nothing"
        flows = set(shop.service.deployment.programs)
        return Season(sent, shop.watch.counted, flows, entered, shop.post.true)
    finally:
        shop.close()


def compared(folder: Path, postgres_url: str, life: Life, team: bool) -> Season:
    """Play a life on SQLite and on PostgreSQL side by side; the first, which is as the other."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lite = pool.submit(live, folder / "lite", None, life)
        other = pool.submit(live, folder / "postgres", postgres_url, life._replace(team=team))
        season, again = lite.result(), other.result()
    differing = set(season.sent) ^ set(again.sent)
    assert not differing, f"{len(differing)} differ, first {sorted(differing)[:4]}"
    assert season.sent == again.sent
    return season


@pytest.mark.timeout(300)
def test_workers_on_one_database_send_what_one_process_sends(
    tmp_path: Path, postgres_url: str
) -> None:
    """Three processes store what happens by turns and share the work batch by batch, through two
    publishes and a downtime: the same messages as one process on a file.
    """
    life = Life(40, 14, {5: labels, 9: moves}, (7, 10), often=False)
    season = compared(tmp_path, postgres_url, life, team=True)
    assert len(season.sent) > 20


@pytest.mark.timeout(4 * 3600 if PEOPLE > RENDERED else 1200)
def test_a_season_keeps_every_promise_and_is_the_same_on_both_databases(
    tmp_path: Path, postgres_url: str
) -> None:
    """Ninety days with orders, sold-out products, leaving readers, a day's downtime and three
    publishes: every promise holds after each hour, and both databases send the same messages.
    """
    season = compared(tmp_path, postgres_url, SEASON, TEAM)
    # Nobody falls asleep within a season: that takes three mails and two months without a look.
    untried = season.flows - season.entered - {"sunset"}
    assert not untried, "no promise was tried on these flows"
    assert season.true, "no message about stock or a price went out"
    assert all(season.tried[name] > 100 for name in TRIED)
    assert season.tried["I16"], "nobody was erased"
