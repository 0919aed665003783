"""From events over HTTP to messages and back, through a real service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.channels.transport import Envelope, Outcome, delivered, not_taken
from engine.clock import SettableClock
from engine.core.model import HOUR, MINUTE, SECOND
from engine.intake import keys
from engine.messages.links import MessageRef
from engine.public import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.public.conftest import AGENT, NOW

FLOWS = """
store "Alpenglow":
  timezone "Europe/Berlin"
  currency EUR
  language "en"
  sender email "Alpenglow <hello@alpenglow.example>"

flow welcome:
  enter when subscribe

  send email hello as greeting
  wait up to 3 days for click_email of greeting:
    add tag "reader"

flow leaving:
  enter when view_item

  show popup offer on "/p/*"
"""


class Box:
    """A transport that keeps what it gets; `broken` says how often it refuses first."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.broken = 0

    async def deliver(self, _key: str, envelope: Envelope) -> Outcome:
        if self.broken:
            self.broken -= 1
            return not_taken("try again later")
        self.mails.append(envelope)
        return delivered()

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def service(tmp_path: Path, box: Box, database_url: str | None) -> Iterator[Service]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "shop.flow").write_text(FLOWS, encoding="utf-8")
    (flows / "messages" / "hello.email.txt").write_text(
        "---\nsubject: Hello {{ customer.first_name | default: 'there' }}\n---\n"
        "Welcome. https://shop.example/boots\n",
        encoding="utf-8",
    )
    (flows / "messages" / "offer.popup.html").write_text(
        "<p>For {{ customer.first_name | default: 'you' }}</p>", encoding="utf-8"
    )
    service = Service(
        tmp_path / "data",
        flows,
        Settings(_env_file=None, database_url=database_url),
        SettableClock(NOW),
        transports={"email": box},
    )
    service.start(background=False)
    service.writer.run(lambda tx: keys.create(tx, "shop", "server", NOW, "demo"))
    service.writer.run(lambda tx: keys.create(tx, "page", "browser", NOW, "demo-browser"))
    yield service
    service.stop()


def _call(service: Service, method: str, url: str, told: Any = None, key: str = "demo") -> Any:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(create_public_app(service))
        told_by = {"user-agent": AGENT}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x", headers=told_by
        ) as client:
            body = None if told is None else orjson.dumps(told)
            return await client.request(method, url, content=body, auth=(key, ""))

    answer = asyncio.run(call())
    assert answer.status_code < 400, answer.text
    return answer


def _move(service: Service, milliseconds: int) -> None:
    service.run_until_idle(service.clock.now() + milliseconds)


def test_double_opt_in_to_welcome(service: Service, box: Box) -> None:
    """A form's answer gets one plain question by mail; the welcome comes after the yes."""
    traits = {"email": "ada@example.com", "first_name": "Ada", "consent": {"email": True}}
    _call(service, "POST", "/v1/identify", {"anonymousId": "v", "traits": traits}, "demo-browser")
    _move(service, 1)
    (question,) = box.mails
    assert question.to == "ada@example.com"
    assert "List-Unsubscribe" not in question.headers
    (link,) = set(re.findall(r"http://\S+/confirm/\S+", question.text))
    _call(service, "POST", link)
    _move(service, 1)
    assert [mail.message for mail in box.mails] == ["confirmation", "hello"]
    assert box.mails[1].subject == "Hello Ada"


def test_a_question_that_the_mail_server_did_not_take(service: Service, box: Box) -> None:
    """While the mail server is away the question waits, and goes out once."""
    box.broken = 2
    traits = {"email": "ada@example.com", "consent": {"email": True}}
    _call(service, "POST", "/v1/identify", {"anonymousId": "v", "traits": traits}, "demo-browser")
    for _ in range(8):
        _move(service, 2 * MINUTE)
    assert [mail.message for mail in box.mails] == ["confirmation"]


def test_clicks_move_runs_and_leaving_works(service: Service, box: Box) -> None:
    """A click on a counted link goes through the flow; the unsubscribe link of the mail works."""
    traits = {"email": "ada@example.com", "consent": {"email": True, "tracking": True}}
    _call(service, "POST", "/v1/identify", {"userId": "ada", "traits": traits})
    _move(service, 1)
    (mail,) = box.mails
    links = re.findall(r"http://\S+/u/[\w-]+", mail.text + str(mail.headers))
    _move(service, HOUR)
    with service.database.reader() as reader:
        ((run,),) = reader.rows("select id from run")
        ((customer,),) = reader.rows("select customer from run")
        ((step,),) = reader.rows("select step from intent")
    ref = MessageRef(customer, run, "welcome", step, 1, "email", "hello")
    _call_redirect(service, service.links.make_click(ref, "https://shop.example/boots"))
    _move(service, 9 * SECOND)
    with service.database.reader() as reader:
        assert reader.rows("select tags from customer") == [(None,)], "nobody knows who clicked"
    _move(service, SECOND)
    with service.database.reader() as reader:
        assert reader.rows("select tags from customer") == [(b'["reader"]',)]
    _call(service, "POST", links[0])
    with service.database.reader() as reader:
        allowed = reader.rows("select allowed from consent where what = 'email'")
    assert allowed == [(0,)]


def _call_redirect(service: Service, url: str) -> None:
    assert _call(service, "GET", url).status_code == 302


def test_on_site(service: Service) -> None:
    """What a `show` step queued is given to its visitor on the pages it is meant for."""
    told = {"anonymousId": "v", "event": "Product Viewed", "properties": {"product_id": "boots"}}
    _call(service, "POST", "/v1/track", told, "demo-browser")
    _move(service, 1)
    where = "/v1/onsite?writeKey=demo-browser&anonymousId=v&path="
    assert _call(service, "GET", f"{where}/cart").json() == {"messages": []}
    (found,) = _call(service, "GET", f"{where}/p/boots").json()["messages"]
    assert (found["surface"], found["message"]) == ("popup", "offer")
    assert "For you" in found["html"]
    seen = {"writeKey": "demo-browser", "anonymousId": "other", "shown": [found["id"]]}
    _call(service, "POST", "/v1/onsite", seen)
    assert _call(service, "GET", f"{where}/p/boots").json()["messages"], "not the visitor's word"
    _call(service, "POST", "/v1/onsite", {**seen, "anonymousId": "v"})
    shown = service.writer.run(lambda tx: tx.rows("select shown_at from on_site"))
    assert shown == [(service.clock.now(),)]
    stranger = where.replace("=v&", "=other&")
    assert _call(service, "GET", f"{stranger}/p/boots").json() == {"messages": []}


@pytest.mark.parametrize(
    ("told", "asked", "says"),
    [
        ({}, "", "For"),
        ({}, "de-AT", "Für"),
        ({}, "fr", "For"),
        ({}, "en", "For"),
        ({"language": "de"}, "en", "Für"),
    ],
)
def test_the_page_s_language(service: Service, told: dict[str, str], asked: str, says: str) -> None:
    """A visitor who told no language is spoken to in the page's, where the message has it; a file
    without a language is in the shop's.
    """
    folder = next(iter(service.live.folders.values())) / "messages"
    (folder / "offer.de.popup.html").write_text("<p>Für dich</p>", encoding="utf-8")
    _call(service, "POST", "/v1/identify", {"anonymousId": "v", "traits": told}, "demo-browser")
    viewed = {"anonymousId": "v", "event": "Product Viewed", "properties": {"product_id": "boots"}}
    _call(service, "POST", "/v1/track", viewed, "demo-browser")
    _move(service, 1)
    where = "/v1/onsite?writeKey=demo-browser&anonymousId=v&path=/p/boots"
    (found,) = _call(service, "GET", f"{where}&language={asked}").json()["messages"]
    assert says in found["html"]


def test_events_keep_flowing_while_flows_run(service: Service, box: Box, tmp_path: Path) -> None:
    """With the ticks running, every request is answered: waking the worker holds up nobody."""
    service.stop()
    moving = Service(service.data_dir, None, service.settings, transports={"email": box})
    moving.start()
    try:
        for number in range(5):
            told = {"anonymousId": "v", "event": "view_item", "messageId": f"m{number}"}
            _call(moving, "POST", "/v1/track", told)
        with moving.database.reader() as reader:
            assert reader.rows("select count(*) from event where name = 'view_item'") == [(5,)]
    finally:
        moving.stop()
        service.start(background=False)
