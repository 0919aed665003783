"""Mails that go out by a real mail server, and what comes back by our own."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from engine.clock import SettableClock
from engine.public.app import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.channels.test_came_back import ABUSE, FAILED, report
from tests.harness.workshop import HEAD, START

BOUNCES = "bounces@mail.shop.example"
FLOW = """
flow carts:
  enter when add_to_cart
  send email hi
"""
MAIL = """---
subject: Grüße
---
<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{ customer.first_name }}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Post:
    """A shop that sends by a mail server which keeps what it gets."""

    def __init__(self, folder: Path, url: str | None, **more: Any) -> None:
        self.got: list[tuple[str, str, bytes]] = []
        self.server = Controller(self, hostname="127.0.0.1", port=free_port())
        self.server.start()
        self.port = free_port()
        flows = folder / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "shop.flow").write_text(HEAD + FLOW, encoding="utf-8")
        (flows / "messages" / "hi.email.mjml").write_text(MAIL, encoding="utf-8")
        self.clock = SettableClock(START)
        self.settings = Settings(
            database_url=None if url is None else SecretStr(url),
            smtp_url=f"smtp://127.0.0.1:{self.server.port}",
            public_url="https://headrace.shop.example",
            return_path=BOUNCES,
            return_listen=f"127.0.0.1:{self.port}",
            **more,
        )
        self.service = Service(folder / "data", flows, self.settings, self.clock)
        self.service.start(background=False)
        self.service.rounds.returning.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        self.got.append((envelope.mail_from, envelope.rcpt_tos[0], bytes(envelope.content)))
        return "250 OK"

    def close(self) -> None:
        self.service.stop()
        self.server.stop()

    def buy(self, name: str = "ada") -> None:
        """Somebody who agreed fills a cart and is mailed."""
        from engine.intake import calls
        from engine.intake.ingest import take

        told = {"email": f"{name}@shop.example", "consent": {"email": True}}
        frame = calls.Frame(self.clock.now(), False, "key shop")
        incoming = [
            calls.read_call({"userId": name, "traits": told}, frame, "identify"),
            calls.read_call({"userId": name, "event": "add_to_cart"}, frame, "track"),
        ]
        types = self.service.deployment.types
        self.service.writer.run(lambda tx: take(tx, incoming, types, self.clock.now()))
        self.service.run_until_idle(self.clock.now())

    def back(self, content: str | bytes, *recipients: str) -> None:
        """A mail server hands something back, with the empty sender."""
        body = content.encode() if isinstance(content, str) else content
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as door:
            door.sendmail("", [*recipients], body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    @property
    def suppressed(self) -> dict[str, str]:
        listed = self.service.writer.run(self.service.suppressions.listed)
        return {one["address"]: one["reason"] for one in listed}

    def agreed(self) -> list[Any]:
        return self.rows("select allowed from consent where what = 'email' order by customer")

    def rows(self, sql: str) -> list[Any]:
        return [
            row[0] if len(row) == 1 else row
            for row in self.service.writer.run(lambda tx: tx.rows(sql))
        ]


@pytest.fixture
def post(tmp_path: Path, database_url: str | None) -> Iterator[Post]:
    made = Post(tmp_path, database_url)
    yield made
    made.close()


def leaving(content: bytes) -> tuple[str, str]:
    """The link and the address to unsubscribe at."""
    mail: Any = message_from_bytes(content, policy=policy.default)
    link, address = str(mail["List-Unsubscribe"]).replace("\n", "").split(", ")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (link[0], link[-1], address[-1]) == ("<", ">", ">")
    return link[1:-1], address.removeprefix("<mailto:").partition("?")[0]


def test_a_mail_is_valid_and_names_both_ways_out(post: Post) -> None:
    """A mail server gets valid MIME with both parts, a link and an address to unsubscribe at."""
    post.buy()
    ((sender, recipient, content),) = post.got
    assert recipient == "ada@shop.example"
    assert sender.startswith("bounces+b")
    assert len(sender.partition("@")[0]) <= 64
    mail: Any = message_from_bytes(content, policy=policy.default)
    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/alternative", "text/plain", "text/html"),
    ]
    assert not [defect for part in mail.walk() for defect in part.defects]
    assert mail["From"] == "Shop <shop@shop.example>"
    assert mail["Subject"] == "Grüße"
    link, address = leaving(content)
    assert link.startswith("https://headrace.shop.example/u/")
    assert address.startswith("bounces+u")
    assert max(map(len, content.splitlines())) <= 998


async def one_click(post: Post, method: str, link: str) -> int:
    app = create_public_app(post.service)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://headrace.shop.example"
    ) as door:
        told = {"List-Unsubscribe": "One-Click"} if method == "POST" else None
        return (await door.request(method, link, data=told)).status_code


def test_the_link_leaves_at_a_post_only(post: Post) -> None:
    """A scanner's GET takes nobody off, a mail program's POST does so at once."""
    import asyncio

    post.buy()
    link, _ = leaving(post.got[0][2])
    assert asyncio.run(one_click(post, "GET", link)) == 200
    assert post.agreed() == [True]
    assert asyncio.run(one_click(post, "POST", link)) == 200
    assert post.agreed() == [False]
    post.buy()
    assert len(post.got) == 1


def test_a_mail_to_the_address_leaves(post: Post) -> None:
    """Who answers by mail has left; a machine's answer there changes nothing, a replay neither."""
    post.buy()
    _, address = leaving(post.got[0][2])
    away = "From: ada@shop.example\nAuto-Submitted: auto-replied\nSubject: away\n\nAway\n"
    post.back(away, address)
    assert post.agreed() == [True]
    head = f"From: ada@shop.example\nTo: {address.upper()}\n"
    mail = f"{head}Subject: unsubscribe\nMessage-ID: <1@x>\n\n"
    post.back(mail, address.upper())
    assert post.agreed() == [False]
    assert post.rows("select source from consent_proof where act = 'withdrawn'") == [
        "unsubscribe mail"
    ]
    post.back(mail, address)
    assert post.rows("select count(*) from feedback") == [1]


def test_a_report_of_delivery_ends_the_address(post: Post) -> None:
    """A bounce at the return path suppresses the address it went to, and says of which message."""
    post.buy()
    sender = post.got[0][0]
    bounce = report(FAILED.format("5.1.1", "smtp; 550 5.1.1 <ada@shop.example> unknown"))
    post.back(bounce, sender)
    post.back(bounce, sender)
    assert post.suppressed == {"ada@shop.example": "bounced"}
    assert post.rows("select kind, flow, message, reason from feedback") == [
        ("hard_bounce", "carts", "hi", "smtp; 550 5.1.1 <(the address)> unknown")
    ]
    post.service.run_until_idle(post.clock.now())
    assert post.rows("select count(*) from event where name = 'bounce_email'") == [1]
    post.buy()
    assert len(post.got) == 1


def test_the_address_that_it_went_to_is_ended(post: Post) -> None:
    """Who has another address by now keeps it: the dead one is suppressed."""
    post.buy()
    sender = post.got[0][0]
    post.service.writer.run(
        lambda tx: tx.execute(
            "update customer set properties = ? where id = 1", (b'{"email": "new@shop.example"}',)
        )
    )
    post.back(report(FAILED.format("5.1.1", "smtp; 550 5.1.1 unknown")), sender)
    listed = post.service.suppressions
    post.service.writer.run(listed.read)
    assert listed.includes("email", "ada@shop.example")
    assert not listed.includes("email", "new@shop.example")


def test_a_block_of_our_server_ends_nobody(post: Post) -> None:
    """That our server is on a list says nothing of who was written to."""
    post.buy()
    post.back(report(FAILED.format("5.7.1", "smtp; 550 5.7.1 your IP is blocked")), post.got[0][0])
    assert post.suppressed == {}
    assert post.rows("select kind from feedback") == ["blocked"]


@pytest.mark.parametrize("shape", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_abuse_ends_the_address(post: Post, shape: str) -> None:
    """A complaint names the mail by its own headers, wherever the report was sent."""
    post.buy()
    post.back(ABUSE.format("abuse", shape, post.got[0][0]), BOUNCES)
    assert post.suppressed == {"ada@shop.example": "complained"}
    assert post.rows("select kind, flow, message from feedback") == [("complained", "carts", "hi")]


def test_nobody_can_make_up_an_address(post: Post) -> None:
    """Only addresses that we signed take mail, and no report for them is believed otherwise."""
    post.buy()
    sender = post.got[0][0]
    letter = "a" if sender[20] != "a" else "c"
    forged = sender[:20] + letter + sender[21:]
    for other in (forged, "shop@mail.shop.example", "bounces+b@mail.shop.example", "x@y.example"):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            post.back(report(FAILED.format("5.1.1", "smtp; 550 5.1.1 unknown")), other)
    post.back(ABUSE.format("abuse", "message/rfc822", forged), BOUNCES)
    assert post.suppressed == {}
    assert post.rows("select count(*) from feedback") == [0]


def test_the_port_has_bounds(post: Post) -> None:
    """A mail that is too large, and too many recipients, are refused; others still get in."""
    post.buy()
    sender = post.got[0][0]
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        post.back(b"Subject: x\n\n" + b"y" * 80 * 20_000 + b"\n", sender)
    assert refused.value.smtp_code == 552
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as door:
        door.ehlo()
        door.mail("")
        codes = [door.rcpt(sender)[0] for _ in range(22)]
    assert (codes[0], codes[-1]) == (250, 452)
    held = []
    for _ in range(60):
        one = socket.create_connection(("127.0.0.1", post.port), timeout=10)
        held.append((one, one.recv(200)))
    assert [said[:3] for _, said in held].count(b"421") == 10
    for one, _ in held:
        one.close()


def test_a_full_disk_asks_to_come_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be stored is not taken: the other server keeps it and comes again."""
    from engine.store.errors import StoreUnavailableError

    post.buy()
    returning = post.service.rounds.returning

    def full(*_: object) -> bool:
        raise StoreUnavailableError("the disk is full")

    bounce = report(FAILED.format("5.1.1", "smtp; 550 5.1.1 unknown"))
    monkeypatch.setattr(returning, "take", full)
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        post.back(bounce, post.got[0][0])
    assert refused.value.smtp_code == 451
    monkeypatch.undo()
    post.back(bounce, post.got[0][0])
    assert post.suppressed == {"ada@shop.example": "bounced"}


def test_an_envelope_of_many_is_one_mail(post: Post) -> None:
    """A report with an attachment in a strange character set is read all the same."""
    post.buy()
    mail = EmailMessage()
    mail["From"] = "MAILER-DAEMON@mx.example"
    mail["Subject"] = "failure notice"
    mail.set_content("Sorry, no mailbox here by that name. (#5.1.1) ü", charset="iso-8859-15")
    mail.add_attachment(b"\xff\x00", maintype="application", subtype="x-strange", filename="ü")
    post.back(mail.as_bytes(), post.got[0][0])
    assert post.suppressed == {"ada@shop.example": "bounced"}
