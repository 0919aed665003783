"""`/v1/products`: the shop's server tells prices, stock and what else a product is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from engine.clock import Clock
from engine.core.model import Properties
from engine.core.values import Types
from engine.intake.payload import read_batch, read_object, unpack
from engine.intake.products import Around, read_row
from engine.intake.refusal import Refusal, forbidden, invalid
from engine.logs import logger
from engine.public.answers import Receive, Scope, Send, answer, preflight
from engine.public.rates import Rates
from engine.public.receiving import TooManyError, given_key, read_body, refuse
from engine.public.tracking import RETRY_SECONDS, Keys
from engine.store import products
from engine.store.errors import StoreError
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

PATH = "/v1/products"
_ONE = ("PUT", "PATCH", "DELETE")


def serves(path: str) -> bool:
    """Whether a path is the catalogue's: the list, or one product by its id."""
    return path.rstrip("/") == PATH or path.startswith(f"{PATH}/")


_RING = "parent: leads back to the product itself"


class Products:
    """The ASGI application below `/v1/products`, for server keys.

    `POST /v1/products`: a product, a list of them, or `{"products": [..]}`; each is made or
    changed, and one may bring its `variants`. `PATCH /v1/products/ID` changes one that is there,
    `PUT` makes it where it is not, `DELETE` says that the shop no longer offers it. What a product
    does not mention stays as it is; null removes it.
    """

    def __init__(
        self,
        writer: Writer,
        keys: Keys,
        clock: Clock,
        types: Callable[[], Types],
        stored: Callable[[], None],
        rates: Rates | None = None,
    ) -> None:
        self._writer = writer
        self._keys = keys
        self._clock = clock
        self._types = types
        self._stored = stored
        self._rates = rates

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
        except Exception:  # noqa: BLE001 -- logged; nobody outside sees a stack trace
            _log.exception("products failed", path=scope["path"])
            fault = Refusal("internal", "Something went wrong. Nothing was stored.", status=500)
            await refuse(send, fault)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, name = scope["method"], _named(scope["path"])
        allowed = _ONE if name else ("POST",)
        if method not in allowed:
            message = f"Send {' or '.join(allowed)} here."
            allow = ", ".join((*allowed, "OPTIONS")).encode()
            await refuse(send, Refusal("method", message, status=405), allow=allow)
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
        if not name:
            await self._several(key.id, text, send)
            return
        if method != "DELETE":
            told = {**read_object(text or b"{}"), "id": name}
            await self._one(key.id, told, send, makes=method == "PUT")
            return
        self._spend(key.id, 1)
        await self._change(name, products.GONE, send, makes=False)

    def _spend(self, key: int, count: int) -> None:
        if self._rates is not None and (wait := self._rates.spend(key, count)):
            raise TooManyError(wait)

    async def _one(self, key: int, told: dict[str, Any], send: Send, *, makes: bool) -> None:
        self._spend(key, 1)
        parts = list(_parts(told))
        if len(parts) > 1:
            raise invalid("variants", "Send a product with its variants to POST /v1/products.")
        identifier, changes = _read(told, self._around())
        await self._change(identifier, changes, send, makes=makes)

    async def _change(
        self, product: str, changes: Mapping[str, Any], send: Send, *, makes: bool
    ) -> None:
        def work(transaction: Transaction) -> Properties | None:
            known = products.properties_of(transaction, product)
            if known is None and not makes:
                return None
            return products.put(transaction, product, changes, self._clock.now())[1]

        after = await self._writer.write(work)
        if after is None:
            raise Refusal("not_found", "There is no such product.", field="id", status=404)
        self._stored()
        told: dict[str, Any] = {"success": True}
        if products.is_ringed((product, changes), after):
            told["ignored"] = [_RING]
        await answer(send, 200, told)

    def _around(self) -> Around:
        return Around(self._types(), self._clock.now())

    async def _several(self, key: int, text: bytes, send: Send) -> None:
        items = read_batch(_as_list(text), "products").items
        self._spend(key, len(items))
        around = self._around()
        read: list[products.Change] = []
        taken: list[dict[str, Any]] = []
        results: list[dict[str, Any]] = []
        for index, each in enumerate(items):
            place = f"products[{index}]"
            if isinstance(each, Refusal):
                results.append(_rejected(each, place))
                continue
            variants: list[dict[str, Any]] = []
            for within, part in _parts(each):
                result: dict[str, Any] = {"status": "accepted"}
                try:
                    read.append(_read(part, around))
                    taken.append(result)
                except Refusal as refusal:
                    result = _rejected(refusal, place + within)
                if within:
                    variants.append(result)
                else:
                    results.append(result)
            if variants:
                results[-1] = {**results[-1], "variants": variants}
        if read:
            answers = await self._writer.write(
                lambda transaction: products.put_many(transaction, read, self._clock.now())
            )
            for change, (_, after), result in zip(read, answers, taken, strict=True):
                if products.is_ringed(change, after):
                    result["ignored"] = [_RING]
            self._stored()
        every = [one for each in results for one in (each, *each.get("variants", ()))]
        told = {
            "success": len(read) == len(every),
            "accepted": len(read),
            "rejected": len(every) - len(read),
            "items": results,
        }
        if results and not read:
            first = next(one for one in every if one["status"] == "rejected")
            told |= {name: first[name] for name in ("code", "message", "field")}
        await answer(send, 200 if read or not results else 400, told)


def _named(path: str) -> str:
    """The id of the one product that a path names, "" for the list."""
    return path[len(PATH) :].strip("/")


def _read(told: Any, around: Around) -> products.Change:
    """One product. Raises `Refusal` with a sentence."""
    if not isinstance(told, dict):
        raise Refusal("invalid", "Not a JSON object.")
    try:
        return read_row(told, around)
    except Refusal as refusal:
        message = f"`{refusal.field}` {refusal.message}."
        raise Refusal(refusal.code, message, field=refusal.field) from None


def _parts(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A product, and its variants as products that name it as their parent."""
    if not isinstance(told.get("variants"), list):
        yield "", told
        return
    own = {name: value for name, value in told.items() if name != "variants"}
    yield "", own
    parent = next((told[name] for name in ("id", "product_id", "sku") if told.get(name)), None)
    for number, variant in enumerate(told["variants"]):
        named = {**variant, "parent": parent} if isinstance(variant, dict) else variant
        yield f".variants[{number}]", named


def _rejected(refusal: Refusal, place: str) -> dict[str, Any]:
    told = refusal.as_json()
    field_name = f"{place}.{refusal.field}" if refusal.field else place
    return {"status": "rejected", **told, "field": field_name}


def _as_list(text: bytes) -> bytes:
    """A lone product as a list of one, so that all three forms are read the same way."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if isinstance(value, dict) and "products" not in value:
        return b'{"products":[' + text + b"]}"
    return text
