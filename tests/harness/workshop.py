"""A service in a temporary folder with a clock to turn and a transport that only notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR, Instant
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events
from engine.store.writer import Transaction

START: Instant = 1_767_603_600_000  # Monday 2026-01-05 10:00 in Berlin
HEAD = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"
  sender sms "SHOP"

event ordered:
  total money
  note text

"""


@dataclass
class Notebook:
    """A transport that answers what it is told and remembers everything."""

    answers: list[Outcome] = field(default_factory=list)
    taken: list[tuple[str, Envelope]] = field(default_factory=list)

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        self.taken.append((key, envelope))
        return self.answers.pop(0) if self.answers else delivered("ok")

    async def close(self) -> None:
        """Nothing is held."""

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.taken]

    @property
    def messages(self) -> list[str]:
        return [envelope.message for _, envelope in self.taken]


class Workshop:
    """Flows of a test, run by the real service."""

    def __init__(
        self, folder: Path, flow: str, *, head: str = HEAD, database_url: str | None = None
    ) -> None:
        self.folder = folder
        self.flows = folder / "flows"
        (self.flows / "messages").mkdir(parents=True)
        self.write(head + flow)
        self.settings = Settings(database_url=database_url)
        self.clock = SettableClock(START)
        self.notebook = Notebook()
        self.service = self.open()

    def write(self, text: str) -> None:
        (self.flows / "shop.flow").write_text(text, encoding="utf-8")
        for name in ("one", "two", "three"):
            path = self.flows / "messages" / f"{name}.email.txt"
            path.write_text(f"---\nsubject: {name}\n---\nHello\n", encoding="utf-8")

    def open(self, *, background: bool = False) -> Service:
        transports = dict.fromkeys(("email", "sms", "push", "call"), self.notebook)
        service = Service(
            self.folder / "data", self.flows, self.settings, self.clock, transports=transports
        )
        service.start(background=background)
        return service

    def reopen(self) -> None:
        self.service.stop()
        self.service = self.open()

    def customer(self, name: str = "ada", zone: str | None = None, **properties: Any) -> int:
        at = self.clock.now()

        def work(transaction: Transaction) -> int:
            number = transaction.number("customer")
            email = f"{name}@shop.example"
            known = {"id": name, "email": email, **properties}
            transaction.execute(
                "insert into customer (id, created_at, zone, properties) values (?, ?, ?, ?)",
                (number, at - DAY, zone, orjson.dumps(known)),
            )
            transaction.executemany(
                "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)",
                [("user", name, number, at), ("email", email, number, at)],
            )
            transaction.execute(
                "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
                (number, at),
            )
            return number

        return self.service.writer.run(work)

    def happen(self, customer: int, name: str, message_id: str = "", **properties: Any) -> None:
        at = self.clock.now()

        def work(transaction: Transaction) -> None:
            unique = message_id or f"m{transaction.number('event')}"
            new = events.NewEvent(unique, customer, name, at, properties)
            events.append(transaction, [new], at)

        self.service.writer.run(work)

    def forward(self, by: Instant = 0) -> None:
        self.service.run_until_idle(self.clock.now() + by)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.service.writer.run(lambda tx: tx.rows(sql, values))


__all__ = ["DAY", "HEAD", "HOUR", "START", "Notebook", "Workshop"]
