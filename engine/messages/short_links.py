"""The links of a text message, made short: `https://headrace.shop.example/l/Ab3dE5gH1j`.

Only links to the shop's own host are: what stands behind a short link cannot be seen, and a name
or a product's text may hold an address of anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

CHANNELS: Final = frozenset({"sms", "whatsapp"})
"""Where a link's length is paid for, or seen."""
SAMPLE: Final = "https://headrace.shop.example/l/Ab3dE5gH1j"
"""How long one is, for whoever counts."""
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_AFTER: Final = ".,;:!?)]}'’”“"
"""What stands behind an address in a sentence, and is no part of it."""


def shortened(text: str, store_url: str, short: Callable[[str], str]) -> str:
    """A text with `short(url)` for each link to the shop's host or one below it, if it is shorter.

    >>> shortened("https://a.example/p?x=123456789.", "https://a.example", lambda _: "https://l/1")
    'https://l/1.'
    """
    home = (urlsplit(store_url).hostname or "").removeprefix("www.")

    def one(found: re.Match[str]) -> str:
        url = found[0].rstrip(_AFTER)
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return found[0]
        if not home or (host != home and not host.endswith(f".{home}")):
            return found[0]
        instead = short(url)
        return (instead if len(instead) < len(url) else url) + found[0][len(url) :]

    return _URL.sub(one, text)
