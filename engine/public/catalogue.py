"""`POST /v1/products`: the shop's server tells prices, stock and what else a product is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from engine.clock import Clock
from engine.public.answers import Receive, Scope, Send, answer, preflight
from engine.public.payload import read_batch, unpack
from engine.public.receiving import given_key, read_body, refuse
from engine.public.refusal import Refusal, forbidden, invalid
from engine.public.tracking import RETRY_SECONDS, Keys
from engine.store import products
from engine.store.errors import StoreError
from engine.store.writer import Transaction, Writer
from engine.values import Types

_NAMES = {"product_id": "id", "sku": "id", "title": "name", "imageUrl": "image_url"}
MAX_ID = 255


class Products:
    """The ASGI application of `/v1/products`.

    The body is a product, a list of them, or `{"products": [..]}`. What a product does not
    mention stays as it is; null removes it.
    """

    def __init__(
        self,
        writer: Writer,
        keys: Keys,
        clock: Clock,
        types: Callable[[], Types],
        stored: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._keys = keys
        self._clock = clock
        self._types = types
        self._stored = stored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await preflight(scope, send)
            return
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refuse(send, refusal)
        except StoreError:
            full = Refusal("unavailable", "Nothing was stored. Try again later.", status=503)
            await refuse(send, full, retry_after=RETRY_SECONDS)
        except ConnectionError:
            return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            message = "Send products with POST."
            await refuse(send, Refusal("method", message, status=405), allow=b"POST, OPTIONS")
            return
        headers = dict(scope["headers"])
        key = self._keys.find(given_key(headers, scope.get("query_string", b"")))
        if key is None:
            message = "Give a valid write key (Basic auth)."
            raise Refusal("unauthorized", message, field="writeKey", status=401)
        if key.kind == "browser":
            raise forbidden("writeKey", "A browser key cannot write products.")
        body = await read_body(headers, receive)
        text = unpack(body, headers.get(b"content-encoding", b"").decode("latin-1").lower())
        read: list[tuple[str, dict[str, Any]]] = []
        results: list[dict[str, Any]] = []
        for index, each in enumerate(read_batch(_as_list(text), "products").items):
            try:
                if isinstance(each, Refusal):
                    raise each
                read.append(read_product(each, self._types()))
                results.append({"status": "accepted"})
            except Refusal as refusal:
                place = f"products[{index}]"
                field = f"{place}.{refusal.field}" if refusal.field else place
                results.append({"status": "rejected", **refusal.as_json(), "field": field})
        if read:
            await self._writer.write(lambda transaction: self._store(transaction, read))
            self._stored()
        told = {
            "success": len(read) == len(results),
            "accepted": len(read),
            "rejected": len(results) - len(read),
            "items": results,
        }
        if results and not read:
            told |= {name: results[0][name] for name in ("code", "message", "field")}
        await answer(send, 200 if read or not results else 400, told)

    def _store(self, transaction: Transaction, read: list[tuple[str, dict[str, Any]]]) -> None:
        at = self._clock.now()
        for number, changes in read:
            products.put(transaction, number, changes, at)


def read_product(told: dict[str, Any], types: Types) -> tuple[str, dict[str, Any]]:
    """A product's id, and what is said of it by its types. Raises `Refusal`."""
    named = {_NAMES.get(name, name): value for name, value in told.items()}
    number = named.pop("id", None)
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str) or not number.strip() or len(number) > MAX_ID:
        raise invalid("id", f"A product needs an `id` of at most {MAX_ID} characters.")
    changes = types.read_product(named)
    for name, value in changes.items():
        if value is None and named[name] is not None:
            kind = types.product.get(name, "value")
            raise invalid(name, f"`{name}` cannot be read as {kind}.")
    if isinstance(changes.get("stock"), float):
        changes["stock"] = int(changes["stock"])
    return number, changes


def _as_list(text: bytes) -> bytes:
    """A lone product as a list of one, so that all three forms are read the same way."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if isinstance(value, dict) and "products" not in value:
        return b'{"products":[' + text + b"]}"
    return text
