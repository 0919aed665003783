"""`call`: a signed JSON document to a declared https address, and nowhere inside.

The name is resolved once, every address it has is checked, and the connection goes to the
checked address itself, so that a second answer of the name server cannot lead elsewhere.
Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from engine.channels.transport import Envelope, Outcome, delivered, not_taken, refused, unknown

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_RETRY = {408, 425, 429}
# What `is_global` lets through although it can lead inside: translated and special ranges.
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "::/96",
        "fec0::/10",
    )
)


class ForbiddenTargetError(Exception):
    """The address leads somewhere that a webhook must not reach."""


class Webhook:
    """Posts `envelope.payload` to `envelope.to`, signed with `envelope.secret`.

    Headers: `Idempotency-Key` (the intent's key), `Headrace-Signature: t=SECONDS,v1=HEX`, an
    HMAC-SHA256 of "SECONDS.BODY" (no header without a secret).
    """

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        resolve: Any = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`timeout` is in seconds, for the whole call. `resolve` and `transport` are for tests."""
        self._timeout = timeout
        self._resolve = resolve or _resolve
        self._transport = transport

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        sent = False
        try:
            async with asyncio.timeout(self._timeout):
                host, port, address = await self._target(envelope.to)
                body = orjson.dumps(envelope.payload or {}, default=str)
                client = httpx.AsyncClient(
                    transport=self._transport,
                    timeout=self._timeout,
                    follow_redirects=False,
                    trust_env=False,
                )
                async with client:
                    request = client.build_request(
                        "POST",
                        _at_address(envelope.to, address),
                        content=body,
                        headers=_headers(key, envelope, host, port, body),
                        extensions={"sni_hostname": host},
                    )
                    sent = True
                    response = await client.send(request, stream=True)
                    await response.aclose()  # the status is all that counts
        except ForbiddenTargetError as error:
            return refused(str(error))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return not_taken(f"The address cannot be reached: {type(error).__name__}.")
        except TimeoutError:
            if sent:
                return unknown(f"No answer within {self._timeout:g} seconds.")
            return not_taken("The name was not resolved in time.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            if sent:
                return unknown(f"The connection was lost: {type(error).__name__}.")
            return not_taken(f"The address cannot be reached: {type(error).__name__}.")
        except (orjson.JSONEncodeError, UnicodeError, ValueError):
            return refused("The call cannot be written as JSON.")
        return _judged(response.status_code)

    async def close(self) -> None:
        """Connections are not kept."""

    async def _target(self, url: str) -> tuple[str, int, Address]:
        parts = urlsplit(url)
        try:
            port = parts.port or 443
        except ValueError as error:
            raise ForbiddenTargetError("The port of the webhook is not a number.") from error
        if parts.scheme != "https":
            raise ForbiddenTargetError("A webhook's address must begin with https://.")
        if not parts.hostname or parts.username or parts.password:
            raise ForbiddenTargetError("A webhook's address needs a host and no password.")
        addresses = await self._resolve(parts.hostname, port)
        if not addresses:
            raise httpx.ConnectError("no address")
        for address in addresses:
            if not is_outside(address):
                raise ForbiddenTargetError(
                    f"{parts.hostname} leads to {address}, which is not on the public internet."
                )
        return parts.hostname, port, addresses[0]


def is_outside(address: Address) -> bool:
    """Is this an address of the public internet, however it is written?

    >>> is_outside(ipaddress.ip_address("::ffff:127.0.0.1"))
    False
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_outside(address.ipv4_mapped)
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


async def _resolve(host: str, port: int) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError("the name is unknown") from error
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


def _at_address(url: str, address: Address) -> httpx.URL:
    literal = f"[{address}]" if address.version == 6 else str(address)
    return httpx.URL(url).copy_with(host=literal)


def _headers(key: str, envelope: Envelope, host: str, port: int, body: bytes) -> dict[str, str]:
    name = f"[{host}]" if ":" in host else host
    headers = {
        "Host": name if port == 443 else f"{name}:{port}",
        "Content-Type": "application/json",
        "User-Agent": "Headrace",
        "Idempotency-Key": key,
    }
    if envelope.secret:
        headers["Headrace-Signature"] = signature(envelope.secret, envelope.at // 1000, body)
    return headers


def signature(secret: str, seconds: int, body: bytes) -> str:
    """What the receiver computes again to know that the call is ours and unchanged."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


def _judged(status: int) -> Outcome:
    if 200 <= status < 300:
        return delivered(f"{status}")
    if 300 <= status < 400:
        return refused(f"The address answered {status}: redirects are not followed.")
    if status >= 500 or status in _RETRY:
        return not_taken(f"The address answered {status}.")
    return refused(f"The address answered {status}.")
