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
