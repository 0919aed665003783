"""Contact data as it is stored: addresses, numbers, zones, languages, countries.

Every function takes anything and gives "" for what it cannot use.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any
from urllib.parse import unquote
from zoneinfo import available_timezones

from engine.core.addresses import phone_number

_MAX_ADDRESS = 254
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f\u2028\u2029]{1,64}")
_DOMAIN = re.compile(r"(?!-)[^\s@\"(),:;<>\[\]\\/\x00-\x1f\x7f\u2028\u2029]{1,253}(?<![-.])")
_UNSEEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))
"""Letters that nobody sees or that turn what stands around them: none is part of an address."""
_LINES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Those that nobody types into an address by mistake."""
_MAX_TOLD = 1000
_MARKS = r"[\s\u200b\u200e\u200f\u2060\ufeff'\",;]+"
"""What is copied along with an address: blanks, marks without width, quotes, a list's comma."""
_AROUND = re.compile(rf"\A{_MARKS}|{_MARKS}\Z")
_NAMED = re.compile(r"[^<>@\x00-\x1f\x7f\u2028\u2029]*<(?P<address>[^<>]+)>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_].{0,30})?")


def email(told: Any) -> str:
    """An address with its domain in lower case; one mailbox, no line break.

    What stands around one plain address is left out: blanks of any kind, `mailto:`, a name.

    >>> email("mailto:ada@Shop.de"), email("Ada <ada@shop.de>"), email("ada@shop.de, bob@shop.de")
    ('ada@shop.de', 'ada@shop.de', '')
    """
    if not isinstance(told, str) or len(told) > _MAX_TOLD:
        return ""
    address = _bare(told)
    local, at, domain = address.partition("@")
    if (
        not at
        or len(address) > _MAX_ADDRESS
        or not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
        or ".." in domain
        or domain.startswith(".")
        or "=?" in address  # an encoded word is no name of a mailbox
        or any(map(_is_unseen, address))
    ):
        return ""
    return f"{local}@{domain.lower()}"


def _bare(told: str) -> str:
    """An address without what people and programs put around it."""
    text = _AROUND.sub("", told)
    if found := _NAMED.fullmatch(text):
        text = _AROUND.sub("", found["address"])
    if text[:7].lower() == "mailto:":
        text = _AROUND.sub("", unquote(text[7:].partition("?")[0]))
    return text


def is_forged(told: Any) -> bool:
    r"""Whether what should be an address holds more than one line, or more than one address.

    Nobody writes that by mistake: it is tried so that a mail goes to others too.

    >>> is_forged("ada"), is_forged("ada@shop.de\nBcc: b@shop.de"), is_forged("ada@b@shop.de")
    (False, True, True)
    """
    if not isinstance(told, str):
        return False
    text = unquote(_bare(told))
    return (
        text.count("@") > 1
        or "=?" in text
        or any(unicodedata.category(letter) in _LINES for letter in text)
    )


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN


def one_address(told: str) -> str:
    """How an address is compared: trimmed, case-folded, its domain in ASCII (`xn--..`)."""
    local, at, domain = told.strip().casefold().rpartition("@")
    if not at or domain.isascii():
        return f"{local}{at}{domain}"
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


def phone(told: Any, country: str = "") -> str:
    """A number as E.164 (`+4915112345678`); `country` (DE) is where a national one belongs."""
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    return phone_number(told, country) if isinstance(told, str) and len(told) <= 40 else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(told: Any) -> str:
    """An IANA zone name."""
    return told if isinstance(told, str) and told in _zones() else ""


def language(told: Any) -> str:
    """`de` for `de-DE`, `de_AT` and `DE`."""
    if not isinstance(told, str) or not _LANGUAGE.fullmatch(told):
        return ""
    return re.split("[-_]", told, maxsplit=1)[0].lower()


@cache
def _countries() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for language_code in ("de", "en"):
        for code, name in Locale(language_code).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(name.casefold(), code)
    return names


def country(told: Any) -> str:
    """`DE` for `de`, `Germany` and `Deutschland`; what is no country stays as it came."""
    if not isinstance(told, str):
        return ""
    told = told.strip()
    if len(told) == 2 and told.isalpha():
        return str(told.upper())
    return str(_countries().get(told.casefold(), told))
