"""A server that is asked to end while a mail server is silent."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import patch

from engine.channels.smtp import Smtp
from engine.channels.transport import Outcome
from engine.core.model import HOUR
from engine.delivery import gate, handing_over, sender
from engine.delivery.lanes import Wanted
from engine.delivery.ledger import Ledger
from engine.delivery.making import Threads
from engine.runtime.worker import LONGEST_SECONDS, Pace
from engine.service.service import Service

FLOW = """\
flow f:
  enter when ordered
  wait 1 hour
  send email one
"""


class Silent(Smtp):
    """One connection to a mail server that took a mail and never answers."""

    def __init__(self) -> None:
        super().__init__(connections=1)
        self.reached = threading.Event()

    async def _deliver(self, mail: object) -> Outcome:  # noqa: ARG002
        self.reached.set()
        await asyncio.Event().wait()
        raise AssertionError


def test_a_silent_mail_server_does_not_keep_it(workshop) -> None:
    """It ends in time: what is under way is unknown, what was not begun goes out later."""
    shop = workshop(FLOW)
    for name in ("ada", "bob", "cleo"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    shop.service.stop()
    silent = Silent()
    shop.service = Service(
        shop.folder / "data", shop.flows, shop.settings, shop.clock, transports={"email": silent}
    )
    shop.service.start(background=False)
    shop.clock.turn(shop.clock.now() + HOUR)
    with patch.object(sender, "GRACE", 0.05), patch.object(gate, "SILENT_SECONDS", 60):
        sending = threading.Thread(target=shop.forward)
        sending.start()
        assert silent.reached.wait(10)
        shop.service.stop()
        sending.join(10)
    assert not sending.is_alive()
    shop.service = shop.open()
    states = sorted(state for (state,) in shop.rows("select state from intent"))
    assert states == ["ready", "ready", "unknown"]
    shop.forward(HOUR)
    assert len(shop.notebook.taken) == 2


def test_a_backlog_does_not_keep_it(workshop) -> None:
    """It ends after the batch that is being done; the next server applies the rest."""
    shop = workshop(FLOW)
    people = [shop.customer(f"c{n}") for n in range(12)]
    for one in people:
        shop.happen(one, "ordered")
    rounds, worker = shop.service.rounds, shop.service.rounds.worker
    rounds._batches._pace.size = 5
    batch = worker.batch

    def asked_to_end(transaction, size):
        shop.service.begin_to_stop()
        return batch(transaction, size)

    with patch.object(worker, "batch", asked_to_end):
        assert shop.service.tick() == 1
    shop.service.stop()
    shop.service = shop.open()
    assert shop.rows("select count(*) from run") == [(5,)]
    shop.forward()
    assert shop.rows("select count(*) from run") == [(12,)]


def test_a_batch_is_never_so_long_that_an_end_would_wait_for_it() -> None:
    """Where nobody else writes a batch grows, but not past the time that an end may take."""
    pace = Pace()
    for _ in range(50):
        pace.after(pace.size / 1_000, full=True, others_waited=False)
    assert pace.size / 1_000 <= LONGEST_SECONDS
    pace.size = 20_000
    pace.after(10.0, full=True, others_waited=False)
    assert pace.size == 3_000


CALENDAR = """\
flow f:
  enter every day at 09:00 for segment everyone
  send email one

segment everyone:
  customer.email is set
"""


def test_time_that_is_turned_stops_where_the_server_does(workshop) -> None:
    """What is due stays due then; turning the clock must not wait for it."""
    shop = workshop(CALENDAR)
    shop.customer("ada")
    shop.forward()
    shop.service.begin_to_stop()
    turning = threading.Thread(target=shop.forward, args=(48 * HOUR,), daemon=True)
    turning.start()
    turning.join(30)
    assert not turning.is_alive()


def test_nobody_waits_for_what_another_has_collected(tmp_path) -> None:
    """Two drain the same sender: whoever comes too late must not wait for the next message."""
    came = threading.Event()
    out = handing_over.HandingOver({}, Ledger(tmp_path / "ledger"), Threads())
    out.came_back = came.set
    out.start()
    wanted = Wanted(1, "email", "a.example", "one")
    try:
        out.give([handing_over.Job("1", wanted, lambda: None, None, None)])  # type: ignore[arg-type,return-value]
        assert came.wait(10)
        assert len(out.collect()) == 1
        assert out.wait(10, 1), "there is nothing to wait for"
    finally:
        out.stop(0)
