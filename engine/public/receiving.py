"""A request's key and body, and how a refusal is answered."""

from __future__ import annotations

import asyncio
import base64
import binascii
from urllib.parse import parse_qs

from engine.intake.payload import MAX_BODY
from engine.intake.refusal import Refusal, too_large
from engine.public.answers import Receive, Send, answer

BODY_SECONDS = 10.0
"""How long a request's body may take."""


class TooManyError(Refusal):
    """The key is over its rate; `seconds` says when to come again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many", "This key sends too many events.", status=429)
        self.seconds = seconds


async def refuse(send: Send, refusal: Refusal, *, retry_after: int = 0, allow: bytes = b"") -> None:
    headers = []
    if isinstance(refusal, TooManyError):
        retry_after = refusal.seconds
    if retry_after:
        headers.append((b"retry-after", str(retry_after).encode()))
    if allow:
        headers.append((b"allow", allow))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="write key"'))
    if refusal.status == 408:
        # The rest of the body may never come: this connection cannot be used again. What is
        # still coming of one that is too large is read over; closing upon it would reset the
        # connection, and its sender might never see the answer.
        headers.append((b"connection", b"close"))
    await answer(send, refusal.status, {"success": False, **refusal.as_json()}, headers)


def given_key(headers: dict[bytes, bytes], query: bytes) -> str:
    """The key of the `Authorization` header (Basic, Bearer) or of the query; "" for none."""
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    scheme = scheme.lower()
    if scheme == b"basic":
        try:
            user = base64.b64decode(value.strip(), validate=True).partition(b":")[0]
        except (binascii.Error, ValueError):
            return "?"  # said something, which is no key
        return user.decode("utf-8", "replace") or "?"
    if scheme == b"bearer":
        return value.strip().decode("utf-8", "replace") or "?"
    if b"writeKey=" in query:
        return parse_qs(query.decode("latin-1")).get("writeKey", ["?"])[0]
    return ""


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int = MAX_BODY) -> bytes:
    """The whole body, at most `limit` bytes and `BODY_SECONDS` of it."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise too_large(f"The body is larger than {limit // 1024} KB.", "body")
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionResetError
                piece = message.get("body", b"")
                if piece:
                    pieces.append(piece)
                    size += len(piece)
                    if size > limit:
                        raise too_large(f"The body is larger than {limit // 1024} KB.", "body")
                if not message.get("more_body"):
                    break
    except TimeoutError:
        message_text = f"The body did not arrive within {BODY_SECONDS:g} seconds."
        raise Refusal("timeout", message_text, field="body", status=408) from None
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
