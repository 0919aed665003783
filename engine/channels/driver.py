"""What a driver says of itself: which channel, by what name, with which settings.

A driver is one file: in `engine/channels/drivers`, or in the folder that `HEADRACE_DRIVERS` names.
It holds a `DRIVER`; which driver a channel uses is chosen by `HEADRACE_<CHANNEL>`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from pydantic import BaseModel

from engine.channels.transport import Transport
from engine.errors import PlainError

NO_PLACE: Final = ""


class DriverError(PlainError):
    """No transport can be made: a driver or a setting is wrong or missing. The text names it."""


class Probing(Protocol):
    """What a transport has that can look whether its provider answers, without sending."""

    async def probe(self) -> str:
        """Why the provider cannot be used as a sentence, else ""."""
        ...


class Device(NamedTuple):
    """A browser that takes pushes, as it said itself (RFC 8291): `key` is its public key, 65 bytes,
    `secret` what it shares with whoever sends, 16 bytes.
    """

    name: str
    endpoint: str
    key: bytes
    secret: bytes


class Devices(Protocol):
    """The browsers of customers. Both functions may take a moment: call them in a thread."""

    def of(self, name: str) -> Sequence[Device]:
        """All browsers of whoever has this one, the newest first."""
        ...

    def gone(self, device: Device) -> None:
        """The push service says that this one takes nothing any more."""
        ...


class _NoDevices:
    def of(self, name: str) -> Sequence[Device]:
        del name
        return ()

    def gone(self, device: Device) -> None:
        """There was none."""


def _made(name: str, make: Callable[[], str]) -> str:
    del name
    return make()


@dataclass(frozen=True, slots=True)
class House:
    """What a transport may ask of the house it works in.

    `public_url` is where the public surface is reached, "" where that is not known. `country` says
    where the shop's national phone numbers belong ("DE"), "" where nobody knows. `kept` gives what
    the house keeps under a name, made at first use; `devices` are the browsers that take pushes.
    """

    public_url: str = NO_PLACE
    country: Callable[[], str] = str
    kept: Callable[[str, Callable[[], str]], str] = _made
    devices: Devices = field(default_factory=_NoDevices)


class ForgedError(Exception):
    """What came in is not signed by the provider; nothing of it counts."""


class Reply(NamedTuple):
    """What somebody answered to a message. `sender` is their address on the channel; `mark` is the
    same when the provider tells of it again. `handled` says that the provider has answered itself.
    """

    sender: str
    text: str
    mark: str
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Replies:
    """How a provider tells of answers, by a POST of a form to `/v1/replies/CHANNEL`.

    - `read`: from the settings, the address that was called, its headers (names in small letters)
      and its form. Raises `ForgedError`.
    - `say`: the body that answers with this text ("" for none), and its content type.
    """

    read: Callable[[Any, str, Mapping[str, str], Mapping[str, str]], Reply]
    say: Callable[[str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Driver:
    """One way for one channel to leave the house.

    - `channel`: one of the language's (email, sms, push, whatsapp).
    - `name`: what `HEADRACE_<CHANNEL>` says to choose it.
    - `about`: one sentence for whoever chooses.
    - `settings`: a model of what it reads. Its field `smtp_url` is `HEADRACE_SMTP_URL`; each has
      a description, which is its row in docs/settings.md.
    - `make`: the transport, from those settings and the house. It may import what is heavy.
    - `example`: a line that sets the most important one, as `headrace doctor` tells it.
    - `replies`: how answers of recipients come in, for a channel that has such.
    - `modules`: what must be installed, `extra`: which extra of Headrace brings it.
    """

    channel: str
    name: str
    about: str
    settings: type[BaseModel]
    make: Callable[[Any, House], Transport]
    example: str = ""
    replies: Replies | None = None
    modules: tuple[str, ...] = field(default=())
    extra: str = ""

    def missing(self) -> list[str]:
        """Which of `modules` are not installed."""
        return [one for one in self.modules if importlib.util.find_spec(one) is None]
