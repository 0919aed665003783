"""Webhooks of whoever delivers our messages: `POST /v1/providers/postmark`, `/sns`, `/twilio`.

A delivery is believed by its secret or its signature, looked at before anything else is. An answer
of 200 means that what it says is on the disk; providers send again what got another one, and what
comes again changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl

import httpx

from engine.intake import feedback
from engine.intake.feedback import Report
from engine.intake.payload import read_document
from engine.intake.providers import postmark, ses, sns, twilio
from engine.intake.refusal import Refusal
from engine.logs import logger
from engine.outside import ForbiddenAddressError, UnknownNameError, outside
from engine.public.answers import SUCCESS, Receive, Scope, Send, answer
from engine.public.receiving import read_body, refuse
from engine.public.refused import Refused
from engine.public.rejections import Rejections
from engine.public.service import Service
from engine.public.tracking import RETRY_SECONDS
from engine.public.webhooks import answering_faults, is_posted
from engine.store import shop_deliveries
from engine.store.rows import Rows
from engine.store.writer import Transaction

_log = logger(__name__)

MAX_DELIVERY: Final = 512 * 1024
"""Bytes of a webhook: an SNS message has 256 KB at most."""
MAX_CERTIFICATE: Final = 64 * 1024
_ROOT: Final = "/v1/providers/"
_SECONDS: Final = 5.0
_UNREAD: Final = {"success": True, "unread": "it cannot be read"}

Headers = Mapping[bytes, bytes]
Read = Callable[[Rows], list[Report]]


class Providers:
    """The ASGI application of everything below `/v1/providers/`. `fetch` gets what stands at an
    address of Amazon's.
    """

    def __init__(
        self,
        service: Service,
        rejections: Rejections,
        fetch: sns.Fetch | None = None,
        refused: Refused | None = None,
    ) -> None:
        self._refused = refused or Refused(service.database, service.clock)
        self._service = service
        self._rejections = rejections
        self._fetch = fetch or _fetch
        self._certificates = sns.Certificates(self._fetch)
        self._read: dict[str, Callable[[Scope, Headers, bytes], Awaitable[Read | None]]] = {
            "postmark": self._postmark,
            "sns": self._sns,
            "twilio": self._twilio,
        }

    def serves(self, path: str) -> bool:
        return path.startswith(_ROOT) and path.removeprefix(_ROOT).rstrip("/") in self._read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = str(scope["path"]).removeprefix(_ROOT).rstrip("/")
        async with answering_faults(send, provider=who):
            try:
                if not await is_posted(scope, send):
                    return
                headers = dict(scope["headers"])
                self._configured(who)
                body = await read_body(headers, receive, MAX_DELIVERY)
                read = await self._read[who](scope, headers, body)
                told = SUCCESS if read is None else await self._keep(who, body, read)
                await answer(send, 200, told)
            except Refusal as refusal:
                self._rejections.by_code[f"{who} {refusal.code}"] += 1
                _log.warning("a webhook was refused", provider=who, why=refusal.message)
                if refusal.code != "not_found":
                    await self._refused.note(who, refusal)
                retry = RETRY_SECONDS if refusal.status == 503 else 0
                await refuse(send, refusal, retry_after=retry)

    async def _keep(self, who: str, body: bytes, read: Read) -> bytes | dict[str, Any]:
        """Store what a webhook that is to be believed says; what nobody can read is noted where
        people look, and answered as taken: it comes no better the next time.
        """
        service = self._service

        def work(transaction: Transaction) -> bytes | dict[str, Any]:
            now = service.clock.now()
            try:
                reports = read(transaction)
            except Refusal as refusal:
                mark = hashlib.sha256(body).hexdigest()[:32]
                why = f"it cannot be read: {refusal.message}"[:500]
                shop_deliveries.unread(transaction, who, mark, "webhook", why, now)
                return _UNREAD
            feedback.apply(
                *(transaction, service.deployment.types, now, reports),
                soft_bounces=service.settings.soft_bounces,
            )
            return SUCCESS

        told = await service.database.writer.write(work)
        service.wake()
        return told

    # --- who sent it --------------------------------------------------------------------

    def _configured(self, who: str) -> None:
        settings = self._service.settings
        wanted = {
            "postmark": ("POSTMARK_WEBHOOK", settings.postmark_webhook),
            "sns": ("SNS_TOPIC", settings.sns_topic),
            "twilio": ("TWILIO_TOKEN", settings.channels.get("twilio_token")),
        }
        name, value = wanted[who]
        if not value:
            message = f"Webhooks of this provider are not set up here: set HEADRACE_{name}."
            raise Refusal("not_found", message, status=404)

    async def _postmark(self, scope: Scope, headers: Headers, body: bytes) -> Read:
        del scope
        secret = self._service.settings.postmark_webhook
        given = headers.get(b"x-webhook-secret", b"") or _password(headers)
        if secret is None or not hmac.compare_digest(given, secret.get_secret_value().encode()):
            raise Refusal("unauthorized", "The secret is wrong. Nothing was stored.", status=401)
        return lambda rows: postmark.reports(rows, read_document(body))

    async def _sns(self, scope: Scope, headers: Headers, body: bytes) -> Read | None:
        del scope, headers
        told = read_document(body)
        topics = frozenset((self._service.settings.sns_topic or "").replace(",", " ").split())
        await sns.check(told, topics, self._certificates)
        if told["Type"] == "SubscriptionConfirmation":
            await self._confirm(str(told["SubscribeURL"]))
            return None
        if told["Type"] != "Notification":
            _log.warning("a topic was unsubscribed from", topic=told["TopicArn"])
            return None
        mark, paths = str(told["MessageId"]), self._service.live.returns
        inner = str(told["Message"]).encode()
        return lambda rows: ses.reports(rows, read_document(inner), mark, paths)

    async def _confirm(self, url: str) -> None:
        if not sns.is_amazons(url):
            message = "Nothing was confirmed: its address is not Amazon's."
            raise Refusal("unauthorized", message, status=401)
        try:
            await self._fetch(url)
        except OSError as error:
            message = f"The subscription was not confirmed: {error}"[:200]
            raise Refusal("unavailable", message, status=503) from None
        _log.info("a subscription to a topic was confirmed")

    async def _twilio(self, scope: Scope, headers: Headers, body: bytes) -> Read:
        query = bytes(scope.get("query_string") or b"").decode("latin-1")
        base = (self._service.settings.public_url or "").rstrip("/")
        url = f"{base}{scope['path']}" + (f"?{query}" if query else "")
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200))
        except ValueError:
            form = {}  # what cannot be read cannot be signed
        token = self._service.settings.channels.get("twilio_token") or ""
        given = headers.get(b"x-twilio-signature", b"").strip()
        if not hmac.compare_digest(given, twilio.signature(token, url, form).encode()):
            message = "The signature is wrong: is HEADRACE_PUBLIC_URL what Twilio calls?"
            raise Refusal("unauthorized", message, status=401)
        key = parse_qs(query).get("key", [""])[0]
        return lambda rows: twilio.reports(rows, form, key)


def _password(headers: Headers) -> bytes:
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


async def _fetch(url: str) -> bytes:
    """What Amazon has at an address of SNS. Raises `OSError`."""
    try:
        place = await asyncio.to_thread(outside, url, "a certificate's address")
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            request = client.build_request(
                "GET", place.url, headers={"Host": place.host}, extensions=place.extensions
            )
            told = await client.send(request, stream=True)
            content = b""
            async with asyncio.timeout(_SECONDS):
                async for piece in told.aiter_bytes():
                    content += piece
                    if len(content) > MAX_CERTIFICATE:
                        break
            await told.aclose()
    except (httpx.HTTPError, ForbiddenAddressError, UnknownNameError, TimeoutError) as error:
        raise OSError(str(error) or type(error).__name__) from None
    if told.status_code != 200 or len(content) > MAX_CERTIFICATE:
        raise OSError(f"it answered {told.status_code}")
    return content
