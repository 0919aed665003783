"""Pages that speak to one customer: in their language, with the shop's name."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from engine.public.pages import page
from engine.public.reader_language import words_for
from engine.public.service import Service

_LARGEST = 8_000


class Reader:
    """Who looks at a page, and what it says to them."""

    def __init__(self, service: Service, language: str, words: dict[str, str]) -> None:
        self._service = service
        self.language = language
        self.words = words

    @classmethod
    async def of(cls, service: Service, request: Request, customer: int = 0) -> Reader:
        """The reader of a request; `customer` is whose link it is, 0 where nobody knows."""
        return cls(service, *await run_in_threadpool(words_for, service, request, customer))

    def page(self, title: str, *paragraphs: str, **more: Any) -> HTMLResponse:
        """As `engine.public.pages.page`."""
        shop = self._service.deployment.name
        return page(title, *paragraphs, shop=shop, language=self.language, **more)

    def said(self, what: str, status: int = 200, **told: Any) -> HTMLResponse:
        """A page that says one thing: the words of this name, and those of `NAME_more`."""
        words = self.words
        return self.page(words[what], words[f"{what}_more"].format(**told), status=status)


async def form_of(request: Request) -> dict[str, list[str]]:
    """What a form sent; a body that is too large or no form is an empty one."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return {}
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=100)
    except ValueError:
        return {}
