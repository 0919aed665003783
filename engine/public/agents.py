"""Requests that no person makes: what their headers say at once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.core.touches import APPLE

_PREFETCH = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_PURPOSES = ("purpose", "sec-purpose", "x-purpose", "x-moz")

_AGENTS = re.compile(
    r"(?<!cu)bot\b|bots\b|crawl|spider|slurp|scan|preview|fetch|monitor|headless|phantomjs|selenium"
    r"|validator|checker|curl|wget|python|libwww|http-?client|okhttp|axios|node-fetch|java/|perl"
    r"|ruby|php/|guzzle|facebookexternalhit|whatsapp/|googleother|google-safety"
    r"|barracuda|mimecast|proofpoint|fireeye|trellix|symantec|trendmicro|sophos|forcepoint"
    r"|cloudmark|zscaler|fortinet|safelinks|urldefense|avast|kaspersky|bitdefender",
    re.IGNORECASE,
)
"""Words of programs that follow links: general ones first, then security products by name."""
_APPLE = "Mozilla/5.0"
"""All that Apple's privacy proxy says of itself; it fetches pictures though nobody may look."""
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
"""They fetch a picture for a reader who opens the mail."""


def machine(method: str, headers: Mapping[str, str], *, picture: bool = False) -> str:
    """Why a request is a machine's, "" where its headers do not tell.

    Args:
        method: GET or HEAD.
        headers: names in lower case.
        picture: it is for the picture that counts an opening.
    """
    if method == "HEAD":
        return "it only asked whether the link is there (HEAD)"
    if any(_PREFETCH.search(headers.get(name, "")) for name in _PURPOSES):
        return "it was fetched ahead (prefetch)"
    agent = headers.get("user-agent", "")
    if picture and agent == _APPLE:
        return APPLE
    if picture and _PROXIES.search(agent):
        return ""
    found = _AGENTS.search(agent)
    return f"a known agent ({found[0].lower().rstrip('/')})" if found else ""
