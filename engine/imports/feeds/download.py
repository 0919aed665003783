"""A feed by its address: https only, nowhere inside, no redirects, no more than a feed can be.

As for webhooks, the name is resolved once, every address it has is checked, and the connection
goes to the checked address itself.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from engine.channels.webhook import Address, is_outside
from engine.imports.reading import UnreadableFileError

MAX_BYTES: Final = 2 << 30
"""Of a feed, unpacked."""
SECONDS: Final = 60.0
"""Without a byte from the other side."""

Resolve = Callable[[str, int], list[Address]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as a file; where it has not `changed` since last time there is none."""

    name: str
    path: Path
    changed: bool = True
    etag: str = ""
    modified: str = ""


def resolve(host: str, port: int) -> list[Address]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreadableFileError(f"{host} is not known") from None
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


def fetch(
    url: str,
    target: Path,
    *,
    etag: str = "",
    modified: str = "",
    resolved: Resolve = resolve,
    transport: httpx.BaseTransport | None = None,
) -> Fetched:
    """Read a feed into `target`. `etag` and `modified` are what it said last time.

    Raises:
        UnreadableFileError: it cannot be had from there, with the reason.
    """
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2] or parts.hostname or "feed"
    host, port, address = _checked(url, resolved)
    literal = f"[{address}]" if address.version == 6 else str(address)
    shown = f"[{host}]" if ":" in host else host
    headers = {
        "Host": shown if port == 443 else f"{shown}:{port}",
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
                httpx.URL(url).copy_with(host=literal),
                headers=headers,
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return _taken(answer, name, target, etag, modified)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableFileError(f"{host} cannot be read: {type(error).__name__}") from None


def _checked(url: str, resolved: Resolve) -> tuple[str, int, Address]:
    parts: Any = urlsplit(url)
    try:
        port = parts.port or 443
    except ValueError:
        raise UnreadableFileError("the port of the feed's address is not a number") from None
    if parts.scheme != "https":
        raise UnreadableFileError("a feed's address must begin with https://")
    if not parts.hostname or parts.username or parts.password:
        raise UnreadableFileError("a feed's address needs a host and no password")
    addresses = resolved(parts.hostname, port)
    for address in addresses:
        if not is_outside(address):
            raise UnreadableFileError(
                f"{parts.hostname} leads to {address}, which is not on the public internet"
            )
    if not addresses:
        raise UnreadableFileError(f"{parts.hostname} is not known")
    return parts.hostname, port, addresses[0]


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
