"""`/v1/suppressions`: the shop's server asks and says which addresses get nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from engine.core.calendar import iso
from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.customers import suppressing
from engine.customers.erasure import REASON as ERASED
from engine.intake.keys import Key
from engine.intake.payload import read_batch, read_object, unpack
from engine.intake.refusal import Refusal, forbidden, invalid
from engine.public.page_calls import Keys
from engine.public.rates import Rates
from engine.public.receiving import TooManyError, given_key, read_body
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.rows import Rows
from engine.store.secrets import known_secret
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

PATH: Final = "/v1/suppressions"
_MOST: Final = 1_000
"""So many are listed, and changed by one call."""
_LONGEST: Final = 500


def suppression_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The routes, for server keys.

    GET one `address`, or the newest of all; POST one or `{"suppressions": [..]}`; DELETE one.
    """
    router = APIRouter(include_in_schema=False)

    def key_of(request: Request) -> Key:
        given = given_key(dict(request.scope["headers"]), request.scope.get("query_string", b""))
        key = keys.find(given)
        if key is None:
            message = "Give a valid write key (Basic auth)."
            raise Refusal("unauthorized", message, field="writeKey", status=401)
        if key.kind == "browser":
            raise forbidden("writeKey", "A browser key can neither see nor change suppressions.")
        return key

    def spend(key: Key, count: int = 1) -> None:
        if wait := rates.spend(key.id, count):
            raise TooManyError(wait)

    async def answered(work: Callable[[], Any]) -> JSONResponse:
        try:
            return JSONResponse(await work())
        except TooManyError as error:
            wait = {"Retry-After": str(error.seconds)}
            return JSONResponse(error.as_json(), error.status, wait)
        except Refusal as refusal:
            return JSONResponse(refusal.as_json(), refusal.status)
        except StoreError:
            full = Refusal("unavailable", "Nothing was stored. Try again later.", status=503)
            return JSONResponse(full.as_json(), 503, {"Retry-After": "1"})

    @router.get(PATH)
    async def look(request: Request) -> JSONResponse:
        async def work() -> dict[str, Any]:
            spend(key_of(request))
            told = dict(request.query_params)
            return await run_in_threadpool(_look, service, told)

        return await answered(work)

    @router.post(PATH)
    async def add(request: Request) -> JSONResponse:
        async def work() -> dict[str, Any]:
            key = key_of(request)
            told = _several(await _text(request))
            spend(key, len(told))
            return await _change(service, key, "add", told)

        return await answered(work)

    @router.delete(PATH)
    async def lift(request: Request) -> JSONResponse:
        async def work() -> dict[str, Any]:
            key = key_of(request)
            spend(key)
            text = await _text(request)
            told = read_object(text) if text else dict(request.query_params)
            return await _change(service, key, "lift", [told])

        return await answered(work)

    return router


async def _text(request: Request) -> bytes:
    headers = dict(request.scope["headers"])
    body = await read_body(headers, request.receive)
    return unpack(body, headers.get(b"content-encoding", b"").decode("latin-1").lower())


def _several(text: bytes) -> list[dict[str, Any]]:
    told = read_object(text)
    if "suppressions" not in told:
        return [told]
    items = read_batch(text, "suppressions").items
    if len(items) > _MOST:
        raise invalid("suppressions", f"One call changes at most {_MOST}.")
    for item in items:
        if isinstance(item, Refusal):
            raise item
    return [item for item in items if not isinstance(item, Refusal)]


def _listed(rows: Rows) -> Suppressions:
    return Suppressions(bytes.fromhex(known_secret(rows)))


def _look(service: Service, told: Mapping[str, str]) -> dict[str, Any]:
    with service.database.reader() as reader:
        listed = _listed(reader)
        if told.get("address"):
            channel, address = _who(told)
            found = listed.entry(reader, channel, address)
            if found is None:
                return {"suppressed": False, "channel": channel}
            reason, at = found
            return {"suppressed": True, "channel": channel, "reason": reason, "at": iso(at)}
        every = listed.listed(reader)
    channel = told.get("channel", "")
    if channel and channel not in CONTACT:
        raise _no_channel()
    chosen = [one for one in every if not channel or one["channel"] == channel]
    shown = [{**one, "at": iso(one["at"])} for one in chosen[:_MOST]]
    return {"suppressions": shown, "count": len(chosen)}


async def _change(
    service: Service, key: Key, act: Literal["add", "lift"], told: list[dict[str, Any]]
) -> dict[str, Any]:
    changes = [(*_who(one), _why(one)) for one in told]
    who, now = f"key {key.id}", service.clock.now()

    def work(transaction: Transaction) -> int:
        listed = _listed(transaction)
        if act == "lift":
            for channel, address, _ in changes:
                _may_be_lifted(listed.entry(transaction, channel, address))
        return sum(
            suppressing.change(transaction, listed, act, channel, address, reason, who, now)
            for channel, address, reason in changes
        )

    changed = await service.database.writer.write(work)
    service.wake()
    return {"success": True, "changed": changed}


def _may_be_lifted(found: tuple[str, Instant] | None) -> None:
    if found is None:
        raise Refusal("not_found", "This address is not suppressed.", field="address", status=404)
    if found[0] == ERASED:
        message = "Who had this address was erased; a person may lift that: `headrace suppress`."
        raise Refusal("conflict", message, field="address", status=409)


def _who(told: Mapping[str, Any]) -> tuple[str, str]:
    """The channel and the address. Raises `Refusal`."""
    address = told.get("address")
    if not isinstance(address, str) or not address.strip() or len(address) > _LONGEST:
        raise invalid("address", "`address` must be an e-mail address, a phone number or a token.")
    channel = told.get("channel") or ("email" if "@" in address else "sms")
    if channel not in CONTACT:
        raise _no_channel()
    found = suppressing.usable(channel, address)
    if not found:
        raise invalid("address", f"This is no address of {channel}.")
    return channel, found


def _why(told: Mapping[str, Any]) -> str:
    reason = told.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise invalid("reason", "Say why, in `reason`: it is kept on record.")
    return " ".join(reason.split())[:_LONGEST]


def _no_channel() -> Refusal:
    return invalid("channel", f"`channel` is one of {', '.join(CONTACT)}.")
