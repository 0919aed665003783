"""A message as one person gets it: language, values, links, limits and safety."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.messages import MessageError, Messages, RenderError
from engine.messages.errors import MissingMessageError
from engine.messages.formats import as_date, day, money
from engine.messages.greetings import greeting

UNSUBSCRIBE = "https://shop.example/u/abc?x=1&y=2"
STORE = {
    "url": "https://shop.example",
    "currency": "EUR",
    "language": "de",
    "timezone": "Europe/Berlin",
}
MJML = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"


def folder(tmp_path: Path, **files: str) -> Messages:
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8", newline="")
    return Messages(tmp_path)


def context(**more: Any) -> dict[str, Any]:
    return {
        "customer": {"first_name": "Ada", "language": "de"},
        "store": STORE,
        "unsubscribe_url": UNSUBSCRIBE,
        **more,
    }


class Counted:
    """Links that mark what they were asked to count."""

    unsubscribe_url = UNSUBSCRIBE
    preferences_url = "https://t.example/p/1"
    view_url = ""

    def click(self, url: str, *, pair: bool = False) -> str:
        return f"https://t.example/c/{len(url)}{'p' if pair else ''}"

    def answer(self, event: str, properties: dict[str, object]) -> str:
        return f"https://t.example/a/{event}?{properties}"

    def hidden(self) -> str:
        return "https://t.example/h/1"

    def open(self) -> str:
        return "https://t.example/o/1"


def test_a_mail_has_all_its_parts(tmp_path: Path) -> None:
    """Subject, preheader, HTML, text and the unsubscribe headers come out of one file."""
    messages = folder(
        tmp_path,
        a__email__mjml="---\nsubject: Hallo {{ customer.first_name }}: neu\n"
        "preheader: 'Kurz gesagt'\n---\n" + MJML.format("Für dich, {{ customer.first_name }}"),
    )
    mail = messages.render("a", "email", context())
    assert mail.subject == "Hallo Ada: neu"
    assert mail.preheader == "Kurz gesagt"
    assert "Für dich, Ada" in mail.html
    assert "Kurz gesagt" in mail.html
    assert mail.text.startswith("Für dich, Ada")
    assert mail.headers == {
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert mail.missing_variables == ()


def test_a_marketing_mail_always_has_a_way_out(tmp_path: Path) -> None:
    """A mail that forgot its unsubscribe link gets one; a transactional mail needs none."""
    messages = folder(tmp_path, a__email__mjml=MJML.format("Hallo"))
    marketing = messages.render("a", "email", context())
    assert 'href="https://shop.example/u/abc?x=1&amp;y=2"' in marketing.html
    assert UNSUBSCRIBE in marketing.text
    transactional = messages.render("a", "email", context(transactional=True))
    assert "shop.example/u/" not in transactional.html + transactional.text
    assert transactional.headers == {}


def test_links_are_counted_only_through_their_maker(tmp_path: Path) -> None:
    """Web links and openings are counted, the way out and a mail address are not."""
    links = '<a href="/cart">Korb</a> <a href="mailto:x@y.example">Mail</a>'
    messages = folder(tmp_path, a__email__mjml=MJML.format(links))
    mail = messages.render("a", "email", context(), links=Counted())
    assert f'href="https://t.example/c/{len("https://shop.example/cart")}"' in mail.html
    assert 'href="mailto:x@y.example"' in mail.html
    assert 'src="https://t.example/o/1"' in mail.html
    assert 'href="https://shop.example/u/abc?x=1&amp;y=2"' in mail.html
    assert "https://shop.example/cart" in mail.text
    untracked = messages.render("a", "email", context())
    assert "t.example" not in untracked.html


@pytest.mark.parametrize(
    ("customer", "store", "wanted"),
    [
        ("de-AT", "en", "tirol"),
        ("de", "en", "deutsch"),
        ("de-CH", "en", "deutsch"),
        ("fr", "en", "english"),
        ("fr", "it", "default"),
        ("", "de", "deutsch"),
    ],
)
def test_the_language_is_the_customers_else_the_stores(
    tmp_path: Path, customer: str, store: str, wanted: str
) -> None:
    """The customer's language wins, then the store's, then the file without one."""
    messages = folder(
        tmp_path,
        **{
            "a__sms__liquid": "default",
            "a__de__sms__liquid": "deutsch",
            "a__de-AT__sms__liquid": "tirol",
            "a__en__sms__liquid": "english",
        },
    )
    values = {"customer": {"language": customer}, "store": {"language": store}}
    assert messages.render("a", "sms", values).text == wanted


def test_money_dates_and_greetings_read_as_written_by_hand(tmp_path: Path) -> None:
    """Minor units become an amount, an instant a date in the reader's zone and language."""
    messages = folder(
        tmp_path,
        a__sms__liquid="{{ customer | greeting }}: {{ price | money }} bis "
        '{{ until | date: "long" }}, {{ until | date: "%A, %-d.%-m. um %H:%M" }}',
    )
    values = context(price=1890, until=1_772_442_000_000)
    assert messages.render("a", "sms", values).text == (
        "Hallo Ada: 18,90 € bis 2. März 2026, Montag, 2.3. um 10:00"
    )


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        (1890, "EUR", "de", "18,90 €"),
        (123_456_789, "EUR", "de", "1.234.567,89 €"),
        (1890, "EUR", "en", "€18.90"),
        (-50, "EUR", "de", "-0,50 €"),
        (1890, "JPY", "en", "¥1,890"),
        (5, "KWD", "en", "KWD0.005"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(
    amount: int, currency: str, language: str, written: str
) -> None:
    """Every currency has its own number of decimals, every language its own order."""
    assert money(amount, currency, language) == written


def test_a_plain_date_has_no_zone() -> None:
    """A birthday is the same day everywhere; an instant is a day in a zone."""
    assert day(as_date("1990-05-17", "Pacific/Apia"), "long", "de") == "17. Mai 1990"  # type: ignore[arg-type]
    late = 1_772_495_940_000  # 23:59 UTC
    assert day(as_date(late, "Europe/Berlin"), "medium", "de") == "03.03.2026"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("country", "name", "said"),
    [
        ("AT", "Ada", "Servus Ada"),
        ("DE", "", "Hallo"),
        ("RS", "Ada", "Zdravo Ada"),
        ("", "", "Hallo"),
    ],
)
def test_people_are_greeted_as_at_home(country: str, name: str, said: str) -> None:
    """The greeting fits the country and never leaves a hole where the name is unknown."""
    assert greeting(country, "de", name) == said


def test_a_variable_without_value_is_reported(tmp_path: Path) -> None:
    """What was printed without a value is listed; what has a default or a condition is not."""
    messages = folder(
        tmp_path,
        a__sms__liquid="{{ customer.city }} {{ customer.phone | default: '-' }} {% if x %}{{ x }}"
        "{% endif %} {{ cart.items[0].name | upcase }}",
    )
    sms = messages.render("a", "sms", context(customer={"city": None}))
    assert sms.missing_variables == ("customer.city", "cart")


def test_an_item_falls_back_to_its_product(tmp_path: Path) -> None:
    """What an item of an event lacks is taken from the catalogue."""
    messages = folder(tmp_path, a__sms__liquid="{{ item.name }} {{ item.price }}")
    values = context(item={"id": "t", "price": 5}, product={"id": "t", "name": "Zelt", "price": 9})
    assert messages.render("a", "sms", values).text == "Zelt 5"


def test_the_subject_of_a_send_replaces_the_files(tmp_path: Path) -> None:
    """A `subject` written in the flow is used instead of the front matter's."""
    messages = folder(tmp_path, a__email__txt="---\nsubject: eins\n---\nx")
    mail = messages.render("a", "email", context(), subject="{{ customer.first_name }}, zwei")
    assert mail.subject == "Ada, zwei"


def test_the_layout_is_shared_and_parts_stay_in_the_folder(tmp_path: Path) -> None:
    """A body goes into `_layout.mjml`, parts render by name, and no path leads out."""
    (tmp_path.parent / "secret.mjml").write_text("geheim")
    messages = folder(
        tmp_path,
        _layout__mjml="<mjml><mj-body>" + MJML.format("Kopf") + "{{ content }}</mj-body></mjml>",
        _part__mjml="Teil {{ x }}",
        a__email__mjml=MJML.format('{% render "part", x: text %}'),
        b__email__mjml=MJML.format('{% render "../secret.mjml" %}'),
    )
    mail = messages.render("a", "email", context(text="<eins>"))
    assert mail.text.startswith("Kopf\n\nTeil <eins>")
    with pytest.raises(RenderError):
        messages.render("b", "email", context())


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("eins\n{% for x in (1..100000) %}x{% endfor %}", 4, "loop"),
        ("{% for x in (1..1000) %}{{ big }}{% endfor %}", 3, "output"),
        ("\n\n{{ customer.first_name | nonsense }}", 5, "nonsense"),
        ("\n{% if %}", 4, ""),
        ("{% render 'nowhere' %}", 3, "nowhere"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, body: str, line: int, words: str) -> None:
    """A runaway loop, a flood or a mistake stops this one message, and tells where."""
    messages = folder(tmp_path, a__sms__liquid=f"---\n---\n{body}")
    with pytest.raises(RenderError) as caught:
        messages.render("a", "sms", context(big="y" * 1000))
    assert caught.value.line == line
    assert caught.value.file.endswith("a.sms.liquid")
    assert words in caught.value.reason


def test_a_value_that_grows_is_stopped(tmp_path: Path) -> None:
    """Doubling a text over and over ends in an error, not in a full memory."""
    doubling = "{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}"
    body = "{% assign s = 'xxxxxxxxxx' %}" + doubling
    messages = folder(tmp_path, a__sms__liquid=body)
    with pytest.raises(RenderError):
        messages.render("a", "sms", context())


def test_broken_mjml_is_named_with_its_line(tmp_path: Path) -> None:
    """MJML that does not close is a named error of this message."""
    body = "<mj-section>\n<mj-column>\n</mj-text></mj-column></mj-section>"
    messages = folder(tmp_path, a__email__mjml=body)
    with pytest.raises(RenderError) as caught:
        messages.render("a", "email", context())
    assert caught.value.line == 3


def test_a_message_that_does_not_exist_is_its_own_error(tmp_path: Path) -> None:
    """Rendering what nobody wrote says so."""
    with pytest.raises(MissingMessageError, match="nothing_here"):
        folder(tmp_path).render("nothing_here", "email", context())


def test_a_line_break_in_a_subject_cannot_be_written(tmp_path: Path) -> None:
    """A subject with a line break in the file is refused; from a value it becomes a space."""
    messages = folder(
        tmp_path,
        a__email__txt='---\nsubject: "eins\\r\\nBcc: eve@example.com"\n---\nx',
        b__email__txt="---\nsubject: Hallo {{ customer.first_name }}\n---\nx",
    )
    with pytest.raises(MessageError):
        messages.render("a", "email", context())
    values = context(customer={"first_name": "Ada\r\nBcc: eve@example.com"})
    assert messages.render("b", "email", values).subject == "Hallo Ada Bcc: eve@example.com"


class Reader(HTMLParser):
    """Collects the tags of a document, and every link's target."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name) for name, _ in attributes]
        self.targets += [value or "" for name, value in attributes if name in {"href", "src"}]


SHOP = Messages(Path("flows/messages"))
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='x",
            "{{7*7}}{% for i in (1..9) %}",
            "</mj-text></mj-column>",
            "<mj-raw><script>",
            "]]><x>",
            "-->",
            "&lt;script&gt;",
            "javascript:alert(1)",
            "data:text/html,<script>",
            "a\r\nBcc: eve@example.com",
            "\ud800\x00\x0b\u202e",
        ]
    ),
)
BODY = (
    "---\nsubject: '{{ customer.first_name }}'\npreheader: '{{ customer.city }}'\n---\n"
    '<mj-section><mj-column><mj-text css-class="{{ customer.city }}">{{ customer.first_name }}'
    '<b title="{{ customer.city }}">{{ customer.city | upcase | truncate: 30 }}</b></mj-text>'
    '<mj-button href="{{ customer.url }}">{{ customer.first_name | newline_to_br }}</mj-button>'
    '<mj-image src="{{ customer.url }}" alt="{{ customer.city }}" />'
    "</mj-column></mj-section>"
)


@given(name=HOSTILE, city=HOSTILE, url=HOSTILE)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_breaks_out_of_the_html(
    tmp_path_factory: pytest.TempPathFactory, name: str, city: str, url: str
) -> None:
    """Whatever a customer typed stays text: the same tags, no new attribute, no script link."""
    messages = _hostile(tmp_path_factory)
    tame, wild = Reader(), Reader()
    tame.feed(
        messages.render("a", "email", _hostile_context("Ada", "Linz", "https://x.example/")).html
    )
    mail = messages.render("a", "email", _hostile_context(name, city, url))
    wild.feed(mail.html)
    # `newline_to_br` may add line breaks, a missing preheader takes its box with it.
    keep = {"div", "br"}
    assert [t for t in wild.tags if t not in keep] == [t for t in tame.tags if t not in keep]
    assert {a for a in wild.attributes if a[0] not in keep} <= set(tame.attributes)
    for target in wild.targets:
        assert target.startswith(("http://", "https://", "mailto:", "tel:", "sms:", "#")), target
    assert not set(mail.subject) & {"\r", "\n", "\0"}


_FOLDER: list[Messages] = []


def _hostile(factory: pytest.TempPathFactory) -> Messages:
    if not _FOLDER:
        path = factory.mktemp("hostile")
        (path / "a.email.mjml").write_text(BODY)
        _FOLDER.append(Messages(path))
    return _FOLDER[0]


def _hostile_context(name: str, city: str, url: str) -> dict[str, Any]:
    return context(customer={"first_name": name, "city": city, "url": url})


@given(name=HOSTILE, product=HOSTILE)
@settings(max_examples=40, deadline=None)
def test_the_shops_own_mails_hold_against_any_text(name: str, product: str) -> None:
    """The cart reminder has no script and a one-line subject, whatever names stand in it."""
    from engine.messages.samples import rich

    values = rich()
    values["customer"]["first_name"] = name
    values["cart"]["items"][0]["name"] = product
    values["cart"]["items"][0]["url"] = product
    mail = SHOP.render("cart_reminder", "email", values, subject="{{ customer.first_name }}, hm")
    reader = Reader()
    reader.feed(mail.html)
    assert "script" not in reader.tags
    assert not any(name.startswith("on") for _, name in reader.attributes)
    assert "\n" not in mail.subject
