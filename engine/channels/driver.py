"""What a driver says of itself: which channel, by what name, with which settings.

A driver is one file: in `engine/channels/drivers`, or in the folder that `HEADRACE_DRIVERS` names.
It holds a `DRIVER`; which driver a channel uses is chosen by `HEADRACE_<CHANNEL>`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

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


@dataclass(frozen=True, slots=True)
class House:
    """What a transport may ask of the house it works in.

    `public_url` is where the public surface is reached, "" where that is not known.
    """

    public_url: str = NO_PLACE


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
    - `modules`: what must be installed, `extra`: which extra of Headrace brings it.
    """

    channel: str
    name: str
    about: str
    settings: type[BaseModel]
    make: Callable[[Any, House], Transport]
    example: str = ""
    modules: tuple[str, ...] = field(default=())
    extra: str = ""

    def missing(self) -> list[str]:
        """Which of `modules` are not installed."""
        return [one for one in self.modules if importlib.util.find_spec(one) is None]
