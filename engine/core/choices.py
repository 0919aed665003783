"""Which arm of an experiment with `winner` is chosen. Pure: the figures come in.

The arm of which the highest share of people did what is counted. It is a choice among what was
seen by then, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from engine.core.model import MINUTE, Instant


class Choice(NamedTuple):
    """How far an experiment is: since when it runs, the label of the chosen arm, None before."""

    began_at: Instant
    arm: str | None = None


Choices = Mapping[tuple[str, str], Choice]
"""By flow and experiment; those that nobody has come to are not in it."""

AGAIN: Final = MINUTE
"""Who wakes before the arm is chosen looks again after so long."""

WAITS: Final = "for the winner"
"""What the history says of who waits for the choice."""

_CHOSEN: Final = " was chosen"


class Seen(NamedTuple):
    """What was seen of an arm: people who were sent one of its messages, and those of them who did
    what is counted, each once.
    """

    label: str
    people: int
    did: int


class Chosen(NamedTuple):
    """`why` is `best`, `tie` (the first of the best) or `nothing` (nobody did it: the first)."""

    arm: str
    why: str


def choose(seen: Sequence[Seen]) -> Chosen:
    """The arm with the highest rate; the first of those that are equal. `seen` has one at least."""
    best = seen[0]
    for one in seen[1:]:
        # Compared as whole numbers: an arm that nobody was sent has the rate 0.
        if one.did * max(best.people, 1) > best.did * max(one.people, 1):
            best = one
    if not best.did:
        return Chosen(best.label, "nothing")
    equal = [one for one in seen if one.did and one.did * best.people == best.did * one.people]
    return Chosen(best.label, "best" if len(equal) == 1 else "tie")


def chosen(label: str) -> str:
    """What the history says of who goes on into the chosen arm."""
    return label + _CHOSEN


def chosen_of(detail: str) -> str | None:
    """The label in such a sentence, None for any other."""
    return detail[: -len(_CHOSEN)] if detail.endswith(_CHOSEN) else None
