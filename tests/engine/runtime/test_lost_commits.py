"""A commit of the sender whose answer never came: nothing goes twice, nothing is left lying."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model import HOUR
from engine.store.errors import StoreUnavailableError

FLOW = """\
flow f:
  enter when ordered
  send email one
"""


class Unanswered:
    """A writer that stores one piece of work and says that it did not, or does not store it."""

    def __init__(self, writer: Any, nth: int, *, stores: bool) -> None:
        self._writer, self._left, self._stores = writer, nth, stores

    def run(self, work: Any) -> Any:
        self._left -= 1
        if self._left:
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
