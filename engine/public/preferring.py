"""`/p`: a person's own page: which channels and topics, a pause, another address, a phone number.

A GET changes nothing. A new mail address counts when it was confirmed from there (`/address`), a
number when the code that was sent to it was entered here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from engine.core.model import MINUTE
from engine.customers import identity, sms_codes
from engine.customers.profile import country_of
from engine.delivery.questions import code_version
from engine.intake import changing, preferences
from engine.intake.preferences import Preferences
from engine.messages import formats
from engine.messages.links import BadLinkError
from engine.messages.texts import masked, purpose
from engine.public.pages import Box, Section, version
from engine.public.rates import Questions
from engine.public.reader_pages import Reader, form_of
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

T = TypeVar("T")
_NO_KEY = 0


class _Act(NamedTuple):
    """What somebody did on their page."""

    customer: int
    reader: Reader
    form: dict[str, list[str]]
    where: str

    def typed(self, field: str) -> str:
        return self.form.get(field, [""])[0]


def preference_routes(service: Service, questions: Questions) -> APIRouter:
    """The routes of preference pages; `questions` limit what one network address may start."""
    router = APIRouter(include_in_schema=False)

    def held(customer: int) -> Preferences | None:
        def read(transaction: Transaction) -> Preferences | None:
            row = identity.living(transaction, customer)
            return preferences.read(transaction, row, service.deployment.topics)

        return service.database.writer.run(read)

    def boxes(reader: Reader, found: Preferences) -> list[Box]:
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
            boxes=tuple(boxes(reader, found)),
            buttons=(("save", words["preferences_do"]), (other[0], words[other[1]])),
            sections=tuple(sections(words)),
        )

    def sections(words: dict[str, str]) -> list[Section]:
        found = []
        if leaves("email"):
            told = words["address"], "email", words["address_new"], "address", words["address_do"]
            found.append(Section(*told))
        if leaves("sms"):
            told = words["phone"], "tel", words["phone_number"], "phone", words["phone_do"]
            found.append(Section(*told))
        return found

    def leaves(channel: str) -> bool:
        """Whether what is to be confirmed by this channel can leave the house."""
        providers = service.live.providers
        return providers is None or channel in providers

    async def write(work: Callable[[Transaction], T]) -> T:
        done = await service.database.writer.write(work)
        service.wake()
        return done

    @router.post("/p/{token}")
    async def save(token: str, request: Request) -> HTMLResponse:
        try:
            customer = service.links.read_preferences(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        form = await form_of(request)
        where = request.client.host if request.client else ""
        act = _Act(customer, await Reader.of(service, request, customer), form, where)
        acts = {"address": address, "phone": phone, "code": code}
        try:
            return await acts.get(act.typed("what"), choose)(act)
        except StoreError:
            return act.reader.said("later", 503)

    async def choose(act: _Act) -> HTMLResponse:
        what, chosen, reader = act.typed("what"), act.form.get("purpose", []), act.reader

        def work(transaction: Transaction) -> bool:
            now = service.clock.now()
            if what in ("pause", "go_on"):
                return preferences.pause(transaction, now, act.customer, goes_on=what == "go_on")
            topics = service.deployment.topics
            row = identity.living(transaction, act.customer)
            found = preferences.read(transaction, row, topics)
            if found is None or "boxes" not in act.form:
                return found is not None
            said = version(reader.language, *(box.words for box in boxes(reader, found)))
            types = service.deployment.types
            return preferences.save(transaction, types, now, row, found.held, chosen, said)

        done = await write(work)
        return reader.said("preferences_saved") if done else reader.said("bad_link", 404)

    async def address(act: _Act) -> HTMLResponse:
        reader = act.reader
        if not questions.may_ask(_NO_KEY, act.where):
            return reader.said("often", 429)
        now, typed = service.clock.now, act.typed("email")
        what, new = await write(lambda tx: changing.ask_address(tx, now(), act.customer, typed))
        if what == "asked":
            return reader.said("address_sent", address=new)
        return reader.said("address_bad", 400) if what == "bad" else reader.said("often", 429)

    async def phone(act: _Act) -> HTMLResponse:
        reader = act.reader
        if not leaves("sms"):
            return reader.said("bad_link", 404)
        if not questions.may_ask(_NO_KEY, act.where):
            return reader.said("often", 429)
        now, typed = service.clock.now, act.typed("tel")
        country = country_of(service.deployment.zone)
        what, number = await write(
            lambda tx: changing.ask_phone(tx, now(), act.customer, typed, country)
        )
        if what == "asked":
            return code_page(reader, number)
        return reader.said("phone_bad", 400) if what == "bad" else reader.said("often", 429)

    def code_page(reader: Reader, number: str, wrong: str = "") -> HTMLResponse:
        words = reader.words
        minutes = sms_codes.GOOD_FOR // MINUTE
        return reader.page(
            words["code"],
            wrong,
            words["code_more"].format(address=masked(number), minutes=minutes),
            sections=(Section("", "code", words["code_number"], "code", words["code_do"]),),
            status=422 if wrong else 200,
        )

    async def code(act: _Act) -> HTMLResponse:
        reader, typed = act.reader, act.typed("code")
        said_to_them = version(
            code_version(service.live, {"language": reader.language}),
            reader.language,
            reader.words["code_more"],
        )
        types, now = service.deployment.types, service.clock.now
        said, number = await write(
            lambda tx: changing.enter_code(tx, types, now(), act.customer, typed, said_to_them)
        )
        if said == "right":
            return reader.said("confirmed", address=number)
        if said == "late":
            return reader.said("code_late", 410)
        return code_page(reader, number, reader.words["code_wrong"])

    return router
