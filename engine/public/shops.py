"""Webhooks of shop systems: `POST /v1/shops/shopify`, `/v1/shops/woocommerce`, `/v1/shops/ecwid`.

A delivery is believed by its signature over the raw body, looked at before anything else is. An
answer of 200 means that what it says is on the disk; the vendors send again what got another one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import SecretStr

from engine.intake.payload import read_document
from engine.intake.refusal import Refusal
from engine.logs import logger
from engine.public.answers import SUCCESS, Receive, Scope, Send, answer
from engine.public.receiving import read_body, refuse
from engine.public.refused import Refused
from engine.public.service import Service
from engine.public.webhooks import answering_faults, is_posted
from engine.shops import ecwid, shopify, woocommerce
from engine.shops.storing import Keeping
from engine.shops.updates import ShopUpdate, UnreadableError, text
from engine.store import shop_deliveries
from engine.store.writer import Transaction

_log = logger(__name__)

MAX_DELIVERY: Final = 4 * 1024 * 1024
"""Bytes of a webhook: a product with a thousand variants, and an order of hundreds of lines."""

_ROOT: Final = "/v1/shops/"
_PING: Final = re.compile(rb"webhook_id=\d{1,20}")

Headers = dict[bytes, bytes]


class Shops:
    """The ASGI application of everything below `/v1/shops/`."""

    def __init__(self, service: Service, refused: Refused | None = None) -> None:
        self._refused = refused or Refused(service.database, service.clock)
        self._service = service
        self._vendors: dict[str, Callable[[Headers, bytes], Any]] = {
            "shopify": self._shopify,
            "woocommerce": self._woocommerce,
            "ecwid": self._ecwid,
        }

    def serves(self, path: str) -> bool:
        return path.startswith(_ROOT) and path.removeprefix(_ROOT).rstrip("/") in self._vendors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shop = str(scope["path"]).removeprefix(_ROOT).rstrip("/")
        async with answering_faults(send, shop=shop):
            try:
                if not await is_posted(scope, send):
                    return
                self._configured(shop)
                headers = dict(scope["headers"])
                body = await read_body(headers, receive, MAX_DELIVERY)
                told = await self._vendors[shop](headers, body)
                await answer(send, 200, told or SUCCESS)
            except Refusal as refusal:
                if refusal.code != "not_found":
                    await self._refused.note(shop, refusal)
                await refuse(send, refusal)
            except UnreadableError as error:
                unread = f"This cannot be read: {error}."
                await refuse(send, Refusal("invalid", unread, field="body"))

    # --- who sent it --------------------------------------------------------------------

    def _configured(self, shop: str) -> None:
        settings = self._service.settings
        wanted: dict[str, Any] = {f"{shop}_secret": getattr(settings, f"{shop}_secret")}
        if shop == "ecwid":
            wanted |= {"ecwid_store": settings.ecwid_store, "ecwid_token": settings.ecwid_token}
        missing = [
            f"HEADRACE_{name.upper()}" for name, value in wanted.items() if not _plain(value)
        ]
        if missing:
            message = f"Webhooks of this shop system are not set up here: set {', '.join(missing)}."
            raise Refusal("not_found", message, status=404)

    def _check(self, shop: str, given: bytes, signed: bytes) -> None:
        """Raises `Refusal` where the signature is another than that of `signed`."""
        secret = _plain(getattr(self._service.settings, f"{shop}_secret"))
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64encode(digest), given.strip()):
            _log.warning("a webhook with a wrong signature was refused", shop=shop)
            message = "The signature is wrong. Nothing was stored."
            raise Refusal("unauthorized", message, status=401)

    # --- the vendors --------------------------------------------------------------------

    async def _shopify(self, headers: Headers, body: bytes) -> dict[str, Any] | None:
        self._check("shopify", headers.get(b"x-shopify-hmac-sha256", b""), body)
        topic = _header(headers, b"x-shopify-topic").lower()
        told = shopify.triggered(_header(headers, b"x-shopify-triggered-at"))
        try:
            news = shopify.read(topic, read_document(body))
        except (Refusal, UnreadableError) as error:
            return await self._keep_unread("shopify", topic, body, error)
        return await self._store("shopify", topic, news, told)

    async def _woocommerce(self, headers: Headers, body: bytes) -> dict[str, Any] | None:
        given = headers.get(b"x-wc-webhook-signature")
        if given is None and _PING.fullmatch(body.strip()):
            return {"success": True, "ignored": "a ping"}
        self._check("woocommerce", given or b"", body)
        topic = _header(headers, b"x-wc-webhook-topic").lower()
        try:
            news = woocommerce.read(topic, read_document(body))
        except (Refusal, UnreadableError) as error:
            return await self._keep_unread("woocommerce", topic, body, error)
        return await self._store("woocommerce", topic, news)

    async def _ecwid(self, headers: Headers, body: bytes) -> dict[str, Any] | None:
        try:
            payload = read_document(body)
        except Refusal:
            payload = {}  # what cannot be read cannot be signed
        signed = f"{text(payload.get('eventCreated'))}.{text(payload.get('eventId'))}"
        self._check("ecwid", headers.get(b"x-ecwid-webhook-signature", b""), signed.encode())
        topic, mark = text(payload.get("eventType")).lower(), text(payload.get("eventId"))
        told = ecwid.told_of(payload)
        if text(payload.get("storeId")) != self._service.settings.ecwid_store:
            return _ignored("ecwid", "another store")
        if not mark or not ecwid.path_of(topic, told):
            return _ignored("ecwid", "a topic that says nothing to us")
        await self._service.database.writer.write(
            lambda tx: _remember(tx, mark, topic, told, self._service.clock.now())
        )
        self._service.wake()
        return None

    async def _keep_unread(
        self, shop: str, topic: str, body: bytes, error: Refusal | UnreadableError
    ) -> dict[str, Any]:
        """What the shop signed and nobody can read is noted where people look, and answered as
        taken: it comes no better the next time, and shops switch off a hook that is refused often.
        """
        why = f"it cannot be read: {error.message if isinstance(error, Refusal) else error}"
        mark = hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()[:32]
        _log.warning("a signed webhook cannot be read", shop=shop, topic=topic[:80], why=why)
        await self._service.database.writer.write(
            lambda tx: shop_deliveries.unread(
                tx, shop, mark, topic[:80], why[:500], self._service.clock.now()
            )
        )
        return {"success": True, "unread": why}

    async def _store(
        self, shop: str, topic: str, news: list[ShopUpdate] | None, told: int | None = None
    ) -> dict[str, Any] | None:
        if news is None:
            return _ignored(shop, "a topic that says nothing to us")

        def work(transaction: Transaction) -> list[str]:
            now = self._service.clock.now()
            keeping = Keeping(transaction, shop, self._service.deployment.types, now, told)
            keeping.store(news)
            return keeping.notes

        notes = await self._service.database.writer.write(work)
        self._service.wake()
        if not notes:
            return None
        _log.warning("a webhook was not taken over as a whole", shop=shop, topic=topic, why=notes)
        return {"success": True, "notes": notes}


def _remember(
    transaction: Transaction, mark: str, topic: str, told: dict[str, str], now: int
) -> None:
    """What is to be fetched; the same delivery once."""
    shop_deliveries.add(transaction, "ecwid", mark, topic, told, now)


def _ignored(shop: str, why: str) -> dict[str, Any]:
    _log.info("a webhook was ignored", shop=shop, why=why)
    return {"success": True, "ignored": why}


def _header(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip()


def _plain(value: SecretStr | str | None) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value or ""
