"""What the runs of one row missed because the other row of the same person did it. Pure.

Source: semantics, "People": it is applied at the merge, by `occurred_at`, to the run as it then
stands; what has gone is not undone.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.model import Event


def missed_of(merge: Event) -> list[tuple[frozenset[int], Event]]:
    """The events that a merge brings, in the order in which they happened, with the runs (by id)
    that have not seen each. They are told as of the merge, and enter nothing.
    """
    if not merge.name.startswith("$"):
        return []
    found = [
        (frozenset(each["runs"]), replace(event, received_at=merge.received_at, enters=False))
        for each in merge.properties.get("missed", ())
        for event in each["events"]
    ]
    return sorted(found, key=lambda one: (one[1].occurred_at, one[1].seq))
