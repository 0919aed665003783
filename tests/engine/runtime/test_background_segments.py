"""The ticks of a running server keep segments and schedules by themselves."""

from __future__ import annotations

import threading

from engine.core.model import DAY
from tests.engine.publishing.test_schedule_edits import NOON, flow
from tests.engine.runtime.test_segments import HEAD, JOINS
from tests.harness.workshop import START


def signalled(monkeypatch, owner: type, name: str) -> threading.Semaphore:
    """Released each time that `owner.name` has returned."""
    rang, whole = threading.Semaphore(0), getattr(owner, name)

    def heard(self, *more):
        try:
            return whole(self, *more)
        finally:
            rang.release()

    monkeypatch.setattr(owner, name, heard)
    return rang


def test_a_started_server_looks_at_what_it_missed(workshop, monkeypatch) -> None:
    """After a month without a server, who lapsed meanwhile is told when it starts."""
    from engine.runtime.segments import Refreshing

    shop = workshop(JOINS, head=HEAD)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward()
    shop.service.stop()
    shop.clock.turn(START + 31 * DAY)
    looked = signalled(monkeypatch, Refreshing, "refresh_within_share")
    shop.service = shop.open(background=True)
    assert looked.acquire(timeout=60)
    assert shop.rows("select segment from membership where member") == [("lapsed",)]
    flows = "select name from run join flow on flow.id = run.flow"
    assert shop.rows(flows) == [("win_back",)]


def test_a_started_server_fires_what_it_missed(workshop, monkeypatch) -> None:
    """A noon that passed a few hours ago without a server fires at its start."""
    from engine.runtime.schedules import Schedules

    shop = workshop(flow(NOON))
    shop.customer()
    shop.forward()
    shop.service.stop()
    shop.clock.turn(START + DAY // 4)
    ticked = signalled(monkeypatch, Schedules, "tick")
    shop.service = shop.open(background=True)
    assert ticked.acquire(timeout=60)
    assert shop.rows("select count(*) from run") == [(1,)]
