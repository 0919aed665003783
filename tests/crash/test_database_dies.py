"""PostgreSQL is killed and comes back, again and again, while a server goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.clock import SystemClock
from tests.crash.driver import HOUR_SECONDS, Postbox, drain, ledger_of, start
from tests.crash.shop import MESSAGES_OF_A_RUN, seed, write_project
from tests.harness.postgres import Cluster, own_cluster

JOURNEYS = 60


@pytest.mark.timeout(240)
def test_every_message_once_whatever_the_database_does(tmp_path: Path) -> None:
    """A server whose database dies three times sends every message exactly once, by itself."""
    chance = random.Random(5)
    with own_cluster() as own:
        cluster = Cluster(own.url)
        url = cluster.at(cluster.template)
        flows = write_project(tmp_path / "flows")
        data = tmp_path / "data"
        seed(data, flows, JOURNEYS, SystemClock(0).now(), url)
        with Postbox() as postbox:
            server = start(data, postbox.url, 0, url)
            for _ in range(3):
                postbox.wait_for(chance.randrange(1, JOURNEYS // 4), chance.uniform(0.5, 3.0))
                own.kill()
                own.start()
            postbox.wait_for(JOURNEYS - postbox.taken.total(), 60)
            server.terminate()
            server.wait(30)
            assert server.stdout is not None
            server.stdout.close()
            for hours in range(1, 4):
                drain(data, postbox.url, HOUR_SECONDS * hours, url)
        ledger = ledger_of(data, url)
    assert set(postbox.taken.values()) == {1}
    assert ledger.ids == {"sent": set(postbox.taken)}
    assert len(postbox.taken) == MESSAGES_OF_A_RUN * JOURNEYS
    assert (ledger.runs, ledger.ended) == (JOURNEYS, JOURNEYS)
    assert (ledger.pending, ledger.failures) == (0, 0)
