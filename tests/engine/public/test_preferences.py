"""A person's own page: channels, topics, a pause; looking at it changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.core.model import DAY, HOUR
from engine.intake import keys
from tests.engine.public import test_purposes
from tests.engine.public.test_purposes import EVIL, Asking, _Tags

FLOWS = test_purposes.FLOWS.replace(
    "flow welcome:",
    """flow weekly:
  enter when page_view
  re-enter always

  send email hello

flow ordered:
  enter when purchase
  transactional

  send email hello

flow welcome:""",
)


class Preferring(Asking):
    """A shop whose customer Ada has agreed to mails."""

    def __init__(self, folder: Path, url: str | None) -> None:
        super().__init__(folder, url)
        hello = "---\nsubject: Hello\n---\n{{ preferences_url }}\n"
        path = folder / "flows" / "messages" / "hello.email.txt"
        path.write_text(hello, encoding="utf-8")
        self.service.publish(folder / "flows")
        self.service.writer.run(lambda tx: keys.create(tx, "shop", "server", 0, "demo"))
        self.tell(
            "/v1/identify",
            traits={"email": "ada@example.com", "first_name": EVIL, "consent": {"email": True}},
        )
        self.mails()

    def tell(self, path: str, **told: Any) -> None:
        body = orjson.dumps({"writeKey": "demo", "userId": "ada", **told})
        assert self("POST", path, content=body).status_code == 200

    def mails(self, event: str = "page_view", **properties: Any) -> int:
        """How many mails follow from an event."""
        before = len(self.box.mails)
        self.tell("/v1/track", event=event, properties=properties)
        self.service.run_until_idle(self.service.clock.now() + HOUR)
        return len(self.box.mails) - before

    @property
    def link(self) -> str:
        (found,) = re.findall(r"http://\S+/p/[\w-]+", self.box.mails[0].text)
        return str(found)

    def save(self, *purposes: str, what: str = "save") -> str:
        self.service.run_until_idle(self.service.clock.now() + 1)
        form = {"boxes": "1", "purpose": list(purposes), "what": what}
        return self("POST", self.link, data=form).text


@pytest.fixture
def shop(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Preferring]:
    monkeypatch.setattr(test_purposes, "FLOWS", FLOWS)
    shop = Preferring(tmp_path, database_url)
    yield shop
    shop.service.stop()


def _boxes(shop: Preferring) -> dict[str | None, bool]:
    return _Tags(shop("GET", shop.link).text).boxes()


def test_channels_and_topics(shop: Preferring) -> None:
    """The page shows what holds; what is ticked holds from then on, with a proof of each change."""
    assert _boxes(shop) == {"email": True, "tips": True, "tracking": False}
    assert shop.consent() == {"email": True}, "looking changes nothing"
    shop.save("email", "tracking")
    assert shop.consent() == {"email": True, "tips": False, "tracking": True}
    assert _boxes(shop) == {"email": True, "tips": False, "tracking": True}
    shop.save("tips", "tracking")
    assert shop.consent() == {"email": False, "tips": True, "tracking": True}
    assert shop.mails() == 0
    shop.service.run_until_idle(shop.service.clock.now() + HOUR)
    shop.save("email")
    assert shop.consent() == {"email": True, "tips": False, "tracking": False}
    assert shop.mails() == 1
    with shop.service.database.reader() as reader:
        proofs = reader.rows(
            "select what, act, detail from consent_proof where source = 'preference page'"
        )
    assert len(proofs) == 7
    pages = {orjson.loads(detail).get("page", "") for _, _, detail in proofs}
    assert all(re.fullmatch(r"[0-9a-f]{12}|", page) for page in pages)


def test_a_pause(shop: Preferring) -> None:
    """For 30 days nothing but what belongs to orders goes out; then, or on a wish, it goes on."""
    assert shop.mails() == 1
    shop.save(what="pause")
    assert shop.mails() == 0
    assert shop.mails("purchase", order_id="o-1", value=10) == 1
    assert "Pause bis" in shop("GET", shop.link).text
    assert shop.consent() == {"email": True}, "a pause withdraws nothing"
    shop.service.run_until_idle(shop.service.clock.now() + 30 * DAY)
    assert "Pause bis" not in shop("GET", shop.link).text
    assert shop.mails() == 1
    shop.save(what="pause")
    assert shop.mails() == 0
    shop.save(what="go_on")
    assert shop.mails() == 1


def test_nobody_else_can_pause(shop: Preferring) -> None:
    """A trait of that name is left out: only the page makes a pause."""
    shop.tell("/v1/identify", traits={"paused_until": 99_999_999_999_999})
    assert shop.mails() == 1


def test_hostile_words_and_links(shop: Preferring) -> None:
    """No markup comes of what somebody is called; garbled links and forms change nothing."""
    before = shop.consent()
    page = shop("GET", shop.link)
    assert not [tag for tag, _ in _Tags(page.text).found if tag in ("img", "script")]
    assert "script-src" in page.headers["content-security-policy"] or "'none'" in str(page.headers)
    for link in (shop.link[:-2] + "xx", shop.link.replace("/p/", "/u/")):
        assert shop("GET", link).status_code == 404
        assert shop("POST", link, data={"what": "save"}).status_code == 404
    for form in ({}, {"what": EVIL}, {"purpose": EVIL}, {"what": "save"}):
        shop("POST", shop.link, data=form)
    shop("POST", shop.link, content=b"\xff" * 100_000)
    shop("HEAD", shop.link)
    assert shop.consent() == before
    shop.save("email", "tips", EVIL, "sms")
    assert shop.consent() == before, "nothing can be ticked that was not shown"
