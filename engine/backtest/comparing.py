"""What would have gone beside what went: the same, later, earlier, added or missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from engine.backtest.person import Went
from engine.core.model import DAY, MINUTE, Instant

Kind = Literal["same", "later", "earlier", "added", "missing"]

ANOTHER_OCCASION: Final = 7 * DAY
"""Messages further apart are not one that came at another time."""


class Pair(NamedTuple):
    """One message: as the flows of the files would have sent it, and as it went."""

    kind: Kind
    here: Went | None
    live: Went | None

    @property
    def message(self) -> Went:
        found = self.here or self.live
        assert found is not None
        return found


def compared(here: Sequence[Went], live: Sequence[Went]) -> list[Pair]:
    """One person's messages, paired by flow, message and channel: first those of the same minute,
    then, in their order, those less than a week apart.
    """
    pairs: list[Pair] = []
    groups: dict[tuple[str, str, str], tuple[list[Went], list[Went]]] = {}
    for side, messages in enumerate((here, live)):
        for one in messages:
            group = groups.setdefault((one.flow, one.message, one.channel), ([], []))
            group[side].append(one)
    for would, did in groups.values():
        left: list[Went] = []
        gone = sorted(did, key=lambda one: one.at)
        for one in sorted(would, key=lambda one: one.at):
            twin = next((other for other in gone if _same_minute(one.at, other.at)), None)
            if twin is None:
                left.append(one)
            else:
                gone.remove(twin)
                pairs.append(Pair("same", one, twin))
        for one in left:
            near = next((it for it in gone if abs(it.at - one.at) < ANOTHER_OCCASION), None)
            if near is None:
                pairs.append(Pair("added", one, None))
            else:
                gone.remove(near)
                pairs.append(Pair("later" if one.at > near.at else "earlier", one, near))
        pairs += [Pair("missing", None, one) for one in gone]
    return sorted(pairs, key=lambda one: (one.message.at, one.message.flow, one.message.message))


def _same_minute(one: Instant, other: Instant) -> bool:
    """Less than a minute apart: the sender looks every second, and mail takes its moment."""
    return abs(one - other) < MINUTE
