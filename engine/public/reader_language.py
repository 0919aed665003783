"""In which language a page speaks to its reader."""

from __future__ import annotations

import orjson
from fastapi import Request

from engine.delivery.questions import messages_of
from engine.messages.texts import LANGUAGES, texts
from engine.public.service import Service
from engine.store import customers
from engine.store.errors import StoreError


def words_for(service: Service, request: Request, customer: int = 0) -> tuple[str, dict[str, str]]:
    """The language of a page and its words: the customer's own, else the browser's, else the
    shop's. Waits for the database; call it beside the event loop.
    """
    wished = [_own(service, customer), *accepted(request), service.deployment.language]
    language = next((one for one in wished if one[:2].lower() in LANGUAGES), "en")
    return language, texts(language, messages_of(service.live))


def _own(service: Service, customer: int) -> str:
    if not customer:
        return ""
    try:
        with service.database.reader() as reader:
            told = customers.properties_of(reader, customer)
    except StoreError:
        return ""
    language = orjson.loads(told).get("language") if told else ""
    return language if isinstance(language, str) else ""


def accepted(request: Request) -> list[str]:
    """What a browser asks for, the most wanted first."""
    found: list[tuple[float, str]] = []
    for piece in request.headers.get("accept-language", "")[:200].split(","):
        language, _, weight = piece.strip().partition(";q=")
        try:
            found.append((-float(weight or 1), language))
        except ValueError:
            continue
    return [language for _, language in sorted(found, key=lambda one: one[0])]
