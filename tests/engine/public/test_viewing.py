"""A mail in the browser is the one that was sent, and looking at it counts nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.model import DAY, HOUR
from engine.customers import erasure
from tests.engine.public.test_purposes import Asking

MAIL = (
    "---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Dear {{ customer.first_name }},"
    ' <a href="https://shop.example/tents">tents</a>, <a href="{{ view_url }}">in a browser</a>'
    "</mj-text></mj-column></mj-section>\n"
)


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Asking]:
    shop = Asking(tmp_path, database_url)
    messages = tmp_path / "flows" / "messages"
    (messages / "hello.email.txt").unlink()
    (messages / "hello.email.mjml").write_text(MAIL, encoding="utf-8")
    shop.service.publish(tmp_path / "flows")
    yield shop
    shop.service.stop()


def _welcomed(shop: Asking) -> str:
    """Ada agrees to mails and to being counted; gives the link of her welcome to a browser."""
    asked = shop.ask({"email": True, "tracking": True}, first_name="Ada & Co")
    (confirm,) = set(re.findall(r"http://\S+/confirm/[\w-]+", asked.text))
    shop("POST", confirm)
    shop.service.run_until_idle(shop.service.clock.now() + HOUR)
    mail = shop.box.mails[-1]
    assert {"/o/", "/h/", "/c/"} <= {*re.findall(r"/[och]/", mail.html)}
    (link,) = set(re.findall(r"http://\S+/m/[\w-]+", mail.text))
    assert f'href="{link}"' in mail.html, "it is no counted click"
    return str(link)


def _touches(shop: Asking) -> int:
    with shop.service.database.reader() as reader:
        return len(reader.rows("select * from touch"))


def test_what_was_sent_is_shown_and_counts_nothing(shop: Asking) -> None:
    """The name as it was when the mail went, every link of it, and nothing that is fetched by
    looking: no picture of ours, no hidden link, no script.
    """
    link = _welcomed(shop)
    shop.ask({"email": True}, first_name="Grace")
    page = shop("GET", link)
    assert page.status_code == 200
    assert "Dear Ada &amp; Co" in page.text
    assert "/c/" in page.text
    assert "/o/" not in page.text
    assert "/h/" not in page.text
    assert page.headers["cache-control"] == "no-store, private"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert shop("HEAD", link).status_code == 200
    assert _touches(shop) == 0
    shop("GET", re.findall(r'href="(http://[^"]+/c/[^"]+)"', page.text)[0])
    assert _touches(shop) == 1, "a link on it is a click as in the mail"


def test_nobody_guesses_one(shop: Asking) -> None:
    """Another code shows nothing, and says so in the reader's language."""
    link = _welcomed(shop)
    other = link[:-1] + ("A" if link[-1] != "A" else "B")
    answer = shop("GET", other, headers={"accept-language": "en"})
    assert (answer.status_code, "not shown here any more" in answer.text) == (404, True)
    assert shop("GET", link + "x").status_code == 404


def test_it_is_forgotten_with_its_reader_and_by_time(shop: Asking) -> None:
    """90 days long, unless the person is erased."""
    link = _welcomed(shop)
    clock = shop.service.clock
    shop.service.run_until_idle(clock.now() + 89 * DAY)
    shop.service.rounds.keep_house()
    assert shop("GET", link).status_code == 200
    with shop.service.database.reader() as reader:
        ((customer,),) = reader.rows("select distinct customer from mail_copy")
    listed = shop.service.suppressions
    shop.service.writer.run(lambda tx: erasure.erase(tx, customer, listed, clock.now(), "test"))
    assert shop("GET", link).status_code == 404


def test_after_its_time_it_is_gone(shop: Asking) -> None:
    link = _welcomed(shop)
    shop.service.run_until_idle(shop.service.clock.now() + 91 * DAY)
    shop.service.rounds.keep_house()
    assert shop("GET", link).status_code == 404
