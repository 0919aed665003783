"""Workers beside a server are killed, stopped and cut off in the middle of journeys.

The server is not: so each message comes exactly once, and none is unknown.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from engine.clock import SystemClock
from engine.store.postgres.sharing import STUCK_SECONDS
from tests.crash.driver import HOUR_SECONDS, Postbox, drain, ledger_of, start, start_node
from tests.crash.shop import MESSAGES_OF_A_RUN, seed, write_project

NODES = 3


class Nodes:
    """Workers that are replaced when they die."""

    def __init__(self, folder: Path, url: str, chance: random.Random) -> None:
        self.folder, self.url, self.chance = folder, url, chance
        self._count = 0
        self.running = [self._new() for _ in range(NODES)]
        self.stopped: list[subprocess.Popen[str]] = []
        self.faults: dict[str, int] = {}
        self.takeovers: list[float] = []
        """For each that was killed, after how many seconds others could have its shards."""

    def _new(self) -> subprocess.Popen[str]:
        self._count += 1
        return start_node(f"node{self._count}", self.folder, self.url)

    def fault(self) -> None:
        """One of them has an accident; one that was stopped before goes on."""
        for one in self.stopped:
            one.send_signal(signal.SIGCONT)
        self.stopped = []
        kind = self.chance.choice(["kill", "stop", "cut", "end"])
        place = self.chance.randrange(NODES)
        self.faults[kind] = self.faults.get(kind, 0) + 1
        one = self.running[place]
        if kind == "stop":
            one.send_signal(signal.SIGSTOP)
            self.stopped.append(one)
        elif kind == "cut":
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name like 'headrace work%' and datname = current_database()"
                )
        else:
            killed = time.monotonic()
            one.send_signal(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
            one.wait()
            if kind == "kill":
                self._until_gone(one.pid)
                self.takeovers.append(time.monotonic() - killed)
            self.running[place] = self._new()

    def _until_gone(self, process: int) -> None:
        """Until the server has ended its sessions: their locks go with them, and nothing else keeps
        others from its shards.
        """
        latest = time.monotonic() + 2 * STUCK_SECONDS
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute(
                "select 1 from pg_stat_activity where datname = current_database()"
                " and application_name like %s",
                (f"headrace %, process {process} on %",),
            ).fetchall():
                assert time.monotonic() < latest, "a killed worker keeps its shards"

    def end(self) -> None:
        for one in self.running:
            one.send_signal(signal.SIGCONT)
            one.kill()
            one.wait()
            assert one.stdout is not None
            one.stdout.close()


def campaign(folder: Path, url: str, journeys: int, faults: int, number: int) -> None:
    chance = random.Random(number)
    flows, data = write_project(folder / "flows"), folder / "data"
    seed(data, flows, journeys, SystemClock(0).now(), url)
    with Postbox() as postbox:
        nodes = None
        try:
            for hour in range(MESSAGES_OF_A_RUN):
                # The server is started anew, an hour later; the workers find it by themselves.
                server = start(data, postbox.url, hour * HOUR_SECONDS, url, "small")
                try:
                    nodes = nodes or Nodes(folder, url, chance)
                    for _ in range(faults // MESSAGES_OF_A_RUN):
                        postbox.wait_for(chance.randrange(1, 40), chance.uniform(0.02, 0.5))
                        nodes.fault()
                    postbox.wait_for((hour + 1) * journeys - postbox.taken.total(), 60)
                finally:
                    server.terminate()
                    server.wait()
        finally:
            if nodes is not None:
                nodes.end()
        drain(data, postbox.url, 4 * HOUR_SECONDS, url)
    told = f"seed {number}, faults {nodes.faults}"
    if nodes.takeovers:
        told += f", shards of the killed free after {max(nodes.takeovers):.3f} s at most"
    once(url, data, postbox, journeys, told)
    print(f"{told}: {journeys} customers, {len(postbox.taken)} messages, each once")  # noqa: T201


def once(url: str, data: Path, postbox: Postbox, journeys: int, told: str) -> None:
    """None twice, none lost, none unknown; no step done twice."""
    ledger = ledger_of(data, url)
    assert set(postbox.taken.values()) == {1}, told
    assert ledger.ids.keys() == {"sent"}, told
    assert ledger.ids["sent"] == set(postbox.taken), told
    assert len(postbox.taken) == MESSAGES_OF_A_RUN * journeys, told
    assert (ledger.runs, ledger.ended) == (journeys, journeys), told
    assert (ledger.pending, ledger.failures) == (0, 0), told
    with psycopg.connect(url) as connection:
        passed = connection.execute(
            "select count(*), count(distinct (run, node, outcome)),"
            " count(distinct previous) from step_history"
        ).fetchone()
    # Each step once; and no row of a run's history has two that follow it.
    assert passed is not None
    assert passed[0] == passed[1] == passed[2] + journeys, told


@pytest.mark.timeout(240)
def test_workers_die_and_nothing_is_done_twice(tmp_path: Path, postgres_url: str) -> None:
    campaign(tmp_path, postgres_url, 150, 9, 5)


@pytest.mark.skipif("HEADRACE_STORM" not in os.environ, reason="HEADRACE_STORM=1 runs the big one")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(int(os.environ.get("HEADRACE_STORM") or 1)))
def test_a_thousand_customers_thirty_faults(tmp_path: Path, postgres_url: str, number: int) -> None:
    campaign(tmp_path, postgres_url, 1_000, 36, number)
