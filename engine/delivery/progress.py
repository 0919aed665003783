"""Whether sending goes on, and who is left alone: what `/readyz` and the figures tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.core.model import Instant
from engine.delivery.gate import Gate
from engine.delivery.lanes import Held, LaneKey

_KINDS: Final = {"call": "webhooks", "making": "making messages"}


class Figures(NamedTuple):
    """How many are under way, seconds since any came back (0 where none is under way), and how
    many domains and templates are stuck or left alone.
    """

    under_way: int
    still_seconds: float
    held: int


class Progress:
    """Of a sender, or of a process that sends nothing. May be asked from any thread."""

    def __init__(
        self,
        gates: Mapping[str, Gate] | None = None,
        resting: Callable[[], Mapping[LaneKey, Held]] = dict,
        now: Callable[[], Instant] = lambda: 0,
    ) -> None:
        self._gates = gates or {}
        self._resting = resting
        self._now = now

    def problems(self, late: float) -> list[str]:
        """Of which channels nothing has come back for more than `late` seconds."""
        return [
            f"sending is stuck: nothing has come back from {_of(channel)} for {gate.still:.0f}"
            " seconds"
            for channel, gate in self._gates.items()
            if gate.still > late
        ]

    def notes(self) -> list[str]:
        """Who is stuck, or is left alone for a while, though others have theirs."""
        found: list[str] = []
        for channel, gate in self._gates.items():
            for lane, seconds in gate.stuck().items():
                found.append(f"{_lane(channel, lane)} does not answer since {seconds:.0f} seconds")
        now = self._now()
        for key, held in self._resting().items():
            seconds = max(0, held.until - now) / 1000
            name = key.name if key.kind != "channel" else ""
            found.append(
                f"{_lane(key.channel, name)} is left alone for {seconds:.0f} seconds: {held.why}"
            )
        return found

    def figures(self) -> dict[str, Figures]:
        """By channel, and of `making` messages."""
        alone = {channel: {*gate.stuck()} for channel, gate in self._gates.items()}
        for key in self._resting():
            alone.setdefault(key.channel, set()).add(key.name)
        return {
            channel: Figures(gate.under_way, gate.still, len(alone[channel]))
            for channel, gate in self._gates.items()
        }


def _of(channel: str) -> str:
    return _KINDS.get(channel, channel)


def _lane(channel: str, lane: str) -> str:
    if channel == "making":
        return f"the message {lane.partition(' ')[2]} ({lane.partition(' ')[0]})"
    return f"{_of(channel)} to {lane}" if lane else _of(channel)
