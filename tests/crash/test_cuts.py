"""The line between a worker and the database is cut in the middle of journeys, and comes back."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from engine.clock import SystemClock
from engine.store.postgres.sharing import STUCK_SECONDS
from tests.crash.driver import HOUR_SECONDS, Postbox, drain, start, start_node
from tests.crash.shop import MESSAGES_OF_A_RUN, seed, write_project
from tests.crash.test_nodes import once
from tests.harness.namespaces import Cut, Place, places
from tests.harness.postgres import Cluster, own_cluster

WORKERS = 2
LONGER = STUCK_SECONDS + 3
"""Seconds for which a line is cut at least."""
MOST = 120


class Behind:
    """A worker that reaches the database over a line of its own."""

    def __init__(self, number: int, place: Place, url: str, folder: Path) -> None:
        self.name, self.place = f"node{number}", place
        self.process = start_node(self.name, folder, url, place.within)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def session_of(url: str, worker: Behind, since: float) -> tuple | None:
    """Its session that has done something since a moment of the server's; None where it has not."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select pid from pg_stat_activity where application_name like %s"
            " and state_change > to_timestamp(%s)",
            (f"headrace work {worker.name},%", since),
        ).fetchone()


def moment(url: str) -> float:
    with psycopg.connect(url) as connection:
        ((now,),) = connection.execute(
            "select extract(epoch from clock_timestamp())::float8"
        ).fetchall()
    return now


def until_back(url: str, worker: Behind) -> tuple[float, tuple]:
    """How long it took a worker whose line is back to do something again, and its session."""
    began, since = time.monotonic(), moment(url)
    while (found := session_of(url, worker, since)) is None:
        passed = time.monotonic() - began
        assert passed < MOST, f"{worker.name} did not come back"
        assert worker.process.poll() is None, f"{worker.name} has ended"
        subprocess.run(["sleep", "0.1"], check=True)
    return time.monotonic() - began, found


def campaign(folder: Path, journeys: int, cuts: list[tuple[Cut, float]], number: int) -> None:
    """In each hour one of the `cuts` is made: how, and for how long at least."""
    chance = random.Random(number)
    flows, data = write_project(folder / "flows"), folder / "data"
    with (
        places(WORKERS) as lines,
        own_cluster([line.address for line in lines]) as cluster,
        Postbox() as postbox,
    ):
        tables = Cluster(cluster.url)
        name = tables.template
        url = tables.at(name)
        seed(data, flows, journeys, SystemClock(0).now(), url)
        workers: list[Behind] = []
        try:
            for number_of, line in enumerate(lines):
                there = cluster.at(line.address, name)
                workers.append(Behind(number_of, line, there, folder))
            for hour in range(MESSAGES_OF_A_RUN):
                server = start(data, postbox.url, hour * HOUR_SECONDS, url, "small")
                try:
                    goal = (hour + 1) * journeys
                    for how, seconds in cuts[hour : hour + 1]:
                        postbox.wait_for(chance.randrange(1, journeys // 8), 30)
                        cut(url, chance.choice(workers), how, seconds, postbox, goal)
                    postbox.wait_for(goal - postbox.taken.total(), 60)
                finally:
                    server.terminate()
                    server.wait()
                    assert server.stdout is not None
                    server.stdout.close()
        finally:
            for one in workers:
                one.end()
        drain(data, postbox.url, 4 * HOUR_SECONDS, url)
        once(url, data, postbox, journeys, f"seed {number}, cuts {cuts}")


def cut(url: str, worker: Behind, how: Cut, seconds: float, postbox: Postbox, goal: int) -> None:
    """Cut a worker off: the others do what there is to do, its share included, meanwhile."""
    before = session_of(url, worker, 0)
    began = time.monotonic()
    worker.place.cut(how)
    try:
        # A minute where it was just storing something alone: `STUCK_ALONE_SECONDS`.
        postbox.wait_for(goal - postbox.taken.total(), MOST)
        others = time.monotonic() - began
        assert postbox.taken.total() == goal, "the others did not go on"
        subprocess.run(["sleep", str(max(0.0, seconds - others))], check=True)
    finally:
        worker.place.give_back()
    back, after = until_back(url, worker)
    said = "its session was ended" if before != after else "its session went on"
    print(  # noqa: T201
        f"{worker.name} cut off ({how}) for {time.monotonic() - began - back:.1f} s: all done by"
        f" the others after {others:.1f} s, back after {back:.1f} s, {said}"
    )


@pytest.mark.timeout(400)
def test_a_worker_that_is_cut_off_does_nothing_twice(tmp_path: Path) -> None:
    """For longer than a batch may last: the others do its share meanwhile, nothing is done twice,
    and once its line is back it works again.
    """
    campaign(tmp_path, 150, [("down", LONGER), ("deaf", LONGER)], 3)


@pytest.mark.skipif("HEADRACE_STORM" not in os.environ, reason="HEADRACE_STORM=1 runs the big one")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(int(os.environ.get("HEADRACE_STORM") or 1)))
def test_lines_are_cut_again_and_again(tmp_path: Path, number: int) -> None:
    """The same with 1,000 customers, and a cut so long that nobody is told of its end."""
    chance = random.Random(number)
    cuts: list[tuple[Cut, float]] = [
        (chance.choice(["down", "deaf"]), LONGER + chance.random() * 10)
        for _ in range(MESSAGES_OF_A_RUN)
    ]
    cuts[number % MESSAGES_OF_A_RUN] = ("down", 150.0)
    campaign(tmp_path, 1_000, cuts, number)
