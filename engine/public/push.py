"""Pushes, as far as a shop's pages and its visitors' browsers are asked: `/push.js`, `/sw.js`,
`GET /v1/push` (what to subscribe to) and `POST /v1/push` (a browser subscribed, or takes no more).

As with on-site messages a visitor who belongs to a known customer is taken for a stranger, unless
the shop's server signed the userId: nobody's pushes go to a browser that only says whose it is.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.channels import registry
from engine.channels.drivers.web_push import Settings, plain_bytes, public_key
from engine.customers import identity
from engine.intake import devices
from engine.intake.devices import Subscription
from engine.intake.keys import is_signed
from engine.intake.refusal import Refusal, invalid
from engine.public.page_calls import (
    ANYBODY,
    Callers,
    Keys,
    allowed,
    read_call,
    refused,
    stored,
)
from engine.public.rates import Rates
from engine.public.service import Service
from engine.store.writer import Transaction

_SCRIPT: Final = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_PER_SECOND: Final = 2.0
_LARGEST: Final = 8_000
_LONGEST_ADDRESS: Final = 2_000


def push_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The routes; without a driver for pushes they say that there are none."""
    router = APIRouter(include_in_schema=False)
    place = files("engine.public")
    page_script, worker = (place.joinpath(one).read_bytes() for one in ("push.js", "sw.js"))
    callers = Callers(keys, rates, _PER_SECOND)
    offered = registry.chosen(service.settings.channels).get("push")

    @router.get("/push.js")
    def script() -> Response:
        return Response(page_script, 200, _SCRIPT, "text/javascript; charset=utf-8")

    @router.get("/sw.js")
    def service_worker() -> Response:
        # A worker is looked at anew each time, and may stand for the whole site.
        headers = {**_SCRIPT, "Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
        return Response(worker, 200, headers, "text/javascript; charset=utf-8")

    @router.options("/v1/push")
    def may_ask() -> Response:
        return allowed()

    @router.get("/v1/push")
    def what_to_subscribe_to(request: Request) -> Response:
        if keys.find(request.query_params.get("writeKey", "")) is None:
            return refused(Refusal("unauthorized", "Give a valid `writeKey`.", status=401))
        if offered is None or not isinstance(offered.settings, Settings):
            return refused(Refusal("not_found", "There are no pushes here.", status=404))
        public = public_key(offered.settings, service.house)
        return JSONResponse({"publicKey": public}, 200, ANYBODY)

    def may_say(request: Request, told: dict[str, Any]) -> bool:
        """Whether its userId is vouched for. Raises `Refusal` for whom nothing is taken from."""
        key = callers.key(request, told)
        return key.kind == "server" or is_signed(
            key.signing, _text(told, "userId"), told.get("signature")
        )

    @router.post("/v1/push")
    async def subscribed(request: Request) -> Response:
        if offered is None:
            return refused(Refusal("not_found", "There are no pushes here.", status=404))
        try:
            told = await read_call(request, _LARGEST)
            work = _work(service, told, signed=may_say(request, told))
        except Refusal as refusal:
            return refused(refusal)
        return await stored(service, work)

    return router


def _work(service: Service, told: dict[str, Any], *, signed: bool) -> Any:
    """The piece of work for the database. Raises `Refusal` for what cannot be read."""
    types, clock = service.deployment.types, service.clock
    if told.get("permission") == "denied":
        endpoint = _text(told, "was")
        return lambda tx: devices.denied(tx, types, clock.now(), endpoint)
    if told.get("permission") != "granted":
        raise invalid("permission", "`permission` is what the browser says: granted or denied.")
    subscription = _subscription(told.get("subscription"))
    visitor, user, was = (_text(told, one) for one in ("anonymousId", "userId", "was"))
    proof = {"permission": "granted"}
    if page := _text(told, "page")[:500]:
        proof["page"] = page
    if prompt := _text(told, "prompt")[:80]:
        proof["prompt"] = prompt

    def work(transaction: Transaction) -> None:
        customer, name = _owner(transaction, visitor, user if signed else "")
        devices.subscribe(
            transaction,
            types,
            clock.now(),
            subscription,
            customer=customer,
            visitor=name,
            was=was,
            proof=proof,
        )

    return work


def _owner(transaction: Transaction, visitor: str, user: str) -> tuple[int, str]:
    """Whose the browser is, 0 for nobody's yet; and the visitor's id, "" where it is another's."""
    mine = identity.find(transaction, identity.USER, [user]).get(user) if user else None
    if mine is not None:
        return mine, ""
    if not visitor:
        return 0, ""
    found = identity.find(transaction, identity.ANONYMOUS, [visitor]).get(visitor)
    if found is None:
        return 0, visitor
    return (0, "") if identity.known(transaction, [found]) else (found, "")


def _subscription(told: Any) -> Subscription:
    """What `PushSubscription.toJSON()` gives. Raises `Refusal`."""
    keys = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(keys, dict):
        raise invalid("subscription", "`subscription` is the browser's own, as JSON.")
    endpoint, key, secret = told.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if (
        not isinstance(endpoint, str)
        or not endpoint.startswith("https://")
        or len(endpoint) > _LONGEST_ADDRESS
        or not endpoint.isascii()
        or not endpoint.isprintable()
    ):
        raise invalid("subscription.endpoint", "`endpoint` is an https address.")
    if not isinstance(key, str) or len(key) > 100 or len(point := plain_bytes(key)) != 65:
        raise invalid("subscription.keys.p256dh", "`p256dh` is a public key of 65 bytes.")
    if not isinstance(secret, str) or len(secret) > 50 or len(plain_bytes(secret)) != 16:
        raise invalid("subscription.keys.auth", "`auth` has 16 bytes.")
    if point[0] != 4:
        raise invalid("subscription.keys.p256dh", "`p256dh` is an uncompressed point.")
    return Subscription(endpoint, key.rstrip("="), secret.rstrip("="))


def _text(told: dict[str, Any], name: str) -> str:
    """Raises `Refusal` for what is no text."""
    value = told.get(name) or ""
    if not isinstance(value, str):
        raise invalid(name, f"`{name}` must be text.")
    return value.replace("\0", "")[: _LONGEST_ADDRESS if name == "was" else 255]
