"""Whatever stands in a property of a customer, a product or an event: it stays text, on every
channel and on a person's own page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.names.vocabulary import CUSTOMER, EVENTS, PRODUCT
from engine.channels.drivers.web_push import notification
from engine.channels.mail import UnsendableError, compose
from engine.channels.transport import Envelope
from engine.core.facts import Facts
from engine.core.model import Intent
from tests.engine.public.test_preferences import Preferring
from tests.harness.workshop import HEAD, Workshop

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "{{ 6661 | plus: 1 }}{% for i in (1..9) %}",
    "</mj-text></mj-column><mj-raw><script>",
    "]]><x>--><!--",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "data:text/html,<script>",
    "//evil.example/x",
    "a\r\nBcc: eve@example.com\r\n\r\n<b>",
    "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ0KDQo8Yj4=?=",
    "Eve <eve@example.com>, x",
    "\u2028Bcc: eve@example.com",
    "\x00\x0b\u202e\ufeff",
    "&To=%2B49999&Body=x",
)
RAN = "6662"
"""What the template among them would print, if it were one."""
VALUES = st.one_of(st.sampled_from(EVIL), st.sampled_from(EVIL), st.text(max_size=30))
OF: dict[str, list[str]] = {
    "customer": sorted({*CUSTOMER} - {"consent", "language", "timezone"}),
    "product": sorted({*PRODUCT}),
    "entry": sorted({*EVENTS["purchase"], "note"} - {"items", "item"}),
}
NAMES = [f"{what}.{name}" for what, names in OF.items() for name in names]
WORDS = "\n".join(f"{{{{ {name} }}}}" for name in NAMES)
HEADLINE = "{{ customer.first_name }} {{ product.name }} {{ entry.title }}"
MARKUP = "\n".join(
    f'<p title="{{{{ {name} }}}}">{{{{ {name} }}}} <a href="{{{{ {name} }}}}">x</a></p>'
    for name in NAMES
)
MAIL = f"""---
subject: "{HEADLINE}"
preheader: "{HEADLINE}"
reply_to: '"{{{{ customer.first_name }}}}" <care@shop.example>'
---
<mj-section><mj-column><mj-text css-class="{{{{ customer.city }}}}">{MARKUP}</mj-text>
<mj-button href="{{{{ product.url }}}}">{{{{ entry.note }}}}</mj-button>
<mj-image src="{{{{ product.image_url }}}}" alt="{{{{ product.name }}}}" /></mj-column></mj-section>
"""
FILES = {
    "m.email.mjml": MAIL,
    "plain.email.txt": f'---\nsubject: "{HEADLINE}"\n---\n{WORDS}\n',
    "m.staff.mjml": MAIL,
    "m.sms.liquid": WORDS,
    "m.push.liquid": f'---\ntitle: "{HEADLINE}"\nlink: "{{{{ product.url }}}}"\n---\n{WORDS}\n',
    "m.banner.html": f"<div>{MARKUP}</div>",
    "m.popup.html": f"<div>{MARKUP}</div>",
    "m.block.liquid": f"<div>{MARKUP}</div>",
}
FLOW = "\nflow f:\n  enter when ordered\n  send email one\n"
WAYS = [
    *(("customer", "email", "m"), ("customer", "email", "plain"), ("staff", "email", "m")),
    *(("customer", channel, "m") for channel in ("sms", "push")),
]
SURFACES = ("banner", "popup", "block")


class Tags(HTMLParser):
    """The tags with their attributes' names, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.targets: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        # A preheader may be empty and an image have no address: their boxes go, or come.
        if tag not in ("div", "br", "img"):
            self.tags.append((tag, *(name for name, _ in attributes if name != "class")))
        self.targets += [told or "" for name, told in attributes if name in ("href", "src")]


class Filled(NamedTuple):
    """What all properties are."""

    customer: dict[str, Any]
    product: dict[str, Any]
    entry: dict[str, Any]

    @classmethod
    def drawn(cls, values: list[str]) -> Filled:
        rest = iter(values * (len(NAMES) // len(values) + 1))
        return cls(*({name: next(rest) for name in names} for names in OF.values()))


class Press:
    """Makes messages as the sender does."""

    def __init__(self, folder: Path) -> None:
        head = HEAD.replace("\n\nevent", '\n  staff care "care@shop.example"\n\nevent', 1)
        self.shop = Workshop(folder, FLOW, head=head)
        for name, text in FILES.items():
            (self.shop.flows / "messages" / name).write_text(text, encoding="utf-8")
        self.folder = self.shop.flows / "messages"
        self.composer = self.shop.service.sender.composer

    def intent(self, filled: Filled, recipient: str, channel: str, message: str) -> Any:
        intent = Intent(
            *(1, "s", 1, recipient, channel, message, self.shop.clock.now(), 1, "f", 1, 0, False),
            {"entry": filled.entry, "product": filled.product},
            "care" if recipient == "staff" else None,
            "ada@shop.example" if channel == "email" else "+4915112345678",
        )
        facts = Facts(1, "Europe/Berlin", filled.customer, trackable=True)
        return intent, facts

    def envelope(self, filled: Filled, *way: str) -> Envelope:
        intent, facts = self.intent(filled, *way)
        return self.composer.envelope(intent, facts, self.folder, self.shop.clock.now())

    def surface(self, filled: Filled, surface: str) -> str:
        intent, facts = self.intent(filled, "customer", "email", "m")
        context = self.composer.context(intent, facts, self.shop.clock.now())
        rendered = self.composer.library(self.folder).render("m", surface, context)
        return rendered.html or rendered.text


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    made = Press(tmp_path_factory.mktemp("press"))
    yield made
    made.shop.service.stop()


TAME = Filled.drawn(["https://shop.example/x"])


def test_nothing_breaks_out_on_any_channel(press: Press) -> None:
    """No header, no part and no recipient more; the same tags; links lead to the web; a text is one
    field; no template runs.
    """
    seen: Counter[str] = Counter()
    tame = {way: press.envelope(TAME, *way) for way in WAYS}
    shown = {one: Tags(press.surface(TAME, one)) for one in SURFACES}

    @given(st.lists(VALUES, min_size=1, max_size=12))
    @settings(max_examples=60, deadline=None)
    def holds(values: list[str]) -> None:
        filled = Filled.drawn(values)
        for way in WAYS:
            made = press.envelope(filled, *way)
            assert RAN not in made.text + made.html + made.subject
            assert (made.to, made.sender) == (tame[way].to, tame[way].sender)
            if made.channel == "email":
                seen[_of_mail(made, tame[way])] += 1
            elif made.channel == "sms":
                _is_one_field(made)
            else:
                _is_one_notification(made)
        for surface, before in shown.items():
            html = press.surface(filled, surface)
            assert RAN not in html
            _has_the_same_tags(Tags(html), before)

    holds()
    assert seen["sent"] > seen["refused"], "what is never sent proves nothing"


def _of_mail(made: Envelope, tame: Envelope) -> str:
    _has_the_same_tags(Tags(made.html), Tags(tame.html))
    try:
        content = compose("1:s:1:customer", made).content
    except UnsendableError:
        return "refused"
    wanted = message_from_bytes(compose("1:s:1:customer", tame).content, policy=policy.default)
    mail = message_from_bytes(content, policy=policy.default)
    names = [name for name in mail if name not in ("Subject", "Reply-To")]
    assert names == [name for name in wanted if name not in ("Subject", "Reply-To")]
    assert str(mail["To"]) == str(wanted["To"])
    assert str(mail["From"]) == str(wanted["From"])
    if mail["Reply-To"] is not None:
        assert [one.addr_spec for one in mail["Reply-To"].addresses] == ["care@shop.example"]
    types = [part.get_content_type() for part in mail.walk()]
    assert types == [part.get_content_type() for part in wanted.walk()]
    assert not [defect for part in mail.walk() for defect in part.defects]
    return "sent"


def _has_the_same_tags(wild: Tags, tame: Tags) -> None:
    assert wild.tags == tame.tags
    for target in wild.targets:
        assert not re.match(r"\s*(javascript|data|vbscript):", target, re.IGNORECASE), target


def _is_one_field(made: Envelope) -> None:
    form = {"To": made.to, "Body": made.text.strip()}
    sent = httpx.Request("POST", "https://sms.example/", data=form).read().decode()
    assert parse_qsl(sent, keep_blank_values=True) == [*form.items()]


def _is_one_notification(made: Envelope) -> None:
    told = orjson.loads(notification("1:s:1:customer", made))
    assert told.keys() == {"title", "body", "link", "tag"}
    assert told["link"] == "" or told["link"].startswith(("https://", "http://"))


def test_nor_on_a_persons_own_page(tmp_path: Path) -> None:
    """The page of preferences has the same tags for everybody, whatever they are called."""
    shop = Preferring(tmp_path, None)
    try:
        link = shop.service.links.make_preferences(_number(shop))
        path = "/" + link.split("/", 3)[3]

        def page(properties: dict[str, str]) -> str:
            told = orjson.dumps({"id": "ada", "email": "ada@example.com", **properties})
            shop.service.writer.run(
                lambda tx: tx.execute("update customer set properties = ?", (told,))
            )
            return str(shop("GET", path).text)

        names = [name for name in OF["customer"] if name not in ("id", "email", "phone", "push")]
        before = Tags(page(dict.fromkeys(names, "Ada")))
        assert before.tags

        @given(st.lists(VALUES, min_size=1, max_size=5))
        @settings(max_examples=30, deadline=None)
        def holds(values: list[str]) -> None:
            rest = iter(values * len(names))
            html = page({name: next(rest) for name in names})
            assert RAN not in html
            _has_the_same_tags(Tags(html), before)

        holds()
    finally:
        shop.service.stop()


def _number(shop: Preferring) -> int:
    rows = shop.service.writer.run(
        lambda tx: tx.rows("select customer from identity where kind = 'user' and value = 'ada'")
    )
    return int(rows[0][0])
