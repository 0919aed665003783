"""How much processor time something takes, told apart from what the tests around it cost."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process, all its threads.

    The collector rests: it would look through all that other tests have left in memory.
    """
    was_on = gc.isenabled()
    gc.disable()
    begins = time.process_time()
    try:
        work()
        return time.process_time() - begins
    finally:
        if was_on:
            gc.enable()
