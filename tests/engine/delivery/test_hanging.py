"""A recipient, a provider and a template that hang: all others have theirs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from aiosmtpd.controller import Controller

from engine.channels.smtp import Smtp
from engine.channels.transport import Envelope, Outcome
from engine.delivery import gate
from engine.delivery.composer import Composer
from engine.service.service import Service
from tests.harness.workshop import Workshop

FLOW = """\
flow f:
  enter when ordered
  if customer.kind is "slow":
    send email two
  else if customer.kind is "phone":
    send sms three
  else:
    send email one
"""
HEAD = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"
  sender sms "SHOP"

customer:
  kind text

event ordered:
  total money

"""
PEOPLE = 200
ROUNDS = 2_000


class Post:
    """A mail server that never answers when it is told of one recipient."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.hangs = threading.Event()
        self.changed = threading.Condition()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: ARG002, N802
        if address.startswith("hang@"):
            self.hangs.set()
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002, N802
        with self.changed:
            self.taken |= {*envelope.rcpt_tos}
        return "250 taken"

    @contextmanager
    def serving(self) -> Iterator[str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(self, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield f"smtp://127.0.0.1:{port}"
        finally:
            controller.stop()


class Hanging:
    """A provider of text messages that takes a connection and never answers."""

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:  # noqa: ARG002
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None:
        """Nothing is held."""


class Shop(Workshop):
    url = ""

    def write(self, text: str) -> None:
        super().write(text)
        (self.flows / "messages" / "three.sms.liquid").write_text("Hello\n", encoding="utf-8")

    def open(self, *, background: bool = False) -> Service:
        transports = {"email": Smtp(self.url), "sms": Hanging()}
        service = Service(
            self.folder / "data", self.flows, self.settings, self.clock, transports=transports
        )
        service.start(background=background)
        return service


@pytest.mark.timeout(240)
def test_all_others_have_theirs(tmp_path: Path) -> None:
    """While a recipient, a provider and a template hang, 197 mails arrive; `/readyz` says who
    hangs, and what did not go is there for the next time.
    """
    post, cooking = Post(), threading.Event()
    make = Composer.envelope

    def slow(composer, intent, *rest):
        if intent.message == "two":
            cooking.wait(200)
        return make(composer, intent, *rest)

    with post.serving() as url:
        Shop.url = url
        shop = Shop(tmp_path, FLOW, head=HEAD)
        with (
            patch.object(Composer, "envelope", slow),
            patch.object(gate, "SILENT_SECONDS", 0.2),
            patch("engine.delivery.sender.GRACE", 0.1),
        ):
            names = ["hang", "phone", "slow", *(f"c{n}" for n in range(PEOPLE - 3))]
            for name in names:
                one = shop.customer(name, kind=name, phone="+4915112345678")
                if name == "phone":
                    _allow(shop, one)
                shop.happen(one, "ordered")
            shop.service.tick()
            sender = shop.service.sender
            hanging = {"making": 1, "email": 1, "sms": 1}
            for _ in range(ROUNDS):
                sender.drain(0.05)
                figures = sender.progress.figures()
                under_way = {name: one.under_way for name, one in figures.items()}
                if len(post.taken) == PEOPLE - 3 and under_way == hanging:
                    break
                # On a busy machine anybody may look as if they hung, and rest for a while.
                shop.clock.turn(shop.clock.now() + 10_000)
            assert len(post.taken) == PEOPLE - 3
            assert under_way == hanging
            assert post.hangs.is_set()
            said = " ".join(sender.progress.problems(0.0))
            assert "from sms" in said
            cooking.set()
            shop.service.stop()
        shop.service = shop.open()
        states = dict(shop.rows("select state, count(*) from intent group by state"))
        assert states.pop("sent") in (PEOPLE - 3, PEOPLE - 2)
        assert states.keys() <= {"ready", "unknown"}
        assert states["unknown"] == 1, "the provider of text messages may have taken it"
        shop.service.stop()


def _allow(shop: Shop, customer: int) -> None:
    now = shop.clock.now()
    shop.service.writer.run(
        lambda tx: tx.execute(
            "insert into consent (customer, what, allowed, at) values (?, 'sms', true, ?)",
            (customer, now),
        )
    )
