"""What the public surface needs of a running service."""

from __future__ import annotations

from typing import Protocol

from engine.channels.driver import House
from engine.clock import Clock
from engine.core.deployment import Deployment
from engine.delivery.sender import Sender
from engine.messages.links import LinkMaker
from engine.publishing.live import Live
from engine.runtime import manual as starting
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.settings import Settings
from engine.store.database import Database
from engine.store.writer import Transaction


class Watched(Protocol):
    """A process that can be asked how it is."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def paused(self) -> str: ...

    @property
    def readiness(self) -> Readiness: ...

    @property
    def meters(self) -> Meters: ...


class Taking(Watched, Protocol):
    """A process that takes events: it holds the database, or works beside the one that does.

    `deployment` is read anew each time: a publish replaces it.
    """

    @property
    def deployment(self) -> Deployment: ...

    def wake(self) -> None: ...


class Joined(Taking, Protocol):
    """A process that works beside another. `catch_up` comes first in each transaction that stores
    events.
    """

    def catch_up(self, transaction: Transaction) -> None: ...


class Service(Taking, Protocol):
    """`engine.service.service.Service`, as far as HTTP is concerned.

    `links` are read anew each time: a publish replaces them.
    """

    @property
    def links(self) -> LinkMaker: ...

    @property
    def live(self) -> Live: ...

    @property
    def house(self) -> House: ...

    @property
    def sender(self) -> Sender: ...

    def by_hand(self, told: starting.Request) -> starting.Byhand: ...
