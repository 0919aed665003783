"""A form may ask for several purposes; each is confirmed by a box of its own, with its proof."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.channels.transport import Envelope
from engine.clock import SettableClock
from engine.core.model import MINUTE
from engine.intake import keys
from engine.public import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.public.conftest import AGENT, NOW
from tests.engine.public.test_journey import Box

FLOWS = """
store "Alpenglow":
  timezone "Europe/Berlin"
  currency EUR
  language "de"
  sender email "Alpenglow <hello@alpenglow.example>"
  topic tips "Tipps vom Berg"

flow welcome:
  enter when confirm_subscription

  send email hello
"""
EVIL = "<img src=x onerror=alert(1)>{{ 7 | times: 6 }}\r\nBcc: evil@example.com"


class Asking:
    """A shop whose forms ask."""

    def __init__(self, folder: Path, url: str | None, own: str = "") -> None:
        flows = folder / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "shop.flow").write_text(FLOWS, encoding="utf-8")
        hello = flows / "messages" / "hello.email.txt"
        hello.write_text("---\nsubject: Hello\n---\nx\n", encoding="utf-8")
        if own:
            (flows / "messages" / "confirmation.email.mjml").write_text(own, encoding="utf-8")
        self.box, self.texts = Box(), Box()
        settings = Settings(_env_file=None, database_url=url)
        transports = {"email": self.box, "sms": self.texts}
        clock = SettableClock(NOW)
        self.service = Service(folder / "data", flows, settings, clock, transports=transports)
        self.service.start(background=False)
        self.service.writer.run(lambda tx: keys.create(tx, "page", "browser", NOW, "page"))

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(create_public_app(self.service))
            headers = {"user-agent": AGENT, **more.pop("headers", {})}
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, url, headers=headers, **more)

        return asyncio.run(call())

    def ask(self, consent: dict[str, bool], locale: str = "de-DE", **traits: Any) -> Envelope:
        """Send a form; gives the mail that asks."""
        told = {
            "writeKey": "page",
            "anonymousId": "v",
            "traits": {"email": "ada@example.com", "consent": consent, **traits},
            "context": {"locale": locale},
        }
        assert self("POST", "/v1/identify", content=orjson.dumps(told)).status_code == 200
        self.service.run_until_idle(self.service.clock.now() + MINUTE)
        return self.box.mails[-1]

    def consent(self) -> dict[str, bool]:
        with self.service.database.reader() as reader:
            found = reader.rows("select what, allowed from consent")
        return {what: bool(allowed) for what, allowed in found}

    def proofs(self) -> dict[str, dict[str, Any]]:
        """The detail of each confirmation, by purpose."""
        with self.service.database.reader() as reader:
            found = reader.rows("select what, detail from consent_proof where act = 'confirmed'")
        return {what: orjson.loads(detail) for what, detail in found}


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Asking]:
    shop = Asking(tmp_path, database_url)
    yield shop
    shop.service.stop()


def _link(mail: Envelope) -> str:
    (link,) = set(re.findall(r"http://\S+/confirm/[\w-]+", mail.text))
    return str(link)


class _Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def boxes(self) -> dict[str | None, bool]:
        return {
            told.get("value"): "checked" in told
            for tag, told in self.found
            if tag == "input" and told.get("type") == "checkbox"
        }


def test_each_purpose_has_a_box_and_a_proof(shop: Asking) -> None:
    """What was ticked is listed in the mail and on the page; what stays ticked holds."""
    mail = shop.ask({"email": True, "tips": True, "tracking": True})
    for words in ("Nachrichten per E-Mail", "Tipps vom Berg", "Messen, was gelesen"):
        assert words in mail.text
    link = _link(mail)
    assert _Tags(shop("GET", link).text).boxes() == dict.fromkeys(
        ("email", "tips", "tracking"), True
    )
    assert shop.consent() == {}, "looking agrees to nothing"
    shop("POST", link, data={"boxes": "1", "purpose": ["email", "tracking"], "what": "confirm"})
    assert shop.consent() == {"email": True, "tracking": True}
    proofs = shop.proofs()
    assert proofs.keys() == {"email", "tracking"}
    assert all(re.fullmatch(r"[0-9a-f]{12}", told["text"]) for told in proofs.values())
    assert all(re.fullmatch(r"[0-9a-f]{12}", told["page"]) for told in proofs.values())
    shop("POST", link, data={"boxes": "1", "purpose": ["tips"], "what": "confirm"})
    assert shop.consent() == {"email": True, "tracking": True, "tips": True}


def test_nothing_ticked_is_nothing_agreed(shop: Asking) -> None:
    """Who unticks all boxes has agreed to nothing; a program's plain POST is about all of it."""
    link = _link(shop.ask({"email": True, "tracking": True}))
    shop("POST", link, data={"boxes": "1", "what": "confirm"})
    assert shop.consent() == {}
    shop("POST", link)
    assert shop.consent() == {"email": True, "tracking": True}


def test_only_what_the_shop_knows_can_be_asked(shop: Asking) -> None:
    """A page cannot put words into the question: purposes are topics of the shop, or tracking."""
    mail = shop.ask({"email": True, EVIL: True, "sms": True, "prize": True})
    assert "prize" not in mail.text
    assert "evil" not in mail.text
    assert "SMS" not in mail.text
    shop("POST", _link(mail))
    assert shop.consent() == {"email": True}


def test_tracking_can_be_asked_for_later(shop: Asking) -> None:
    """Who agreed to mails can be asked for more, and is asked for nothing twice."""
    shop("POST", _link(shop.ask({"email": True})))
    shop.service.run_until_idle(shop.service.clock.now() + 25 * 60 * MINUTE)
    before = len(shop.box.mails)
    shop.ask({"email": True})
    assert len(shop.box.mails) == before
    link = _link(shop.ask({"email": True, "tracking": True}))
    shop("POST", link)
    assert shop.consent() == {"email": True, "tracking": True}


@pytest.mark.parametrize(
    ("locale", "asks", "button"),
    [
        ("en-GB", "This was ticked", "Yes, I agree"),
        ("sr-RS", "Označeno je", "Da, pristajem"),
        ("de-AT", "Angekreuzt wurde", "Ja, einverstanden"),
        ("fr-FR", "Angekreuzt wurde", "Ja, einverstanden"),
    ],
)
def test_in_the_reader_s_language(shop: Asking, locale: str, asks: str, button: str) -> None:
    """Mail and page speak the reader's language; German says neither du nor Sie."""
    mail = shop.ask({"email": True}, locale)
    page = shop("GET", _link(mail)).text
    if locale != "fr-FR":
        assert asks in mail.text
        assert button in page
    assert "Alpenglow" in mail.text
    assert "Alpenglow" in page
    for text in (mail.text, mail.subject, page):
        assert not re.search(r"\b(Sie|Ihnen|Ihre?n?|du|dir|dein)\b", text)


def test_hostile_words_stay_words(shop: Asking) -> None:
    """Whatever somebody is called, no markup, header or template comes of it."""
    mail = shop.ask({"email": True, "tracking": True}, first_name=EVIL, language=EVIL, city=EVIL)
    page = shop("GET", _link(mail))
    for text in (mail.html, page.text):
        assert not [tag for tag, _ in _Tags(text).found if tag in ("img", "script")]
    assert "\n" not in mail.subject
    assert "42" not in mail.text


def test_the_project_s_own_question(tmp_path: Path) -> None:
    """`messages/confirmation.email.mjml` asks in the shop's own words; the proof names them."""
    own = (
        "---\nsubject: Bitte bestätige\n---\n<mj-section><mj-column><mj-text>Hallo"
        " {{ customer.first_name }}: {% for one in purposes %}[{{ one }}]{% endfor %}"
        ' <a href="{{ confirm_url }}">Ja</a></mj-text></mj-column></mj-section>'
    )
    shop = Asking(tmp_path, None, own)
    try:
        mail = shop.ask({"email": True, "tips": True}, first_name="Ada")
        assert mail.subject == "Bitte bestätige"
        assert "[Tipps vom Berg]" in mail.text
        assert "Hallo Ada" in mail.text
        assert "/u/" not in mail.html, "who has not agreed has nothing to leave"
        shop("POST", _link(mail))
        assert shop.consent() == {"email": True, "tips": True}
    finally:
        shop.service.stop()


def test_a_question_without_a_link_is_not_sent(tmp_path: Path) -> None:
    """A message of the project that forgot the link is left out; ours asks."""
    own = (
        "---\nsubject: x\n---\n<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>"
    )
    shop = Asking(tmp_path, None, own)
    try:
        assert _link(shop.ask({"email": True}))
    finally:
        shop.service.stop()
