"""Which events can move a run: those that followed the event that it was entered by.

Source: semantics, "Time". Goals use the same comparison.
"""

from __future__ import annotations

from engine.core.model import SECOND, Event, Run


def follows(run: Run, event: Event) -> bool:
    """Whether `event` happened after what `run` was entered by.

    Moments are cut to the second, as shop systems tell them; at the same second, the one received
    later follows. For a run that no event entered, its entry time stands for that.
    """
    memory = run.memory
    entered: int = memory.get("since", run.entered_at)
    happened, began = event.occurred_at // SECOND, entered // SECOND
    if happened != began:
        return happened > began
    seq = memory.get("seq")
    if seq is None:
        return event.received_at >= run.entered_at
    return (event.received_at, event.seq) > (run.entered_at, seq)
