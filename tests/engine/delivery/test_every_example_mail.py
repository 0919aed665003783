"""Every mail of the example shop, as a mail server gets it: whole, read by a scanner and by a
person, left and returned.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.core.model import MINUTE, SECOND
from engine.intake import calls
from engine.intake.ingest import take
from engine.messages import Messages
from engine.public.app import create_public_app
from tests.engine.public.conftest import AGENT
from tests.engine.service.test_returning import Post
from tests.harness.returned import SHAPES

FLOWS = Path("flows")
PLAIN = ("confirmation",)
"""What no flow sends."""
ORDERS = ("order_confirmed", "order_shipped", "order_delivered")
"""What nobody can unsubscribe from."""
LARGEST = 100_000
HOST = "https://headrace.shop.example"
FLOW = """
flow all_{name}:
  enter when go where which is "{name}"
  re-enter always
{head}
  give coupon thanks15
  wait up to 1 hour for shipped:
    send email {name}:
      products 4 bestsellers
{anyway}
"""
EVENT = """
event go "Go":
  which text
  order_id text
  search_term text
  checkout_url text
  price money
  old_price money
"""
MAILS = sorted(
    name
    for name in Messages(FLOWS / "messages").names()
    if name not in PLAIN and (FLOWS / "messages" / f"{name}.email.mjml").is_file()
)


class Everything(Post):
    """A shop that sends each example mail, and keeps what the mail server got."""

    def __init__(self, folder: Path) -> None:
        flows = folder / "all"
        shutil.copytree(FLOWS / "messages", flows / "messages")
        store = (FLOWS / "store.flow").read_text(encoding="utf-8")
        made = [
            FLOW.format(name=name, head="  transactional\n", anyway="")
            if name in ORDERS
            else FLOW.format(name=name, head="", anyway="      over limits send anyway")
            for name in MAILS
        ]
        text = f"{store}{EVENT}{''.join(made)}"
        (flows / "all.flow").write_text(text.replace("  quiet hours", "  # "), encoding="utf-8")
        super().__init__(folder, None, store_url="https://www.shop.example")
        self.service.publish(flows)
        self._tell(
            [
                call
                for name in MAILS
                for call in (
                    ({"userId": name, "traits": _about(name)}, "identify"),
                    ({"userId": name, "event": "go", "properties": _entry(name)}, "track"),
                )
            ]
        )
        self.forward(SECOND)
        url = {"tracking_url": "https://parcel.example/1", "order_id": "o-1"}
        self._tell(
            [({"userId": name, "event": "shipped", "properties": url}, "track") for name in MAILS]
        )
        self.forward(0)

    def _tell(self, told: list[tuple[dict[str, Any], Any]]) -> None:
        frame = calls.Frame(self.clock.now(), False, "key shop")
        incoming = [calls.read_call(call, frame, kind) for call, kind in told]
        types = self.service.deployment.types
        self.service.writer.run(lambda tx: take(tx, incoming, types, self.clock.now()))

    def forward(self, milliseconds: int) -> None:
        self.service.run_until_idle(self.clock.now() + milliseconds)

    def mails(self) -> Iterator[tuple[str, str, EmailMessage, bytes]]:
        """Of whom, the address to return to, the mail, and its bytes."""
        for back, to, content in self.got:
            parsed = message_from_bytes(content, policy=policy.SMTP)
            assert isinstance(parsed, EmailMessage)
            yield to.partition("@")[0], back, parsed, content

    def visit(self, calls_: list[tuple[str, str, dict[str, str]]]) -> list[httpx.Response]:
        async def fetch() -> list[httpx.Response]:
            transport = httpx.ASGITransport(create_public_app(self.service))
            headers = {"user-agent": AGENT}
            async with httpx.AsyncClient(
                transport=transport, base_url=HOST, headers=headers
            ) as client:
                return [await client.request(how, url, data=form) for how, url, form in calls_]

        return asyncio.run(fetch())

    def moved(self) -> list[Any]:
        """All that a click could move."""
        return [
            self.rows("select id, tags, scores, properties from customer order by id"),
            self.rows("select id, ended_at, goal_at from run order by id"),
            self.rows("select customer, what, allowed from consent order by customer, what"),
            self.rows("select count(*) from event"),
            self.rows("select count(*) from consent_proof"),
        ]


def _about(name: str) -> dict[str, Any]:
    return {
        "email": f"{name}@shop.example",
        "first_name": "Ada",
        "language": ("de", "en", "sr")[len(name) % 3],
        "consent": {"email": True, "tracking": True},
    }


def _entry(name: str) -> dict[str, Any]:
    return {
        "which": name,
        "order_id": "o-1",
        "search_term": "zelt",
        "checkout_url": "https://shop.example/checkout",
        "price": 79.5,
        "old_price": 99,
    }


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str, attribute: str) -> list[str]:
        return [told.get(attribute) or "" for name, told in self.found if name == tag]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    made = Everything(tmp_path_factory.mktemp("all"))
    yield made
    made.close()


def _part(mail: EmailMessage, kind: str) -> str:
    (found,) = [one for one in mail.walk() if one.get_content_type() == kind]
    return str(found.get_content())


def test_each_is_whole(shop: Everything) -> None:
    """Valid MIME, two parts that say the same, one heading, words for each picture, no hole of a
    template, under 100 KB; both ways out where one may leave, none where not.
    """
    assert sorted(name for name, *_ in shop.mails()) == MAILS
    for name, _, mail, content in shop.mails():
        assert [defect for one in mail.walk() for defect in one.defects] == [], name
        assert mail.get_content_type() == "multipart/alternative"
        assert len(content) < LARGEST, name
        text, html = _part(mail, "text/plain"), _part(mail, "text/html")
        for said in (str(mail["Subject"]), text, html):
            assert not re.search(r"{{|{%|}}|%}|\bNone\b|\bundefined\b", said), name
        tags = Tags(html)
        assert len(tags.all("h1", "style")) == 1, name
        assert all("alt" in told for tag, told in tags.found if tag == "img"), name
        assert f"{HOST}/m/" in text
        ways = str(mail["List-Unsubscribe"] or "")
        if name in ORDERS:
            assert not ways
            continue
        assert re.fullmatch(r"<https://\S+/u/\S+>, <mailto:\S+>", ways), name
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"{HOST}/u/" in text
        assert f"{HOST}/u/" in html


def test_a_scanner_moves_nothing_and_a_person_does(shop: Everything) -> None:
    """Every link of every mail is fetched once, two seconds after delivery, pictures too: no score,
    no flow, no consent, no event. Then somebody clicks one link of each, and each counts.
    """
    before = shop.moved()
    shop.forward(2 * SECOND)
    links: dict[str, list[str]] = {}
    for name, _, mail, _ in shop.mails():
        tags = Tags(_part(mail, "text/html"))
        found = [*tags.all("a", "href"), *tags.all("img", "src")]
        found += re.findall(r"https://\S+", _part(mail, "text/plain"))
        links[name] = list(dict.fromkeys(one for one in found if one.startswith(HOST)))
        assert any("/c/" in one for one in links[name]), name
        assert any("/h/" in one for one in links[name]), name
    everything = [("GET", one, {}) for found in links.values() for one in found]
    answers = shop.visit(everything)
    assert [str(one.url) for one in answers if one.status_code > 302] == []
    shop.forward(MINUTE)
    assert shop.moved() == before
    clicked = [("GET", next(one for one in found if "/c/" in one), {}) for found in links.values()]
    for click in clicked:
        shop.visit([click])
    shop.forward(MINUTE)
    assert shop.rows("select count(*) from event where name = 'click_email'") == [len(MAILS)]
    scores = shop.rows("select count(*) from customer where scores is not null")
    assert scores == [len(MAILS)]


def test_leaving_by_one_press(shop: Everything) -> None:
    """A GET of the header's address changes nothing, the mail program's POST leaves at once."""
    ways = [
        re.findall(r"<(https://[^>]+)>", str(mail["List-Unsubscribe"]))[0]
        for name, _, mail, _ in shop.mails()
        if name not in ORDERS
    ]
    agreed = "select count(*) from consent where what = 'email' and allowed"
    count = shop.rows(agreed)[0]
    shop.visit([("GET", way, {}) for way in ways])
    assert shop.rows(agreed) == [count]
    shop.visit([("POST", way, {"List-Unsubscribe": "One-Click"}) for way in ways])
    assert shop.rows(agreed) == [count - len(ways)]


def test_what_comes_back_names_the_address(shop: Everything) -> None:
    """Reports of four kinds of servers, one after another, to the return path of each mail."""
    for number, (name, back, _, content) in enumerate(list(shop.mails())):
        shape = SHAPES[number % len(SHAPES)]
        original = content.decode("utf-8", "replace").partition("\r\n\r\n")[0]
        to = f"{name}@shop.example"
        shop.back(shape.format(back=back, to=to, number=number, original=original), back)
    shop.forward(MINUTE)
    assert sorted(shop.suppressed) == sorted(f"{name}@shop.example" for name in MAILS)
    assert set(shop.suppressed.values()) == {"bounced", "complained"}
