"""A commit of the sender whose answer never came: nothing goes twice, nothing is left lying."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from engine.core.model import HOUR
from engine.store.errors import StoreUnavailableError

FLOW = """\
flow f:
  enter when ordered
  send email one
"""


class Unanswered:
    """A writer that stores the nth piece of work and says that it did not, or does not store it.

    So with the `more` pieces after it.
    """

    def __init__(self, writer: Any, nth: int, *, stores: bool, more: int = 0) -> None:
        self._writer, self._left, self._stores = writer, nth, stores
        self._cut = range(-more, 1)

    def run(self, work: Any) -> Any:
        self._left -= 1
        if self._left not in self._cut:
            return self._writer.run(work)
        if self._stores:
            self._writer.run(work)
        raise StoreUnavailableError("whether it was stored is not known")


@pytest.mark.parametrize("stores", [True, False], ids=["stored", "lost"])
@pytest.mark.parametrize("nth", [1, 2], ids=["claim", "outcome"])
def test_a_lost_answer(workshop: Any, nth: int, stores: bool) -> None:
    """Whichever commit goes unanswered, and whether it came through: one mail, and it is `sent`."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.service.tick()
    sender = shop.service.sender
    sender._writer = Unanswered(shop.service.writer, nth, stores=stores)
    with pytest.raises(StoreUnavailableError):
        sender.drain()
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select state, attempts from intent") == [("sent", 1)]
    assert shop.rows("select unclaimed from run") == [(False,)]


@pytest.mark.parametrize("stores", [True, False], ids=["stored", "lost"])
@pytest.mark.parametrize("nth", [1, 2], ids=["claim", "outcome"])
def test_a_lost_answer_just_before_an_end(workshop: Any, nth: int, stores: bool) -> None:
    """A server that ends while its database comes back says first what it knows."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.service.tick()
    sender = shop.service.sender
    sender._writer = Unanswered(shop.service.writer, nth, stores=stores, more=2)
    with pytest.raises(StoreUnavailableError):
        sender.drain()
    shop.reopen()
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select state, attempts from intent") == [("sent", 1)]
    assert shop.rows("select unclaimed from run") == [(False,)]


def test_a_database_that_stays_away_does_not_keep_it(workshop: Any) -> None:
    """The end comes all the same, and what it could not be told the ledger says to the next."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.service.tick()
    sender = shop.service.sender
    sender._writer = Unanswered(shop.service.writer, 2, stores=False, more=1_000)
    with pytest.raises(StoreUnavailableError):
        sender.drain()
    with patch("engine.delivery.sender.GRACE", 0.05):
        shop.reopen()
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select state from intent") == [("sent",)]
