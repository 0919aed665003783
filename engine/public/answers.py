"""Answers in JSON over raw ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
# Anybody's page may send events: the write key says whose they are, and no cookie is looked at.
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
SUCCESS = b'{"success":true}'


async def answer(
    send: Send, status: int, body: bytes | dict[str, Any], headers: Headers | None = None
) -> None:
    """Send a whole answer."""
    text = body if isinstance(body, bytes) else orjson.dumps(body)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                JSON,
                (b"content-length", str(len(text)).encode()),
                (b"x-content-type-options", b"nosniff"),
                *CORS,
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": text})


def for_origin(scope: Scope, send: Send) -> Send:
    """Answers to a page by its name: `sendBeacon` sends with credentials, and a browser then takes
    no `*`. No cookie is looked at all the same.
    """
    origin = dict(scope["headers"]).get(b"origin", b"")
    if not origin or len(origin) > 500:
        return send
    named: Headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [
                header
                for header in message["headers"]
                if header[0] != b"access-control-allow-origin"
            ]
            message = {**message, "headers": [*kept, *named]}
        await send(message)

    return sent


async def preflight(scope: Scope, send: Send) -> None:
    """What a browser asks before it sends events from another site."""
    asked = dict(scope["headers"]).get(b"access-control-request-headers", b"*")
    await send(
        {
            "type": "http.response.start",
            "status": 204,
            "headers": [
                *CORS,
                (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
                (b"access-control-allow-headers", asked[:1000]),
                (b"access-control-max-age", b"86400"),
                (b"vary", b"access-control-request-headers"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b""})
