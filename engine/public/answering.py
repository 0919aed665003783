"""`/a`: a link of a message that answers a question, without a login.

Whoever only fetches it sees a page with one button: a scanner fetches, a person presses. A press
counts at once; a fetch is judged like a click, and counts when it was a person's.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from engine.intake import touches
from engine.messages.links import Answer, BadLinkError
from engine.public.agents import machine
from engine.public.counting import Counting
from engine.public.reader_pages import Reader
from engine.public.service import Service
from engine.store import events
from engine.store.errors import StoreError

_NO_STORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}


def answer_routes(service: Service) -> APIRouter:
    """The routes of answer links, over a running service."""
    router = APIRouter(include_in_schema=False)
    counting = Counting(service)

    async def shown(
        request: Request, told: Answer | None, what: str, status: int = 200
    ) -> Response:
        reader = await Reader.of(service, request, told.message.customer if told else 0)
        words = reader.words
        buttons = (("answer", words["answer_do"]),) if what == "answer" else ()
        answer = reader.page(words[what], words[f"{what}_more"], buttons=buttons, status=status)
        answer.headers.update(_NO_STORE)
        return answer

    def known(told: Answer) -> bool:
        with service.database.reader() as reader:
            number = touches.answer_id(told.message, told.event)
            return events.whose(reader, number) is not None

    @router.api_route("/a/{token}", methods=["GET", "HEAD"])
    async def ask(token: str, request: Request) -> Response:
        try:
            told = service.links.read_answer(token)
        except BadLinkError:
            return await shown(request, None, "bad_link", 404)
        by = machine(request.method, request.headers)
        url = f"{told.event} {sorted(told.properties.items())}"
        kept = [list(told.message), told.event, told.properties]
        await counting.note(told.message, "answer", by, {"url": url, "answer": kept})
        try:
            done = await run_in_threadpool(known, told)
        except StoreError:
            done = False
        return await shown(request, told, "answered" if done else "answer")

    @router.post("/a/{token}")
    async def answer(token: str, request: Request) -> Response:
        try:
            told = service.links.read_answer(token)
        except BadLinkError:
            return await shown(request, None, "bad_link", 404)
        try:
            await service.database.writer.write(
                lambda tx: touches.answered(tx, told, service.deployment.types, service.clock.now())
            )
        except StoreError:
            return await shown(request, told, "later", 503)
        service.wake()
        return await shown(request, told, "answered")

    return router
