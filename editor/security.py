"""What every page is guarded by: host, origin, session, CSRF token and headers."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# A mail is shown as it was sent, in a frame without scripts, forms or origin.
LETTER_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}

TOO_LARGE: Final = "This is more than a form can hold."
BODY_SECONDS: Final = 20.0
"""How long a form may take to arrive."""


class BodyError(HTTPException):
    """A body that is too large or too slow."""


class Body:
    """A request's body, of which only so many bytes are read, and not for ever."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most
        self._until: float | None = None
        self._done = False

    def is_announced_too_large(self, length: str) -> bool:
        return length.isdigit() and int(length[:20]) > self._left

    async def receive(self) -> Message:
        """The next piece. Raises BodyError."""
        loop = asyncio.get_running_loop()
        if self._until is None:
            self._until = loop.time() + BODY_SECONDS
        try:
            # After the last piece an application waits for the end of the connection.
            async with asyncio.timeout_at(None if self._done else self._until):
                message = await self._receive()
        except TimeoutError:
            raise BodyError(408, "The form took too long to arrive.") from None
        self._done = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyError(413, TOO_LARGE)
        return message


class Guard:
    """Refuses foreign hosts and cross-site writes, and puts headers on every answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts | LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return
        body = Body(receive, _largest(scope["path"]))
        if body.is_announced_too_large(headers.get("content-length", "")):
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
            return

        nonce = secrets.token_urlsafe(12)
        scope.setdefault("state", {})["nonce"] = nonce

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.setdefault("content-security-policy", _POLICY.format(nonce=nonce))
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        inside = scope["path"].startswith("/internal/")  # bounds its bodies itself
        await self.app(scope, receive if inside else body.receive, guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        if _host(headers.get("host", "")) not in self.hosts:
            return "This address does not belong to Headrace (set HEADRACE_PUBLIC_URL)."
        if scope["method"] in _SAFE or scope["path"].startswith("/internal/"):
            return None
        origin = headers.get("origin")
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return "This write comes from another site."
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return "This write comes from another site."
        return None


def _largest(path: str) -> int:
    """Bytes that a request to this path may bring."""
    if path.startswith("/internal/"):
        return 1 << 40
    return 16_000 if path.startswith("/sign-") else 1_000_000


def _host(header: str) -> str:
    return urlsplit(f"//{header}").hostname or ""


def csrf_token(request: Request) -> str:
    """The token that each form of this session must carry."""
    token = request.session.get("csrf")
    if not token:
        token = request.session["csrf"] = secrets.token_urlsafe(24)
    return str(token)


def csrf_fits(request: Request, told: str) -> bool:
    """Whether a form carries the token of its session."""
    expected = request.session.get("csrf")
    return bool(expected) and hmac.compare_digest(str(expected).encode(), told.encode())
