"""How people say that an address or a number is theirs: `/address` from a mail, `/v1/code` from a
text message. A GET changes nothing.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from engine.customers import identity
from engine.delivery.questions import code_version
from engine.intake import changing
from engine.intake.keys import is_signed
from engine.intake.refusal import Refusal, forbidden, invalid
from engine.messages.links import BadLinkError, Change
from engine.messages.texts import masked
from engine.public.page_calls import (
    ANYBODY,
    LATER,
    Callers,
    Keys,
    allowed,
    read_call,
    refused,
)
from engine.public.pages import version
from engine.public.rates import Rates
from engine.public.reader_pages import Reader
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

PER_SECOND: Final = 1.0
"""Codes per second that one network address may enter in the long run."""
_LARGEST: Final = 1_000
_WORDS: Final = {
    "wrong": "This is not the code.",
    "late": "There is no code that could be entered now. Ask for a new one.",
}


def changing_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The routes; `rates` are those of the keys."""
    router = APIRouter(include_in_schema=False)
    callers = Callers(keys, rates, PER_SECOND)

    async def read(token: str, request: Request) -> tuple[Reader, Change | None]:
        try:
            told = service.links.read_change(token)
        except BadLinkError:
            return await Reader.of(service, request), None
        return await Reader.of(service, request, told.customer), told

    def asked(reader: Reader, told: Change) -> tuple[str, str]:
        words = reader.words
        old = words["address_ask_more"].format(old=masked(told.old)) if told.old else ""
        return words["address_ask"].format(address=told.new), old

    @router.get("/address/{token}")
    async def ask(token: str, request: Request) -> HTMLResponse:
        reader, told = await read(token, request)
        if told is None:
            return reader.said("bad_link", 404)
        do = reader.words["address_confirm_do"]
        return reader.page(*asked(reader, told), buttons=(("change", do),))

    @router.post("/address/{token}")
    async def change(token: str, request: Request) -> HTMLResponse:
        reader, told = await read(token, request)
        if told is None:
            return reader.said("bad_link", 404)
        shown = version(reader.language, *asked(reader, told))
        types = service.deployment.types

        def work(transaction: Transaction) -> bool:
            return changing.change_address(transaction, types, service.clock.now(), told, shown)

        try:
            done = await service.database.writer.write(work)
        except StoreError:
            return reader.said("later", 503)
        service.wake()
        if not done:
            return reader.said("confirm_late", 410)
        return reader.said("address_changed", address=told.new)

    @router.options("/v1/code")
    def may_ask() -> Response:
        return allowed()

    @router.post("/v1/code")
    async def enter(request: Request) -> Response:
        try:
            told = await read_call(request, _LARGEST)
            key = callers.key(request, told)
            anonymous, user, typed = (
                str(told.get(name) or "").replace("\0", "")[:255]
                for name in ("anonymousId", "userId", "code")
            )
            if not anonymous or not typed:
                raise invalid("code", "Give the `code` and the `anonymousId` of who entered it.")
            if not is_signed(key.signing, user, told.get("signature")):
                user = ""
            said = await service.database.writer.write(
                lambda tx: entered(tx, anonymous, user, typed)
            )
        except Refusal as refusal:
            return refused(refusal)
        except StoreError:
            return JSONResponse({"success": False}, 503, LATER)
        service.wake()
        if said == "right":
            return JSONResponse({"success": True}, 200, ANYBODY)
        answer = {"success": False, "code": said, "message": _WORDS[said]}
        return JSONResponse(answer, 200, ANYBODY)  # a slip of the finger is no fault of the page

    def entered(transaction: Transaction, anonymous: str, user: str, typed: str) -> str:
        """A page speaks for its own visitor, or for the `user` that the shop's server signed."""
        kind, name = (identity.USER, user) if user else (identity.ANONYMOUS, anonymous)
        visitor = identity.find(transaction, kind, [name]).get(name)
        if visitor is None:
            return "late"
        if not user and identity.known(transaction, [visitor]):
            raise forbidden("anonymousId", "This visitor is a known customer.")
        about = service.live.deployment
        types, words = about.types, code_version(service.live, {"language": about.language})
        said, _ = changing.enter_code(
            transaction, types, service.clock.now(), visitor, typed, words
        )
        return said

    return router
