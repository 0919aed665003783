"""The one guard for every address that a shop's files or settings make us call.

https only, without a password, and nowhere inside: the name is resolved once, every address it has
is checked, and the connection goes to the checked address itself, so that a second answer of the
name server cannot lead elsewhere. Whoever calls follows no redirects.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[Address]]

_INSIDE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        # What `is_global` lets through although it can lead inside: translated and special ranges.
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        # The host of a virtual machine, from within: a public number that is no public place.
        "168.63.129.16/32",
    )
)
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out of IPv6 (RFC 4291, section 2.4); the rest embeds or is local."""


class ForbiddenAddressError(Exception):
    """It must not be called; the text says why, as the rest of a sentence."""


class UnknownNameError(Exception):
    """The name has no address, or not now."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where to connect: `url` names the checked address; `host` and `extensions` go with it."""

    url: httpx.URL
    host: str
    extensions: dict[str, Any]


def is_outside(address: Address) -> bool:
    """Is this an address of the public internet, however it is written?

    >>> is_outside(ipaddress.ip_address("::ffff:127.0.0.1"))
    False
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_outside(address.ipv4_mapped)
        if address not in _UNICAST:
            return False
    if any(address.version == inside.version and address in inside for inside in _INSIDE):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )


def outside(url: str, what: str, resolve: Resolve | None = None) -> Outside:
    """`url`, checked. `what` names it in a sentence: "a feed's address".

    Raises:
        ForbiddenAddressError: it is not https, has a password or leads inside.
        UnknownNameError: its name is not known.
    """
    host, port = _place(url, what)
    return _checked(url, host, port, (resolve or _resolve)(host, port))


async def outside_soon(url: str, what: str, resolve: Any = None) -> Outside:
    """The same without holding up others; `resolve` is a coroutine function here."""
    host, port = _place(url, what)
    return _checked(url, host, port, await (resolve or _resolve_soon)(host, port))


def loopback(url: str) -> bool:
    """Whether it is this machine, by number: only who runs the server may name that, as a proxy."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def _place(url: str, what: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ForbiddenAddressError(f"{what} cannot be read") from None
    try:
        port = parts.port or 443
    except ValueError:
        raise ForbiddenAddressError(f"the port of {what} is not a number") from None
    if parts.scheme != "https":
        raise ForbiddenAddressError(f"{what} must begin with https://")
    if not parts.hostname or parts.username or parts.password:
        raise ForbiddenAddressError(f"{what} needs a host and no password")
    return parts.hostname, port


def _checked(url: str, host: str, port: int, addresses: list[Address]) -> Outside:
    if not addresses:
        raise UnknownNameError(f"{host} is not known")
    for address in addresses:
        if not is_outside(address):
            raise ForbiddenAddressError(
                f"{host} leads to {address}, which is not on the public internet"
            )
    literal = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    name = f"[{host}]" if ":" in host else host
    return Outside(
        httpx.URL(url).copy_with(host=literal),
        name if port == 443 else f"{name}:{port}",
        {"sni_hostname": host},
    )


def _resolve(host: str, port: int) -> list[Address]:
    try:
        return _addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise UnknownNameError(f"{host} is not known") from None


async def _resolve_soon(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        return _addresses(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise UnknownNameError(f"{host} is not known") from None


def _addresses(answers: Iterable[tuple[Any, ...]]) -> list[Address]:
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
