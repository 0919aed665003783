"""`call`: a signed JSON document to a declared https address, and nowhere inside.

`engine/outside.py` checks the address; redirects are not followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

import httpx
import orjson

from engine.channels.transport import Envelope, Outcome, delivered, not_taken, refused, unknown
from engine.outside import ForbiddenAddressError, UnknownNameError, outside_soon

_RETRY = {408, 425, 429}


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
        self._resolve = resolve
        self._transport = transport

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        sent = False
        try:
            async with asyncio.timeout(self._timeout):
                target = await outside_soon(envelope.to, "a webhook's address", self._resolve)
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
                        target.url,
                        content=body,
                        headers=_headers(key, envelope, target.host, body),
                        extensions=target.extensions,
                    )
                    sent = True
                    response = await client.send(request, stream=True)
                    await response.aclose()  # the status is all that counts
        except ForbiddenAddressError as error:
            return refused(f"{str(error)[0].upper()}{str(error)[1:]}.")
        except UnknownNameError:
            return not_taken("The address cannot be reached: its name is not known.")
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


def _headers(key: str, envelope: Envelope, host: str, body: bytes) -> dict[str, str]:
    headers = {
        "Host": host,
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
