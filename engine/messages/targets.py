"""What is put behind the addresses that messages lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

ARRIVAL: Final = "headrace"
"""The parameter by which a page of the shop learns which click led to it."""


def same_site(url: str, home: str) -> bool:
    """Whether an address is a page of the site that `home` is an address of.

    >>> same_site("https://shop.example/a", "https://shop.example"), same_site("/a", "")
    (True, False)
    """
    try:
        there, here = urlsplit(url), urlsplit(home)
    except ValueError:
        return False
    web = there.scheme in ("http", "https")
    return web and bool(here.netloc) and there.netloc.lower() == here.netloc.lower()


def with_parameters(url: str, more: Mapping[str, str]) -> str:
    """`url` with more parameters; what it says of one already stays, and so does all the rest.

    >>> with_parameters("https://s.example/a?b=%20&utm_source=x#c", {"utm_source": "y", "d": "é"})
    'https://s.example/a?b=%20&utm_source=x&d=%C3%A9#c'
    """
    parts = urlsplit(url)
    known = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({name: value for name, value in more.items() if name not in known})
    query = "&".join(piece for piece in (parts.query, added) if piece)
    return urlunsplit(parts._replace(query=query))
