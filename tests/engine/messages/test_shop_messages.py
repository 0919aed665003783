"""The example shop's own messages: complete, without holes, short where they must be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from dsl.project import load_project
from engine.messages import Messages
from engine.messages.checks import check_messages
from engine.messages.rendered import Rendered
from engine.messages.samples import PRODUCTS, rich, sparse

FLOWS = Path("flows")
SHOP = Messages(FLOWS / "messages")
WRITTEN = [
    (file.name, channel, file.language)
    for name in SHOP.names()
    for channel in SHOP.channels(name)
    for file in SHOP.variants(name, channel)
]
HOLE = re.compile(r" [,;.!?:](\s|$)|^\s*[,:]|„“|\(\)|,\s*,|\bNone\b|{{|}}|\bnil\b", re.MULTILINE)


def in_language(context: dict[str, Any], language: str) -> dict[str, Any]:
    context["customer"]["language"] = language or "de"
    return context


def test_the_shop_has_every_message_and_no_mistake() -> None:
    """All flows have all their messages, and none prints what can never be set."""
    assert check_messages(load_project(FLOWS)) == []


@pytest.mark.parametrize("known", ["much", "next to nothing"])
@pytest.mark.parametrize(("name", "channel", "language"), WRITTEN)
def test_no_message_has_a_hole(name: str, channel: str, language: str, known: str) -> None:
    """Whether much or next to nothing is known of a customer, no "Hallo ," is sent."""
    context = in_language(rich() if known == "much" else sparse(), language)
    mail = SHOP.render(name, channel, context)
    assert mail.missing_variables == ()
    for text in (mail.subject, mail.preheader, mail.text):
        assert not HOLE.search(text), text
    if channel in {"email", "staff"}:
        assert 0 < len(mail.subject) <= 70
    if channel == "email":
        assert mail.preheader
    if channel == "sms":
        assert len(mail.text) <= 160
    if channel == "push":
        assert mail.subject
        assert len(mail.text) <= 120


LANGUAGES = ("", "en", "sr")
FOR_CUSTOMERS = sorted({(name, channel) for name, channel, _ in WRITTEN if channel != "staff"})


@pytest.mark.parametrize(("name", "channel"), FOR_CUSTOMERS)
def test_each_message_speaks_every_language_of_the_shop(name: str, channel: str) -> None:
    """German, English and Serbian, and no sentence of one stands in another."""
    found = {file.language for file in SHOP.variants(name, channel)}
    assert found == set(LANGUAGES)
    told = {
        language: set(sentences(SHOP.render(name, channel, in_language(rich(), language))))
        for language in LANGUAGES
    }
    assert not told[""] & told["en"]
    assert not told[""] & told["sr"]
    assert not told["en"] & told["sr"]


def sentences(mail: Rendered) -> list[str]:
    """Lines of at least three words without the imprint, addresses and names of products."""
    names = {*(one["name"] for one in PRODUCTS), rich()["coupon"]["code"]}
    purposes = {"* Nachrichten per E-Mail"}  # the sample's, which come in the reader's language
    lines = [mail.subject, mail.preheader, *mail.text.splitlines()]
    lines = [re.sub(r"https?://\S+", "", line).strip(" :") for line in lines]
    return [
        line
        for line in lines
        if len(re.findall(r"[^\W\d]{2,}", line)) > 2
        and line not in names
        and "Garmisch-Parten" not in line
        and line not in purposes
    ]


@pytest.mark.parametrize(
    ("name", "channel", "language"), [each for each in WRITTEN if each[1] in {"email", "staff"}]
)
def test_each_mail_has_one_heading_above_all_others(name: str, channel: str, language: str) -> None:
    """One h1, so that who has it read aloud knows where it begins; and it is no monster."""
    for context in (rich(), sparse()):
        html = SHOP.render(name, channel, in_language(context, language)).html
        assert html.count("<h1") == 1
        assert len(html.encode()) < 100_000
        assert not re.search(r"<img(?![^>]*\balt=)", html)


@pytest.mark.parametrize("name", [name for name, channel, _ in WRITTEN if channel == "email"])
def test_every_marketing_mail_can_be_left_with_one_click(name: str) -> None:
    """The way out stands in the HTML, in the text and in the headers, exactly once each."""
    mail = SHOP.render(name, "email", rich())
    assert mail.html.count(f'href="{rich()["unsubscribe_url"]}"') == 1
    assert mail.text.count(rich()["unsubscribe_url"]) == 1
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_mails_need_no_other_host() -> None:
    """Nothing in a mail is fetched from a stranger: no font, no picture, no style."""
    for name, channel, _ in WRITTEN:
        if channel == "email":
            html = SHOP.render(name, channel, rich()).html
            sources = re.findall(r'(?:src|background)="(http[^"]+)"|url\(([^)]+)\)', html)
            assert all("shop.example" in "".join(each) for each in sources), name
            assert "<link" not in html


def test_the_plain_text_reads_well(snapshot: SnapshotAssertion) -> None:
    """The text part of the cart reminder is a letter that one would like to read."""
    assert SHOP.render("cart_reminder", "email", rich()).text == snapshot


def test_a_form_asks_for_the_same_in_every_language() -> None:
    """Whoever reads another language is asked for as many purposes, and for the same fields."""
    for name in SHOP.names():
        for channel in ("popup", "banner", "block"):
            asked = {
                tuple(re.findall(r'name="(\w+)"[^>]*?(?:value="(\w+)")?[ >]', file.source))
                for file in SHOP.variants(name, channel)
            }
            assert len(asked) <= 1, name
