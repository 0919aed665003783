"""A mail that was filled into a mould is the mail that was made the whole way, letter by letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages import Messages, markup
from engine.messages.samples import rich

SHOP = Path("flows/messages")
BODY = """\
---
subject: "{{ customer.first_name | default: 'Hello' }}, look"
preheader: "{{ customer.city }}"
---
<mj-section><mj-column>
<mj-text>Hello {{ customer.first_name }}{{ customer.last_name }},
  <b>{{ customer.city }}</b></mj-text>
<mj-text>{% if entry.total > 50 %}Much{% else %}Little{% endif %}
  {{ entry.total | money }}</mj-text>
{% for one in products %}
<mj-image src="{{ one.image }}" alt="{{ one.name }}" href="{{ one.url }}" title="{{ one.price }}"/>
<mj-text><a href="{{ one.url }}">{{ one.name }}</a>{{ one.price }}
 <a href="{{ one.url }}">{{ one.url }}</a>,
 <a href="mailto:{{ one.name }}">{{ one.name }}</a> <s>{{ one.price }}</s></mj-text>
{% endfor %}
<mj-button href="{{ store.url }}/{{ customer.city }}">To {{ customer.city }}</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Out</a></mj-text>
</mj-column></mj-section>
"""
ODD = """\
---
subject: Odd
layout: none
---
<mjml><mj-body width="{{ customer.city }}px">
<mj-section background-color="{{ customer.last_name }}">
<mj-column><mj-text font-size="{{ products[0].price }}px">{{ customer.first_name }}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""
CAUGHT = """\
---
subject: Caught
---
{% capture who %}{{ customer.first_name }} {{ customer.city }}{% endcapture %}
<mj-section><mj-column>
<mj-text>{{ who | upcase }} {{ who | size }}</mj-text></mj-column></mj-section>
"""


class Counting:
    """Links that tell what they were made of."""

    def __init__(self, person: int) -> None:
        self._by = f"https://count.example/{person}"
        self.unsubscribe_url = f"{self._by}/u"
        self.preferences_url = f"{self._by}/p"
        self.view_url = f"{self._by}/m"

    def click(self, url: str, *, pair: bool = False) -> str:
        return f"{self._by}/c?{len(url)}{'&pair' if pair else ''}&{url.encode().hex()}"

    def hidden(self) -> str:
        return f"{self._by}/h"

    def answer(self, event: str, properties: Mapping[str, Any]) -> str:
        return f"{self._by}/a/{event}/{len(properties)}"

    def open(self) -> str:
        return f"{self._by}/o.gif"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("messages")
    for name, text in (("plain", BODY), ("odd", ODD), ("caught", CAUGHT)):
        (path / f"{name}.email.mjml").write_text(text, encoding="utf-8")
    return path


def both(
    once: Messages, whole: Messages, name: str, channel: str, context: dict[str, Any], person: int
) -> None:
    """The same, or the same refusal."""
    links = Counting(person)
    told = []
    for messages in (once, whole):
        try:
            told.append(messages.render(name, channel, context, links=links))
        except Exception as error:  # noqa: BLE001 -- whatever it is, both say it
            told.append(str(error))
    assert told[0] == told[1]


WORDS = st.one_of(
    st.sampled_from(
        [
            *(
                "Ada",
                "Łukasz",
                "O'Neil",
                "Ada & Co",
                "<b>Ada</b>",
                "",
                " Ada ",
                "A  B",
                "12,90\xa0€",
            ),
            *(
                "⟦0⟧",
                "⟦",
                "\ue002",
                "#",
                "tel:1",
                "a@b.example",
                "javascript:alert(1)",
                "&amp;",
                "Ана",
            ),
            *("https://shop.example/x", "/x", "x.", "(x)", "-1", "50", "x" * 300, "עברית", "10:30"),
        ]
    ),
    st.text(max_size=12),
)
PRODUCT = st.fixed_dictionaries(
    {
        "name": WORDS,
        "price": WORDS,
        "url": st.one_of(WORDS, st.sampled_from(["https://shop.example/p/1?a=1&b=2", "/p/2"])),
        "image": st.one_of(WORDS, st.sampled_from(["/i/1.jpg", "cid:one", "data:image/png,x"])),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "customer": st.fixed_dictionaries(
            {"first_name": WORDS, "last_name": WORDS, "city": WORDS, "language": st.just("en")}
        ),
        "entry": st.fixed_dictionaries({"total": st.sampled_from([10, 1290, 99_999])}),
        "products": st.lists(PRODUCT, max_size=2),
        "store": st.sampled_from(
            [{"url": "https://shop.example", "currency": "EUR"}, {"currency": "EUR"}]
        ),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(PERSON, min_size=1, max_size=3),
    st.lists(st.integers(0, 2), min_size=6, max_size=10),
    st.sampled_from(["plain", "plain", "odd", "caught"]),
)
def test_a_mould_changes_no_letter(
    folder: Path, people: list[dict[str, Any]], order: list[int], name: str
) -> None:
    """Whoever comes in whichever order, whatever they are called."""
    once, whole = Messages(folder), Messages(folder, moulds=False)
    for number, index in enumerate(order):
        both(once, whole, name, "email", people[index % len(people)], number)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=6))
def test_one_word_after_another(folder: Path, words: list[str]) -> None:
    """A mould that was learnt with one word in all places takes each other."""
    once, whole = Messages(folder), Messages(folder, moulds=False)
    for number, word in enumerate(["Ada", "Bea", *words]):
        product = {"name": word, "price": word, "url": f"/p/{word}", "image": word}
        context = {
            "customer": {"first_name": word, "last_name": "L", "city": word},
            "entry": {"total": 1290},
            "products": [product, {**product, "name": "x", "url": word}],
            "store": {"url": "https://shop.example", "currency": "EUR"},
        }
        both(once, whole, "plain", "email", context, number)


def _people() -> Iterator[dict[str, Any]]:
    for name, city in (("Ada", "Berlin"), ("Bea", "Wien"), ("Cid", "Graz"), ("Dé", "Łódź")):
        context = rich()
        context["customer"] |= {"first_name": name, "city": city, "language": "en"}
        context["cart"]["value"] += len(city)
        yield context


def test_the_shop_s_mails_are_compiled_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """For four people who see the same products: for the first, and to learn at the second; and
    all of them get what they would have got.
    """
    once, whole = Messages(SHOP), Messages(SHOP, moulds=False)
    compiled: list[str] = []
    real = markup.compile_mjml

    def counting(text: str) -> str:
        compiled.append(text)
        return real(text)

    every, learnt = 0, 0
    for name in once.names():
        for channel in {"email", "staff"} & set(once.channels(name)):
            if not all(one.is_mjml for one in once.variants(name, channel)):
                continue
            every += 1
            compiled.clear()
            for number, context in enumerate(_people()):
                links = Counting(number)
                with monkeypatch.context() as patched:
                    patched.setattr(markup, "compile_mjml", counting)
                    made = once.render(name, channel, context, links=links)
                assert made == whole.render(name, channel, context, links=links), name
            learnt += len(compiled) <= 3
    assert every > 30
    assert learnt / every > 0.9
