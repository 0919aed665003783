"""On-site messages: `GET /v1/onsite` says what waits for a visitor, `GET /s.js` shows it.

`POST /v1/onsite` says what was shown, clicked and closed. Anybody can ask with a page's key and a
visitor's id, so a visitor who belongs to a known customer is answered like a stranger, unless the
shop's server has signed the customer's userId.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.core.facts import Facts
from engine.core.model import Instant
from engine.customers import identity
from engine.delivery import codes
from engine.delivery import onsite as showing
from engine.intake.engagement import OnSite, on_site_acts
from engine.intake.keys import is_signed
from engine.intake.refusal import Refusal, invalid
from engine.public import script
from engine.public.page_calls import (
    ANYBODY,
    LATER,
    Callers,
    Keys,
    allowed,
    read_call,
    refused,
    stored,
)
from engine.public.rates import Rates
from engine.public.reader_language import accepted
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

PER_SECOND = 5.0
"""Questions per second that one address may ask in the long run; ten seconds' worth at once."""
_MOST_SHOWN = 20
_LARGEST = 4_000
_NO_ID = 2**63


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Who asks, as far as they say; `signed` is whether the userId is vouched for."""

    anonymous: str
    user: str
    signed: bool

    def customer(self, transaction: Transaction) -> int | None:
        """The row whose messages this visitor may see, None for nobody's."""
        mine = None
        if self.signed:
            mine = identity.find(transaction, identity.USER, [self.user]).get(self.user)
        found = identity.find(transaction, identity.ANONYMOUS, [self.anonymous])
        visitor = found.get(self.anonymous)
        if visitor is None or visitor == mine or identity.known(transaction, [visitor]):
            return mine
        return visitor


def numbers_in(told: Mapping[str, Any], act: str) -> list[int]:
    """The ids of messages that a page says were `act`ed on. Raises `Refusal` for anything else."""
    numbers = told.get(act, [])
    if not isinstance(numbers, list) or len(numbers) > _MOST_SHOWN:
        raise invalid(act, f"`{act}` is a list of at most {_MOST_SHOWN} messages' ids.")
    return [each for each in numbers if type(each) is int and 0 < each < _NO_ID]


def onsite_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The routes of on-site messages; `rates` are those of the keys."""
    router = APIRouter(include_in_schema=False)
    callers = Callers(keys, rates, PER_SECOND)

    @router.get("/s.js")
    def script_file(request: Request) -> Response:
        headers = {
            "Cache-Control": "public, max-age=300",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        body = script.plain()
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = script.compressed()
        return Response(body, 200, headers, "text/javascript; charset=utf-8")

    @router.options("/v1/onsite")
    def may_ask() -> Response:
        return allowed()

    def visitor_of(request: Request, told: Any) -> _Visitor:
        """Raises `Refusal` where the key is not valid, or asks too often."""
        key = callers.key(request, told)
        anonymous, user = told.get("anonymousId", ""), told.get("userId", "")
        if not isinstance(anonymous, str) or not isinstance(user, str):
            raise invalid("anonymousId", "`anonymousId` must be text.")
        # A server's key may speak for everybody, but stands in no page.
        signed = key.kind == "server" or is_signed(key.signing, user, told.get("signature"))
        plain = anonymous.replace("\0", "")[:255], user.replace("\0", "")[:255]
        return _Visitor(*plain, signed=signed and bool(user))

    @router.get("/v1/onsite")
    async def waiting(request: Request) -> Response:
        try:
            visitor = visitor_of(request, request.query_params)
        except Refusal as refusal:
            return refused(refusal)
        path = request.query_params.get("path", "/")[:1000]
        wished = [request.query_params.get("language", "")[:20], *accepted(request)]

        def work(
            transaction: Transaction,
        ) -> tuple[list[showing.Waiting], Facts | None, Instant]:
            now = service.clock.now()
            customer = visitor.customer(transaction)
            messages = showing.waiting(transaction, customer, path, now) if customer else []
            if not messages or customer is None:
                return [], None, now
            facts = showing.facts_of(transaction, service.live, customer, now)
            return (
                [
                    each
                    for each in messages
                    if codes.for_the_site(
                        transaction,
                        service.live,
                        (each.message, each.surface),
                        each.run,
                        each.detail,
                        facts,
                        now,
                    )
                ],
                facts,
                now,
            )

        try:
            messages, facts, now = await service.database.writer.write(work)
        except StoreError:
            return JSONResponse({"messages": []}, 503, LATER)
        rendered = [
            showing.render(service.live, service.sender.composer, each, facts, now, wished)
            for each in messages
            if facts is not None
        ]
        return JSONResponse({"messages": [each for each in rendered if each]}, 200, ANYBODY)

    @router.post("/v1/onsite")
    async def shown(request: Request) -> Response:
        try:
            told = await read_call(request, _LARGEST)
            visitor = visitor_of(request, told)
            acts = OnSite(*(numbers_in(told, act) for act in ("shown", "clicked", "closed")))
        except Refusal as refusal:
            return refused(refusal)

        def work(transaction: Transaction) -> None:
            customer = visitor.customer(transaction)
            if customer:
                live, now = service.live, service.clock.now()
                on_site_acts(transaction, live.deployment.types, live.flows, now, customer, acts)

        return await stored(service, work)

    return router
