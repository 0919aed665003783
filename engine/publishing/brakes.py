"""Stopping marketing: all of it by one switch, or one message of which too much comes back.

What is stopped waits where it is; messages of transactional flows, mails to staff and questions of
double opt-ins go on. Who lets it go on is a person. What is too late by then is skipped, as after
any downtime. The decision is a row, so it stands after a restart; whoever sends reads it in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import orjson

from engine.clock import Clock
from engine.core.calendar import iso
from engine.core.model import MINUTE, Instant
from engine.errors import RefusedError
from engine.store import audit, settings_rows
from engine.store.rows import Rows
from engine.store.writer import Transaction

_ALL: Final = "marketing stopped"
_ONE: Final = "message stopped\t"
LOOK_AGAIN: Final = 5 * MINUTE
"""So often whoever sends asks whether a message that is stopped may go."""
ALARM: Final = "alarm"
"""Who stops a message of which too much comes back."""


class Key(NamedTuple):
    """A message as it is sent: the same name in another flow or channel is another."""

    flow: str
    message: str
    channel: str


class Stop(NamedTuple):
    at: Instant
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Brakes:
    """What is stopped now. `lifted`: since when a message counts anew."""

    everything: Stop | None = None
    messages: Mapping[Key, Stop] = field(default_factory=dict)
    lifted: Mapping[Key, Instant] = field(default_factory=dict)

    def words(self) -> list[str]:
        """What is stopped, in sentences for people."""
        found = []
        if (stop := self.everything) is not None:
            found.append(f"all marketing is stopped since {iso(stop.at)} by {stop.who}"
                         f"{': ' * bool(stop.reason)}{stop.reason}")  # fmt: skip
        for key, stop in self.messages.items():
            found.append(f"{key.message} of {key.flow} ({key.channel}) is stopped: {stop.reason}")
        return found

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "stopped": self.everything is not None,
            "everything": _told(self.everything),
            "messages": [{**key._asdict(), **_told(stop)} for key, stop in self.messages.items()],
        }


class Living(Protocol):
    """Where whoever sends looks: `engine.publishing.live.Live`."""

    clock: Clock
    brakes: Brakes


def _told(stop: Stop | None) -> dict[str, Any]:
    return {} if stop is None else {**stop._asdict(), "at": iso(stop.at)}


def read(rows: Rows) -> Brakes:
    """What the database says is stopped."""
    messages: dict[Key, Stop] = {}
    lifted: dict[Key, Instant] = {}
    for name, value in settings_rows.beginning(rows, _ONE):
        key, told = Key(*name.removeprefix(_ONE).split("\t")), orjson.loads(value)
        if "lifted_at" in told:
            lifted[key] = told["lifted_at"]
        else:
            messages[key] = Stop(**told)
    everything = settings_rows.read(rows, _ALL)
    return Brakes(Stop(**orjson.loads(everything)) if everything else None, messages, lifted)


def stop(transaction: Transaction, live: Living, who: str, reason: str) -> None:
    """Stop all marketing; nothing of it is claimed any more once this is committed."""
    if read(transaction).everything is None:
        _keep(transaction, _ALL, Stop(live.clock.now(), who, reason))
        _note(transaction, live, who, "marketing stop", {"reason": reason})
    live.brakes = read(transaction)


def go_on(transaction: Transaction, live: Living, who: str) -> None:
    """Let marketing go on; messages that are stopped for themselves stay so."""
    if read(transaction).everything is not None:
        settings_rows.forget(transaction, _ALL)
        _note(transaction, live, who, "marketing resume", {})
    live.brakes = read(transaction)


def hold(transaction: Transaction, live: Living, key: Key, who: str, reason: str) -> None:
    """Stop one message."""
    _keep(transaction, _name(key), Stop(live.clock.now(), who, reason))
    _note(transaction, live, who, "message stop", {**key._asdict(), "reason": reason})
    live.brakes = read(transaction)


def lift(transaction: Transaction, live: Living, key: Key, who: str) -> None:
    """Let one message go on; what came back of it until now counts no more.

    Raises:
        RefusedError: it is not stopped.
    """
    if key not in read(transaction).messages:
        raise RefusedError(f"{key.message} of {key.flow} ({key.channel}) is not stopped")
    told = orjson.dumps({"lifted_at": live.clock.now()}).decode()
    settings_rows.keep(transaction, _name(key), told)
    _note(transaction, live, who, "message resume", key._asdict())
    live.brakes = read(transaction)


def _name(key: Key) -> str:
    return _ONE + "\t".join(key)


def _keep(transaction: Transaction, name: str, stop: Stop) -> None:
    settings_rows.keep(transaction, name, orjson.dumps(stop._asdict()).decode())


def _note(
    transaction: Transaction, live: Living, who: str, act: str, detail: Mapping[str, Any]
) -> None:
    audit.note(transaction, audit.Act(live.clock.now(), who, act, detail))
