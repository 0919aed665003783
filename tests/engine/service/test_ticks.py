"""The timetable goes on when somebody sets the machine's clock."""

from __future__ import annotations

import threading
from itertools import chain, repeat

from engine.core.model import DAY
from engine.service.ticks import Ticks


def test_all_have_their_turn_when_the_clock_jumps() -> None:
    """A clock that is set back a day would keep every job waiting for a day."""
    differences = chain([0], repeat(-DAY))
    ticks = Ticks(lambda: next(differences))
    done = {name: threading.Event() for name in ("tick", "send")}
    ticks.start({name: (event.set, 3600.0) for name, event in done.items()}, ())
    try:
        assert all(event.wait(30) for event in done.values())
    finally:
        ticks.stop()


def test_what_is_asked_for_while_it_runs_has_another_turn() -> None:
    """One more, however often; and asking before it has begun costs nothing more than once."""
    began, go_on, turns = threading.Semaphore(0), threading.Semaphore(0), []

    def job() -> None:
        turns.append(len(turns))
        began.release()
        go_on.acquire(timeout=10)

    ticks = Ticks(lambda: 0)
    ticks.start({"tick": (job, 3600.0)}, ("tick",))
    try:
        assert began.acquire(timeout=10)
        for _ in range(5):
            ticks.now("tick")
        go_on.release()
        assert began.acquire(timeout=10)
        go_on.release()
        assert not began.acquire(timeout=0.3)
        assert turns == [0, 1]
        ticks.now("tick")
        assert began.acquire(timeout=10)
        go_on.release()
    finally:
        ticks.stop()
