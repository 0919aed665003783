"""A commit that is lost, or of which nobody knows: memory says what the database says."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from engine.clock import SettableClock
from engine.core.model import DAY, HOUR
from engine.publishing import migration as moving
from engine.store.errors import StoreUnavailableError
from tests.harness.workshop import HEAD

FLOW = """\
flow f:
  enter when ordered
  wait 1 hour
  send email one
"""
EDITED = HEAD + FLOW.replace("email one", "email two")


def cut(shop: Any, *, stores: bool, after: int = 0) -> None:
    """Leave one commit of the writer unanswered, the one `after` others; `stores` it all the same
    or not.
    """
    connection = shop.service.writer._connection
    commit, left = connection.commit, after

    def cutting() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            commit()
            return
        connection.commit = commit
        if stores:
            commit()
        raise StoreUnavailableError("whether it was stored is not known")

    connection.commit = cutting


@pytest.mark.parametrize("stores", [True, False], ids=["stored", "lost"])
def test_a_publish_without_an_answer(workshop: Any, stores: bool) -> None:
    """What runs afterwards is what the database says was published, for newcomers and others."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("old"), "ordered")
    shop.forward()
    shop.write(EDITED)
    cut(shop, stores=stores)
    with pytest.raises(StoreUnavailableError):
        shop.service.publish(shop.flows)
    shop.happen(shop.customer("new"), "ordered")
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == (["two", "two"] if stores else ["one", "one"])
    assert shop.rows("select distinct version from run") == [(2 if stores else 1,)]
    assert shop.service.publish(shop.flows).versions == ({} if stores else {"f": 2})


@pytest.mark.parametrize("after", [1, 2])
def test_moving_that_was_cut_off_goes_on(workshop: Any, after: int) -> None:
    """Who was not yet moved when the database went is moved once it is back."""
    shop = workshop(FLOW)
    for number in range(5):
        shop.happen(shop.customer(f"c{number}"), "ordered")
    shop.forward()
    shop.write(EDITED)
    cut(shop, stores=False, after=after)
    with patch.object(moving, "AT_ONCE", 0), patch.object(moving, "PIECE", 2):
        with pytest.raises(StoreUnavailableError):
            shop.service.publish(shop.flows)
        shop.service.tick()  # finds the database back
        shop.service.tick()
    assert shop.rows("select version, count(*) from run group by version") == [(2, 5)]
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["two"] * 5


def test_a_pause_that_was_cut_off_goes_on(workshop: Any) -> None:
    """A flow that was to be paused stands still once the database is back."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    cut(shop, stores=False, after=1)
    with pytest.raises(StoreUnavailableError):
        shop.service.hold("f", "pause", "ada")
    shop.forward(DAY)
    assert shop.notebook.messages == []
    shop.service.hold("f", "resume", "ada")
    shop.forward(DAY)
    assert shop.notebook.messages == ["one"]


def test_a_suppression_that_was_lost_hides_none(workshop: Any) -> None:
    """The list in memory is read again although as many stand in the table as before."""
    shop = workshop(FLOW)
    suppressions = shop.service.live.suppressions

    def suppress(name: str) -> None:
        def work(transaction: Any) -> None:
            suppressions.add(transaction, "email", f"{name}@shop.example", "bounced", 0)
            suppressions.read(transaction)

        shop.service.writer.run(work)

    cut(shop, stores=False)
    with pytest.raises(StoreUnavailableError):
        suppress("ada")
    suppress("bob")
    for name in ("ada", "bob"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward(2 * HOUR)
    assert [envelope.to for _, envelope in shop.notebook.taken] == ["ada@shop.example"]


def test_a_publish_after_the_clock_was_set_back(workshop: Any) -> None:
    """What was published last is live, also after a restart."""
    shop = workshop(FLOW)
    shop.service.stop()
    shop.clock = SettableClock(shop.clock.now() - DAY)
    shop.service = shop.open()
    shop.write(EDITED)
    shop.service.publish(shop.flows)
    shop.reopen()
    shop.happen(shop.customer(), "ordered")
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["two"]
