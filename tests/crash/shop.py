"""A small shop whose journeys send three messages, an hour apart."""

from __future__ import annotations

from pathlib import Path

import orjson

from engine.clock import SettableClock
from engine.core.model import DAY, Instant
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events
from engine.store.writer import Transaction

FLOW = """\
store "Crash":
  timezone "UTC"
  currency EUR
  sender email "Crash <shop@crash.example>"

event ordered:
  total money

flow journey "Journey":
  enter when ordered
  send email one
  wait 1 hour
  if customer.country is "DE":
    send email two
  else:
    send email two
  wait 1 hour
  send email three
"""
MESSAGES_OF_A_RUN = 3


def write_project(folder: Path) -> Path:
    (folder / "messages").mkdir(parents=True)
    (folder / "shop.flow").write_text(FLOW, encoding="utf-8")
    for name in ("one", "two", "three"):
        body = f"---\nsubject: {name}\n---\nHello {{{{ customer.first_name }}}}\n"
        (folder / "messages" / f"{name}.email.txt").write_text(body, encoding="utf-8")
    return folder


def seed(
    data: Path, flows: Path, journeys: int, at: Instant, database_url: str | None = None
) -> None:
    """Store customers and one event for each; nothing moves yet."""
    service = Service(data, flows, Settings(database_url=database_url), SettableClock(at))
    service.start(background=False)

    def work(transaction: Transaction) -> None:
        for number in range(1, journeys + 1):
            address = f"c{number}@crash.example"
            properties = {"email": address, "first_name": f"N{number}"}
            if number % 2:
                properties["country"] = "DE"
            transaction.execute(
                "insert into customer (id, created_at, properties) values (?, ?, ?)",
                (number, at - DAY, orjson.dumps(properties)),
            )
            transaction.execute(
                "insert into identity (kind, value, customer, at) values ('email', ?, ?, ?)",
                (address, number, at),
            )
            transaction.execute(
                "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
                (number, at),
            )
            new = events.NewEvent(f"order-{number}", number, "ordered", at, {"total": 100})
            events.append(transaction, [new], at)

    try:
        service.writer.run(work)
    finally:
        service.stop()
