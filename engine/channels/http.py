"""One POST to a provider's HTTP interface, with the one question that matters answered.

A request that never left was certainly not taken. One that went out and was not answered may have
been: `unknown`, since hardly a provider of messages knows idempotency.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx
import orjson

from engine.channels.transport import Outcome, not_taken, refused, unknown
from engine.core.model import SECOND, Instant

TIMEOUT: Final = 20.0
"""Seconds for a whole request."""
CONNECTIONS: Final = 16
"""So many requests to one provider are under way side by side."""
_LONGEST: Final = 64 * 1024
_LONGEST_WAIT: Final = 24 * 3600
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


Auth = tuple[str, str] | None


class Answer(NamedTuple):
    """What the provider said. `body` is cut at 64 KB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_busy(self) -> bool:
        """Whether the status alone says: not now."""
        return self.status in _BUSY

    @property
    def wait(self) -> Instant:
        """Milliseconds for which the provider asks to be left alone, 0 where it says nothing."""
        told = self.headers.get("retry-after", "").strip()
        return min(int(told), _LONGEST_WAIT) * SECOND if told.isdecimal() else 0

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, {} where it is none."""
        try:
            told = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return told if isinstance(told, dict) else {}


class Provider:
    """Connections to one provider, kept and used again. They belong to one event loop at a time."""

    def __init__(
        self, *, timeout: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`timeout` is in seconds, for a whole request. `transport` is for tests."""
        self._timeout = timeout
        self._transport = transport
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: Auth = None
    ) -> Answer | Outcome:
        """Ask without changing anything."""
        return await self.post(url, headers=headers, auth=auth, method="GET")

    async def post(
        self,
        url: str,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        auth: Auth = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> Answer | Outcome:
        """Post a form, a JSON document or bytes. What is no answer is an outcome already."""
        client = self._following_loop()
        if json is not None:
            try:
                content = orjson.dumps(json)
            except (orjson.JSONEncodeError, UnicodeError):
                return refused("The message cannot be written as JSON.")
            headers = {"Content-Type": "application/json", **(headers or {})}
        try:
            request = client.build_request(
                method,
                url,
                headers={"User-Agent": "Headrace", "Accept": "application/json", **(headers or {})},
                data=form,
                content=content,
                extensions=dict(extensions or {}),
            )
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return refused("The message cannot be written as a request.")
        left = False

        async def trace(event: str, _: Mapping[str, Any]) -> None:
            nonlocal left
            left = left or event.endswith("send_request_headers.started")

        request.extensions["trace"] = trace
        try:
            # A request's time begins with its turn.
            async with self._slots, asyncio.timeout(self._timeout):
                return await _answer(client, request, auth)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return not_taken(f"The provider cannot be reached: {type(error).__name__}.")
        except TimeoutError:
            reason = f"The provider did not answer within {self._timeout:g} seconds."
            return unknown(reason) if left else not_taken(reason)
        except (httpx.HTTPError, OSError) as error:
            return unknown(f"The connection to the provider was lost: {type(error).__name__}.")
        except asyncio.CancelledError:
            if left:
                raise
            return not_taken("Headrace stopped before it was this message's turn.")

    async def probe(
        self,
        name: str,
        url: str,
        word: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Auth = None,
    ) -> str:
        """Why the provider called `name` cannot be used, "" where it can: it is asked for what
        stands at `url`, and says why not under `word` of its answer. Connections are let go of.
        """
        answer = await self.get(url, headers=headers, auth=auth)
        await self.close()
        if not isinstance(answer, Answer):
            return f"{name} cannot be used: {answer.reason}"
        if not answer.is_good:
            told = answer.json().get(word) or f"it answered {answer.status}"
            return f"{name} cannot be used: {str(told)[:200]}"
        return ""

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _following_loop(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or loop is not self._loop:
            self._loop = loop
            self._slots = asyncio.Semaphore(CONNECTIONS)
            self._client = httpx.AsyncClient(
                transport=self._transport,
                timeout=self._timeout,
                limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=5.0),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


async def _answer(client: httpx.AsyncClient, request: httpx.Request, auth: Auth) -> Answer:
    response = await client.send(request, stream=True, auth=auth)
    body = b""
    try:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) >= _LONGEST:
                break
    finally:
        await response.aclose()
    return Answer(response.status_code, response.headers, body[:_LONGEST])


def judged_by_status(answer: Answer) -> Outcome:
    """What an answer that is no success means where the provider says no more than its status."""
    reason = f"The provider answered {answer.status}."
    if answer.status == 429:
        return not_taken(reason, rests="channel", wait=answer.wait)
    return not_taken(reason, wait=answer.wait) if answer.is_busy else refused(reason)
