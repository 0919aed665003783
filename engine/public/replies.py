"""Where a provider tells what people answered: `POST /v1/replies/sms`, signed by the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.channels import registry
from engine.channels.driver import ForgedError, Reply
from engine.core import sms
from engine.core.addresses import phone_number
from engine.delivery.questions import messages_of
from engine.intake import replies
from engine.messages.texts import texts
from engine.public.service import Service
from engine.store.errors import StoreError

_LONGEST: Final = 64 * 1024


def reply_routes(service: Service) -> APIRouter:
    """The route, for the channels whose driver tells of answers."""
    router = APIRouter(include_in_schema=False)
    chosen = registry.chosen(service.settings.channels)

    @router.post("/v1/replies/{channel}")
    async def replied(channel: str, request: Request) -> Response:
        one = chosen.get(channel)
        if one is None or one.driver.replies is None:
            return _refused(404, "not_found", "No answers are taken for this channel.")
        form = await _form(request)
        if form is None:
            return _refused(400, "malformed", "This is no form that can be read.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            reply = one.driver.replies.read(one.settings, _address(service, request), headers, form)
        except ForgedError:
            return _refused(401, "unauthorized", "The signature does not fit.")
        wish = sms.wish(reply.text)
        address = phone_number(reply.sender[:40], "")
        try:
            await service.database.writer.write(
                lambda tx: replies.answered(
                    tx,
                    service.deployment.types,
                    service.clock.now(),
                    channel,
                    address,
                    wish,
                    reply.mark,
                )
            )
        except StoreError:
            # The provider tells it again.
            return _refused(503, "later", "The answer could not be stored.")
        service.wake()
        body, kind = one.driver.replies.say(_words(service, reply, wish))
        return Response(body, media_type=kind)

    return router


def _words(service: Service, reply: Reply, wish: sms.Wish) -> str:
    """What is answered; providers confirm STOP and START themselves, as the law has it there."""
    if wish != "help" or reply.handled:
        return ""
    shop = service.deployment
    return texts(shop.language, messages_of(service.live))["reply_help"].format(shop=shop.name)


def _address(service: Service, request: Request) -> str:
    """The address that was called, as the outside knows it: it is part of what is signed."""
    base = service.links.base_url
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{base}{request.url.path.removeprefix(request.scope.get('root_path', ''))}{query}"


async def _form(request: Request) -> Mapping[str, str] | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST:
            return None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except (UnicodeDecodeError, ValueError):
        return None
    form = dict(pairs)
    return form if len(form) == len(pairs) else None


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status)
