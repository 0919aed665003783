"""Which of the addresses that were told of somebody is the newest.

Each contact property keeps the time of its value (semantics, "What is newer wins"): the tellings
themselves stand among the events, with who told them and whether they said when it was so. What a
source repeats without a time is not told anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.core.model import Instant

BY: Final = "by"
"""Who told a record, where that counts."""
UNTIMED: Final = "untimed"
"""That a record did not say when it was so."""
LEFT_OUT: Final = "left_out"
"""That nothing of a record was taken over: its key may not speak of that person."""
NOTES: Final = frozenset((BY, UNTIMED, LEFT_OUT))
"""What a record holds beside what was told."""

Telling = tuple[Instant, Mapping[str, Any]]


def note(record: dict[str, Any], source: str, *, timed: bool, taken: bool) -> dict[str, Any]:
    """A record that is to be stored, with what will be asked about it here."""
    if source:
        record[BY] = source
    if not timed:
        record[UNTIMED] = True
    if not taken:
        record[LEFT_OUT] = True
    return record


def is_newest(
    earlier: Iterable[Telling], kind: str, value: Any, at: Instant, source: str, *, timed: bool
) -> bool:
    """Whether `value` for the contact property `kind`, told as of `at`, is what holds now.

    `earlier` is all that was told before, in the order of receipt. At the same moment the one
    received later holds.
    """
    newest: Instant = -1
    repeated: dict[str, Any] = {}
    for moment, record in earlier:
        traits = record.get("traits")
        if record.get(LEFT_OUT) or not isinstance(traits, Mapping) or kind not in traits:
            continue
        told = traits[kind]
        if record.get(UNTIMED):
            by = record.get(BY, "")
            if by in repeated and repeated[by] == told:
                continue
            repeated[by] = told
        newest = max(newest, moment)
    if not timed and source in repeated and repeated[source] == value:
        return False
    return not timed or at >= newest
