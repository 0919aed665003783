"""Clicks and openings of people count, those of machines are only kept."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from engine.clock import SettableClock
from engine.core.model import HOUR, SECOND
from engine.core.touches import APPLE, AT_DELIVERY, FOLLOWED_HIDDEN, HIDDEN, MANY
from engine.customers import erasure
from engine.intake import keys
from engine.public import counting, create_public_app
from engine.public.agents import machine
from engine.reports.trace import story_of
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.public.conftest import AGENT, NOW
from tests.engine.public.test_journey import Box

FLOWS = """
store "Alpenglow":
  timezone "Europe/Berlin"
  currency EUR
  language "en"
  sender email "Alpenglow <hello@alpenglow.example>"

score engagement "Engagement":
  +2 on open_email
  +5 on click_email

flow welcome:
  enter when subscribe
  goal click_email within 5 days

  send email hello as greeting
  wait up to 3 days for click_email of greeting or open_email of greeting:
    add tag "reader"
"""
MAIL = """---
subject: Hello
---
<mj-section><mj-column>
<mj-text><a href="https://shop.example/a">A</a> <a href="https://shop.example/b">B</a></mj-text>
<mj-text><a href="https://shop.example/c">C</a></mj-text>
</mj-column></mj-section>
"""


class Shop:
    """A service whose only mail has been delivered to Ada."""

    def __init__(self, folder: Path, url: str | None) -> None:
        flows = folder / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "shop.flow").write_text(FLOWS, encoding="utf-8")
        (flows / "messages" / "hello.email.mjml").write_text(MAIL, encoding="utf-8")
        self.box = Box()
        self.settings = Settings(_env_file=None, database_url=url)
        self.clock = SettableClock(NOW)
        self.data = folder / "data"
        self.service = self._start(flows)
        self.service.writer.run(lambda tx: keys.create(tx, "shop", "server", NOW, "demo"))
        traits = {"email": "ada@example.com", "consent": {"email": True, "tracking": True}}
        self("POST", "/v1/identify", orjson.dumps({"userId": "ada", "traits": traits}))
        self.move(0)
        (mail,) = self.box.mails
        self.html = mail.html

    def _start(self, flows: Path | None) -> Service:
        transports = {"email": self.box}
        service = Service(self.data, flows, self.settings, self.clock, transports=transports)
        service.start(background=False)
        return service

    def kill(self) -> None:
        """Stop and start again: nothing but the database is left."""
        self.service.stop()
        self.service = self._start(None)

    def __call__(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        agent: str = AGENT,
        key: str = "demo",
    ) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(create_public_app(self.service))
            headers = {"user-agent": agent}
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                auth = (key, "")
                return await client.request(method, url, content=body, auth=auth, headers=headers)

        return asyncio.run(call())

    def move(self, milliseconds: int) -> None:
        self.service.run_until_idle(self.clock.now() + milliseconds)

    def links(self, kind: str = "[a-z]+") -> list[str]:
        """All links of the mail's HTML that lead to us, without its pictures."""
        found = re.findall(rf'href="(http://127\.0\.0\.1:8400/{kind}/[^"]+)"', self.html)
        return list(dict.fromkeys(found))

    @property
    def picture(self) -> str:
        (found,) = re.findall(r'src="(http://127\.0\.0\.1:8400/o/[^"]+)"', self.html)
        return str(found)

    def counted(self) -> list[str]:
        with self.service.database.reader() as reader:
            return [
                name
                for (name,) in reader.rows("select name from event order by id")
                if name.startswith(("click_", "open_"))
            ]

    def moved(self) -> tuple[object, ...]:
        """What a click could move: tags, scores, the goal, whether the run has ended."""
        with self.service.database.reader() as reader:
            (who,) = reader.rows("select tags, scores from customer")
            (run,) = reader.rows("select goal_at, ended_at from run")
        return (*who, *run)

    def verdicts(self) -> set[str]:
        with self.service.database.reader() as reader:
            return {verdict for (verdict,) in reader.rows("select verdict from touch")}


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Shop]:
    shop = Shop(tmp_path, database_url)
    yield shop
    shop.service.stop()


NOTHING = (None, None, None, None)


def test_a_scanner_at_delivery_moves_nothing(shop: Shop) -> None:
    """Every link fetched once, two seconds after delivery: no score, no flow, no report, no goal;
    a person's click an hour later counts in all of them.
    """
    shop.move(2 * SECOND)
    everything = [*shop.links(), shop.picture]
    assert len(everything) == 6, "three links, the hidden one, the way out, the picture"
    for link in everything:
        shop("GET", link)
    shop.move(HOUR)
    assert shop.counted() == []
    assert shop.moved() == NOTHING
    with shop.service.database.reader() as reader:
        story = story_of(reader, shop.data / "published", "ada")
        assert reader.rows("select allowed from consent where what = 'email'") == [(True,)]
    assert story is not None
    told = [step.detail for step in story.runs[0].steps if step.outcome == "machine"]
    assert len(told) == 5
    assert any(each.startswith("click of the email: ") for each in told)

    assert shop("GET", shop.links("c")[1]).headers["location"] == "https://shop.example/b"
    shop.move(HOUR)
    assert shop.counted() == ["click_email"]
    tags, scores, goal_at, ended_at = shop.moved()
    assert (tags, goal_at is not None, ended_at is not None) == (b'["reader"]', True, True)
    assert orjson.loads(scores)["engagement"][0] == 5  # type: ignore[arg-type]


def test_a_scanner_hours_later_moves_nothing(shop: Shop) -> None:
    """One that follows all links when the mail is opened somewhere is told by the hidden link."""
    shop.move(5 * HOUR)
    for link in shop.links():
        shop("GET", link)
    shop.move(HOUR)
    assert (shop.counted(), shop.moved()) == ([], NOTHING)
    assert shop.verdicts() == {HIDDEN, FOLLOWED_HIDDEN}


def test_one_that_sees_no_hidden_link(shop: Shop) -> None:
    """Three different links within ten seconds are too many; two are not."""
    shop.move(HOUR)
    for link in shop.links("c"):
        shop("GET", link)
        shop.move(3 * SECOND)
    shop.move(HOUR)
    assert (shop.counted(), shop.verdicts()) == ([], {MANY})
    for link in shop.links("c")[:2]:
        shop("GET", link)
        shop.move(3 * SECOND)
    shop.move(HOUR)
    assert shop.counted() == ["click_email"] * 2


def test_apple_opens_every_mail(shop: Shop) -> None:
    """What Apple's privacy proxy fetches is kept as such; a picture that a reader loads counts."""
    shop.move(HOUR)
    shop("GET", shop.picture, agent="Mozilla/5.0")
    shop.move(HOUR)
    assert (shop.counted(), shop.verdicts()) == ([], {APPLE})
    shop("GET", shop.picture, agent="Mozilla/5.0 (via ggpht.com GoogleImageProxy)")
    shop.move(HOUR)
    assert shop.counted() == ["open_email"]


def test_a_kill_loses_no_click(shop: Shop) -> None:
    """A click that was not judged yet when the server ended is judged by the next one."""
    shop.move(HOUR)
    shop("GET", shop.links("c")[0])
    shop.move(5 * SECOND)
    shop.kill()
    assert shop.counted() == []
    shop.move(5 * SECOND)
    assert shop.counted() == ["click_email"]
    shop.kill()
    shop.move(HOUR)
    assert shop.counted() == ["click_email"]


def test_a_click_does_not_wait_for_the_database(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database is busy a click arrives at its target, and is stored when it is free."""
    shop.move(HOUR)
    monkeypatch.setattr(counting, "PATIENCE", 0.01)
    free = threading.Event()
    app = create_public_app(shop.service)

    async def click() -> None:
        held = shop.service.writer.submit(lambda _: free.wait(30))
        transport = httpx.ASGITransport(app)
        headers = {"user-agent": AGENT}
        async with httpx.AsyncClient(transport=transport, headers=headers) as client:
            answer = await client.get(shop.links("c")[0])
        assert answer.headers["location"] == "https://shop.example/a"
        assert not held.done()
        free.set()
        await shop.service.writer.write(lambda _: None)

    try:
        asyncio.run(click())
    finally:
        free.set()
    shop.move(HOUR)
    assert shop.counted() == ["click_email"]


def test_consent_that_went_meanwhile(shop: Shop) -> None:
    """Who takes the consent back before a click is judged is not counted."""
    shop.move(HOUR)
    shop("GET", shop.links("c")[0])
    told = {"userId": "ada", "traits": {"consent": {"tracking": False}}}
    shop("POST", "/v1/identify", orjson.dumps(told))
    shop.move(HOUR)
    assert shop.counted() == []


def test_erasing(shop: Shop) -> None:
    """Nothing that was fetched of an erased person's messages is left."""
    shop("GET", shop.links("c")[0])
    with shop.service.database.reader() as reader:
        ((customer,),) = reader.rows("select id from customer")
    shop.service.writer.run(
        lambda tx: erasure.erase(tx, customer, shop.service.suppressions, NOW, "a test")
    )
    with shop.service.database.reader() as reader:
        assert reader.rows("select * from touch") == []


@pytest.mark.parametrize(
    ("headers", "is_machine"),
    [
        ({"user-agent": AGENT}, False),
        ({}, False),
        ({"user-agent": AGENT, "purpose": "prefetch"}, True),
        ({"user-agent": AGENT, "sec-purpose": "prefetch;prerender"}, True),
        ({"user-agent": AGENT, "x-purpose": "preview"}, True),
        ({"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, True),
        ({"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}, True),
        ({"user-agent": AGENT.replace("Chrome", "HeadlessChrome")}, True),
        ({"user-agent": "python-requests/2.31"}, True),
        ({"user-agent": "BarracudaSentinel"}, True),
        ({"user-agent": "Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/120"}, False),
        ({"user-agent": "Mozilla/5.0"}, False),
    ],
)
def test_agents(headers: dict[str, str], is_machine: bool) -> None:
    """Prefetches and programs that say who they are are machines; browsers are not."""
    assert bool(machine("GET", headers)) is is_machine
    assert machine("HEAD", headers)


def test_delivery_is_named(shop: Shop) -> None:
    """A single link fetched with the delivery is a machine's click."""
    shop.move(9 * SECOND)
    shop("GET", shop.links("c")[0])
    shop.move(HOUR)
    assert (shop.counted(), shop.verdicts()) == ([], {AT_DELIVERY})
