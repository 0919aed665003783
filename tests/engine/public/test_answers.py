"""Links that answer: one tap in a mail, one answer, no login, and no scanner's word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.core.model import HOUR, SECOND
from engine.messages.links import BadLinkError
from engine.messages.texts import LANGUAGES, texts
from tests.engine.public import test_clicks
from tests.engine.public.test_clicks import Shop

FLOWS = test_clicks.FLOWS.replace(
    "flow welcome:",
    """event survey "Survey":
  stars number
  order_id text

flow asked:
  enter when survey where stars <= 6

  add tag "unhappy"

flow welcome:""",
)
MAIL = """---
subject: Hello
---
<mj-section><mj-column>
<mj-text>{% for score in (1..10) %}
  <a href="{{ score | answer: 'survey', 'stars', order_id: 'o-1' }}">{{ score }}</a>
{% endfor %}</mj-text>
<mj-text><a href="https://shop.example/a">A</a></mj-text>
</mj-column></mj-section>
"""


@pytest.fixture
def shop(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setattr(test_clicks, "FLOWS", FLOWS)
    monkeypatch.setattr(test_clicks, "MAIL", MAIL)
    shop = Shop(tmp_path, database_url)
    yield shop
    shop.service.stop()


def _answers(shop: Shop) -> list[dict[str, Any]]:
    with shop.service.database.reader() as reader:
        found = reader.rows("select properties from event where name = 'survey' order by id")
    return [orjson.loads(told) for (told,) in found]


def _tags(shop: Shop) -> Any:
    with shop.service.database.reader() as reader:
        ((tags,),) = reader.rows("select tags from customer")
    return tags


def test_a_press_counts_at_once(shop: Shop) -> None:
    """The page of a link has one button; pressing it records the event with its value, once."""
    shop.move(HOUR)
    links = shop.links("a")
    assert len(links) == 10
    page = shop("GET", links[4])
    assert page.text.count("<button") == 1
    assert (_answers(shop), _tags(shop)) == ([], None)
    thanks = shop("POST", links[4])
    assert "Thank you" in thanks.text
    (told,) = _answers(shop)
    assert (told["stars"], told["order_id"], told["message"]) == (5, "o-1", "hello")
    shop.move(0)
    assert _tags(shop) == b'["unhappy"]'
    shop("POST", links[8])
    assert "<button" not in shop("GET", links[8]).text
    shop.move(HOUR)
    assert [one["stars"] for one in _answers(shop)] == [5], "the first answer stands"


def test_a_tap_counts_when_it_was_a_person_s(shop: Shop) -> None:
    """Who taps and closes the page has answered ten seconds later."""
    shop.move(HOUR)
    shop("GET", shop.links("a")[8])
    shop.move(9 * SECOND)
    assert _answers(shop) == []
    shop.move(SECOND)
    assert [one["stars"] for one in _answers(shop)] == [9]
    assert shop.counted() == ["click_email"]


def test_a_scanner_answers_nothing(shop: Shop) -> None:
    """Whoever follows all links, at delivery or later, has said nothing; the person still can."""
    for later in (2 * SECOND, HOUR):
        shop.move(later)
        for link in shop.links():
            shop("GET", link)
        shop.move(HOUR)
        assert (_answers(shop), shop.counted()) == ([], [])
    shop("POST", shop.links("a")[9])
    assert [one["stars"] for one in _answers(shop)] == [10]


def test_an_answer_needs_no_consent_to_be_counted(shop: Shop) -> None:
    """Who does not want to be tracked can answer; no click is counted."""
    told = {"userId": "ada", "traits": {"consent": {"tracking": False}}}
    shop("POST", "/v1/identify", orjson.dumps(told))
    shop.move(HOUR)
    shop("GET", shop.links("a")[0])
    shop.move(HOUR)
    assert ([one["stars"] for one in _answers(shop)], shop.counted()) == ([1], [])


def test_a_changed_answer_is_none(shop: Shop) -> None:
    """Nobody can make up an answer, or change what one says."""
    link = shop.links("a")[0]
    for broken in (link[:-2] + "xx", link.replace("/a/", "/c/"), link + "A"):
        assert shop("GET", broken).status_code == 404
        assert shop("POST", broken).status_code in (404, 405)
    with pytest.raises(BadLinkError):
        shop.service.links.read_answer(shop.links("c")[0].rsplit("/", 1)[1])
    assert _answers(shop) == []


def test_the_text_part_has_them_too(shop: Shop) -> None:
    """Who reads plain text can answer as well."""
    (mail,) = shop.box.mails
    assert set(re.findall(r"http://\S+/a/[\w-]+", mail.text)) == set(shop.links("a"))


def test_every_language_has_every_word() -> None:
    """No page lacks a word in a language, or a value that another language says."""
    for language in LANGUAGES:
        told = texts(language)
        assert told.keys() == texts("en").keys()
        for name, words in told.items():
            held = re.findall(r"\{\w+\}", words)
            assert held == re.findall(r"\{\w+\}", texts("en")[name]), (language, name)
