"""A feed by its address: https only, nowhere inside, no redirects, no more than a feed can be.

`engine/outside.py` checks the address, as for webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from engine.imports.reading import UnreadableFileError
from engine.outside import ForbiddenAddressError, Resolve, UnknownNameError, outside

MAX_BYTES: Final = 2 << 30
"""Of a feed, unpacked."""
SECONDS: Final = 60.0
"""Without a byte from the other side."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as a file; where it has not `changed` since last time there is none."""

    name: str
    path: Path
    changed: bool = True
    etag: str = ""
    modified: str = ""


def fetch(
    url: str,
    target: Path,
    *,
    etag: str = "",
    modified: str = "",
    resolved: Resolve | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Fetched:
    """Read a feed into `target`. `etag` and `modified` are what it said last time.

    Raises:
        UnreadableFileError: it cannot be had from there, with the reason.
    """
    try:
        there = outside(url, "a feed's address", resolved)
    except (ForbiddenAddressError, UnknownNameError) as error:
        raise UnreadableFileError(str(error)) from None
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2] or parts.hostname or "feed"
    headers = {
        "Host": there.host,
        "User-Agent": "Headrace",
        **({"If-None-Match": etag} if etag else {}),
        **({"If-Modified-Since": modified} if modified else {}),
    }
    try:
        with (
            httpx.Client(
                transport=transport, timeout=SECONDS, follow_redirects=False, trust_env=False
            ) as client,
            client.stream(
                "GET",
                there.url,
                headers=headers,
                extensions=there.extensions,
            ) as answer,
        ):
            return _taken(answer, name, target, etag, modified)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableFileError(
            f"{parts.hostname} cannot be read: {type(error).__name__}"
        ) from None


def _taken(answer: httpx.Response, name: str, target: Path, etag: str, modified: str) -> Fetched:
    if answer.status_code == 304:
        return Fetched(name, target, changed=False, etag=etag, modified=modified)
    if 300 <= answer.status_code < 400:
        raise UnreadableFileError(
            f"the feed answered {answer.status_code}: redirects are not followed, give the address"
            " that it leads to"
        )
    if answer.status_code != 200:
        raise UnreadableFileError(f"the feed answered {answer.status_code}")
    size = 0
    with target.open("wb") as file:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > MAX_BYTES:
                raise UnreadableFileError(f"the feed has more than {MAX_BYTES >> 30} GB")
            file.write(chunk)
    return Fetched(
        name,
        target,
        etag=answer.headers.get("etag", ""),
        modified=answer.headers.get("last-modified", ""),
    )
