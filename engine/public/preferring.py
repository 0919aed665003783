"""`/p`: a person's own page: which channels and topics, and a pause. A GET changes nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from engine.customers import identity
from engine.intake import preferences
from engine.intake.preferences import Preferences
from engine.messages import formats
from engine.messages.links import BadLinkError
from engine.messages.texts import purpose
from engine.public.pages import Box, version
from engine.public.reader_pages import Reader, form_of
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction


def preference_routes(service: Service) -> APIRouter:
    """The routes of preference pages, over a running service."""
    router = APIRouter(include_in_schema=False)

    def held(customer: int) -> Preferences | None:
        def read(transaction: Transaction) -> Preferences | None:
            row = identity.living(transaction, customer)
            return preferences.read(transaction, row, service.deployment.topics)

        return service.database.writer.run(read)

    def shown(reader: Reader, found: Preferences) -> list[Box]:
        words, topics = reader.words, service.deployment.topics
        return [Box(what, purpose(what, words, topics), on) for what, on in found.held.items()]

    @router.get("/p/{token}")
    async def show(token: str, request: Request) -> HTMLResponse:
        try:
            customer = service.links.read_preferences(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        reader = await Reader.of(service, request, customer)
        try:
            found = await run_in_threadpool(held, customer)
        except StoreError:
            return reader.said("later", 503)
        if found is None:
            return reader.said("bad_link", 404)
        words, paused = reader.words, found.paused_until > service.clock.now()
        until = ""
        if paused:
            moment = formats.as_date(found.paused_until, service.deployment.zone)
            assert moment is not None
            day = formats.day(moment, "long", reader.language)
            until = words["preferences_paused"].format(day=day)
        other = ("go_on", "preferences_go_on") if paused else ("pause", "preferences_pause")
        return reader.page(
            words["preferences"],
            until,
            words["preferences_more"],
            boxes=tuple(shown(reader, found)),
            buttons=(("save", words["preferences_do"]), (other[0], words[other[1]])),
        )

    @router.post("/p/{token}")
    async def save(token: str, request: Request) -> HTMLResponse:
        try:
            customer = service.links.read_preferences(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        form = await form_of(request)
        reader = await Reader.of(service, request, customer)
        what, chosen = form.get("what", [""])[0], form.get("purpose", [])

        def work(transaction: Transaction) -> bool:
            now = service.clock.now()
            if what in ("pause", "go_on"):
                return preferences.pause(transaction, now, customer, goes_on=what == "go_on")
            topics = service.deployment.topics
            row = identity.living(transaction, customer)
            found = preferences.read(transaction, row, topics)
            if found is None or "boxes" not in form:
                return found is not None
            said = version(reader.language, *(box.words for box in shown(reader, found)))
            types = service.deployment.types
            return preferences.save(transaction, types, now, row, found.held, chosen, said)

        try:
            done = await service.database.writer.write(work)
        except StoreError:
            return reader.said("later", 503)
        service.wake()
        return reader.said("preferences_saved") if done else reader.said("bad_link", 404)

    return router
