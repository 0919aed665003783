"""The language of the interface: what a page's words are in the reader's language.

Words stand in English in templates, scripts and views, and go through `_`. `locales/NAME.po` holds
them in another language; `make words` brings the files up to date with what the pages say. The
pseudo-language `qps` makes every word 40 % longer and marks it, so that text outside of it shows.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.core import Locale, negotiate_locale
from babel.dates import get_day_names, get_month_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = [
    "LANGUAGES", "PSEUDO", "Spoken", "_", "best", "current", "ngettext", "noop", "pseudo",
    "script_words", "strftime_words", "use",
]  # fmt: skip

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
PSEUDO: Final = "qps"
LOCALES: Final = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default="en")
_PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|%%|<[^>]*>|&\w+;")
_LETTERS = str.maketrans("aeiouyAEIOUYcnszCNSZ", "áéíóúýÁÉÍÓÚÝçñšžÇÑŠŽ")


def use(language: str) -> None:
    """Say everything in this language from here on, in this request. Unknown ones are English."""
    known = language in LANGUAGES or language == PSEUDO
    _language.set(language if known else "en")


def current() -> str:
    return _language.get()


def best(header: str) -> str:
    """What a browser's Accept-Language likes best of our languages; else English."""
    weighed = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _semicolon, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        weighed.append((-quality, place, name.strip().replace("-", "_")))
    wanted = [name for quality, _place, name in sorted(weighed) if quality < 0 and name]
    return str(negotiate_locale(wanted, [*LANGUAGES]) or "en")


class Spoken:
    """Answers each request in its reader's language: the chosen one, else the browser's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            chosen = scope.get("session", {}).get("language")
            use(str(chosen or best(Headers(scope=scope).get("accept-language", ""))))
        await self.app(scope, receive, send)


def noop(text: str) -> str:
    """Marks a sentence that goes through `_` where it is shown."""
    return text


def _(text: str, /, **values: object) -> str:
    """A sentence of ours in the reader's language, with its values: `_("Line {n}", n=3)`."""
    said = pseudo(text) if current() == PSEUDO else str(_translations(current()).gettext(text))
    return said.format(**values) if values else said


def ngettext(one: str, many: str, number: int) -> str:
    """The sentence for one, or for so many."""
    if current() == PSEUDO:
        return pseudo(one if number == 1 else many)
    return str(_translations(current()).ngettext(one, many, number))


def script_words() -> dict[str, str]:
    """What scripts say, by what it is in English."""
    if current() == PSEUDO:
        return {text: pseudo(text) for text in _script_words("de")}
    return _script_words(current())


def pseudo(text: str) -> str:
    """Readable, 40 % longer and marked; places for values stay."""
    said, at = [], 0
    for place in _PLACE.finditer(text):
        said += [text[at : place.start()].translate(_LETTERS), place.group()]
        at = place.end()
    said.append(text[at:].translate(_LETTERS))
    return f"⟦{''.join(said)}{'·' * max(1, len(text) * 2 // 5)}⟧"


def strftime_words(form: str, weekday: int, month: int) -> str:
    """A strftime form with the names of this weekday (0 is Monday) and month put in."""
    day, name = _names("en" if current() == PSEUDO else current(), weekday, month)
    return form.replace("%a", day).replace("%b", name)


@cache
def _names(language: str, weekday: int, month: int) -> tuple[str, str]:
    """Short names of a weekday and a month, for strftime."""
    locale = Locale.parse(language)
    days, months = (
        get_day_names("abbreviated", locale=locale),
        get_month_names("abbreviated", locale=locale),
    )
    day, name = days[weekday].rstrip("."), months[month].rstrip(".")
    return day.replace("%", "%%"), name.replace("%", "%%")


@cache
def _catalog(language: str) -> Catalog | None:
    path = LOCALES / f"{language}.po"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def _translations(language: str) -> NullTranslations:
    catalog = _catalog(language)
    if catalog is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


@cache
def _script_words(language: str) -> dict[str, str]:
    catalog = _catalog(language)
    if catalog is None:
        return {}
    return {
        str(one.id): str(one.string)
        for one in catalog
        if one.id and one.string and any(file.endswith(".js") for file, _line in one.locations)
    }
