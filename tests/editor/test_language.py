"""The interface in the reader's language: complete, and nothing said past the catalogue."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from editor.flow.forms.parts import Act, Child, Children, Part
from editor.flow.forms.table import ROWS
from editor.language import LANGUAGES, _, best, current, ngettext, pseudo, use
from tests import words
from tests.editor.pages import csrf, sign_in

PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def _texts(one: Any) -> list[tuple[str, str]]:
    ids = one.id if isinstance(one.id, tuple) else (one.id,)
    said = one.string if isinstance(one.string, tuple) else (one.string,)
    return list(zip(ids, said, strict=True))


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_a_language_is_complete(language: str) -> None:
    """Every sentence of every page is said, with the same places for values; none is left over."""
    known = {one.id: one for one in words.known(language) if one.id}
    found = {one.id for one in words.found() if one.id}
    assert set(known) == found, "run `make words` and say what is new"
    for one in known.values():
        for text, said in _texts(one):
            assert said, text
            assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(text)), text


def _titles() -> set[str]:
    """What forms say of nodes, and what can be chosen there whatever the project is."""
    said = {row.title for row in ROWS.values()}
    for row in ROWS.values():
        for part in row.parts:
            said.add(part.title)
            match part:
                case Part():
                    said.add(part.hint)
                case Child():
                    said |= {part.asks, *(one.title for one in (*part.kinds, *part.acts))}
                case Children():
                    said |= {one.title for one in (*part.kinds, *part.add)}
                case Act():
                    pass
    return said - {""}


def test_forms_are_said_in_each_language() -> None:
    """Titles, hints and choices of every form are among the sentences that are translated."""
    found = {one.id for one in words.found() if one.id}
    assert _titles() <= found


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de;q=0.7", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("xx;q=oops, ,;;q=1,de;q=0", "en"),
        ("de;q=0.1," * 5000, "de"),
    ],
)
def test_the_browser_says_what_its_reader_reads(header: str, language: str) -> None:
    """The best liked of our languages; nonsense is English."""
    assert best(header) == language


@given(st.text(max_size=300))
def test_no_header_breaks_a_page(header: str) -> None:
    """Whatever a browser sends, one of our languages comes of it."""
    assert best(header) in LANGUAGES


def test_numbers_take_their_form() -> None:
    """One test, two tests, in each language."""
    use("de")
    try:
        assert ngettext("%(number)s test", "%(number)s tests", 1) == "%(number)s Test"
        assert ngettext("%(number)s test", "%(number)s tests", 2) == "%(number)s Tests"
        assert _("Customers") == "Kunden"
        assert _("nobody translated this") == "nobody translated this"
        use("xx")
        assert (current(), _("Customers")) == ("en", "Customers")
    finally:
        use("en")


def test_the_pseudo_language_keeps_places_and_marks() -> None:
    """40 % longer, marked at both ends, values and elements as they were."""
    said = pseudo('Up to %(n)d <a href="/x">people</a>, {name}')
    assert said.startswith("⟦")
    assert said.endswith("⟧")
    assert '%(n)d <a href="/x">' in said
    assert "{name}" in said
    assert len(said) >= 1.4 * len('Up to %(n)d <a href="/x">people</a>, {name}')


def test_a_page_in_german(client: TestClient) -> None:
    """By the browser's wish, and by the button for good, over signing in too."""
    html = client.get("/sign-in", headers={"accept-language": "de-DE"}).text
    assert '<html lang="de">' in html
    assert "Passwort" in html
    page = client.get("/sign-in").text
    assert "Passwort" not in page
    form = {"csrf": csrf(page), "language": "de", "back": "/sign-in"}
    assert client.post("/language", data=form).headers["location"] == "/sign-in"
    assert "Passwort" in client.get("/sign-in").text
    sign_in(client)
    assert "Kunden" in client.get("/customers").text
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        form = {"csrf": csrf(client.get("/customers").text), "language": "en", "back": back}
        assert client.post("/language", data=form).headers["location"] == "/"


def test_another_language_stays_on_the_page(client: TestClient) -> None:
    """The button leads back to what was looked at, with its query."""
    sign_in(client)
    html = client.get("/customers?q=ada&after=1").text
    assert 'name="back" value="/customers?q=ada&amp;after=1"' in html
    assert 'name="back" value="/segments"' in client.get("/segments").text
