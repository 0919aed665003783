"""What somebody held back, and when: flows that were paused or stopped, and the brakes.

Source: the audit log, which keeps every such act (`engine.publishing.pausing`, `brakes`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import orjson

from engine.core.model import Instant, Intent
from engine.core.ports import Ports
from engine.publishing.brakes import Key
from engine.store.connection import Row

_STATES: Final = {"flow pause": "paused", "flow stop": "stopped"}
ACTS: Final = (
    *(*_STATES, "flow resume", "marketing stop", "marketing resume"),
    *("message stop", "message resume"),
)


class Standing(NamedTuple):
    """What is held from a moment on. `act` brought it about, of `flow` where it was about one."""

    at: Instant
    act: str
    flow: str
    ports: Ports
    everything: bool = False
    messages: frozenset[Key] = frozenset()

    def rests(self, intent: Intent) -> bool:
        """Whether nobody looks at a message before something else stands."""
        if intent.flow in self.ports.holds:
            return True
        return self.everything and _is_marketing(intent)

    def stops(self, intent: Intent) -> bool:
        """Whether it is this message that is stopped: it is looked at again and again."""
        return (
            bool(self.messages)
            and Key(intent.flow, intent.message, intent.channel) in self.messages
            and _is_marketing(intent)
        )


def _is_marketing(intent: Intent) -> bool:
    return intent.recipient == "customer" and not intent.transactional


def standings(
    acts: Iterable[Row], ports: Ports, since: Instant, until: Instant
) -> tuple[Standing, ...]:
    """What stood at `since`, and then each that took its place: of when, act, detail (JSON)."""
    found = [Standing(0, "", "", ports)]
    for at, act, told in acts:
        if at > until:
            break
        found.append(_after(found[-1], at, act, orjson.loads(told)))
    first = bisect_left(found, since, key=lambda one: one.at)
    return tuple(found[max(first - 1, 0) :])


def _after(before: Standing, at: Instant, act: str, detail: dict[str, str]) -> Standing:
    flow = detail.get("flow", "")
    standing = before._replace(at=at, act=act, flow=flow)
    if act.startswith("flow "):
        holds = {name: state for name, state in before.ports.holds.items() if name != flow}
        if act in _STATES:
            holds[flow] = _STATES[act]
        return standing._replace(ports=replace(before.ports, holds=holds))
    if act.startswith("marketing "):
        return standing._replace(everything=act == "marketing stop")
    message = frozenset({Key(flow, detail["message"], detail["channel"])})
    if act == "message stop":
        return standing._replace(messages=before.messages | message)
    return standing._replace(messages=before.messages - message)
