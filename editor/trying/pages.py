"""Trying a flow on the draft that is open: who, what can be clicked, and what then comes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from dsl.project import Project
from editor.access import person, signed_in
from editor.documents.kept import Kept
from editor.flow.answers import checked
from editor.flow.opening import Opened, asked_for
from editor.language import _
from editor.rendering import local
from editor.running import Files, Running
from editor.security import LETTER_POLICY, csrf_fits
from editor.trying import playing
from editor.trying.looks import Look, Looks
from editor.trying.offers import offers, somebodies
from editor.trying.people import Person, found, given_of
from editor.trying.playing import Suites, Trial
from editor.trying.shelf import stocked
from editor.trying.words import products_of, words
from editor.trying.writing import Tried
from engine.core.model import Properties
from engine.lab.suite import Suite
from engine.messages.library import Messages
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])
_MAILS: Final = 400


@router.get("/api/flows/{name}/try")
def ready(request: Request, files: Files, service: Running, name: str) -> Response:
    """What a trial can begin with: `{"state", "reason", "people", "offers", "words", "products",
    "languages"}`; `reason` says why it has to wait.
    """
    opened, project, suite, reason = ready_to_play(request, files, name)
    answer: dict[str, Any] = {"state": opened.document.state, "reason": reason}
    if suite is not None and opened.flow is not None:
        flow = project.flows[opened.name]
        answer |= {
            "people": [one._asdict() for one in somebodies(project, flow)],
            "offers": [one._asdict() for one in offers(project, flow)],
            "events": sorted(project.events),
            "words": words(project),
            "products": products_of(service, project),
            "languages": _languages(project),
        }
    return as_json(answer)


@router.get("/api/flows/{name}/try/people")
def people(service: Running, name: str, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Real customers, as the page of customers finds them."""
    del name
    return as_json({"people": found(service, q)})


@router.get("/api/flows/{name}/try/people/{who}")
def somebody(request: Request, files: Files, service: Running, name: str, who: str) -> Response:
    """What is known of a real customer, as lines of a test that names nobody."""
    opened, project, suite, reason = ready_to_play(request, files, name)
    if suite is None:
        return as_json({"reason": reason})
    given = given_of(
        service, project, suite.deployment(suite.running(opened.name)), who, opened.name
    )
    if given is None:
        raise HTTPException(404, _("There is no customer %s.") % who)
    return as_json({"reason": "", **given.as_json()})


@router.post("/api/flows/{name}/try")
def play(request: Request, files: Files, service: Running, name: str, tried: Tried) -> Response:
    """Play what was clicked; changes nothing. `{"state", "reason", "problems", "test", "holds",
    "play", "now", "next"}`: `now` and `next` are milliseconds after the start.
    """
    answer, opened, project, suite = begun(request, files, name)
    if suite is None:
        return as_json(answer)
    deployment = suite.deployment(suite.running(opened.name))
    own = given_of(service, project, deployment, tried.customer, opened.name)
    shelf: dict[str, Properties] = {}
    if tried.stocked:
        tried, shelf = stocked(service, project, deployment, tried)
    looks = looks_of(service, project, suite, opened.name, own, shelf)
    file = project.file_of(project.flows[opened.name])
    try:
        text = opened.document.text
        trial = playing.tried(suite, file, text, opened.name, tried, looks, own)
    except ValueError:
        return as_json(
            answer | {"problems": [_("The start is no moment: 2026-01-31 09:00 is one.")]}
        )
    return as_json(answer | _told(request, project, opened.name, trial))


@router.get("/api/flows/{name}/tests/{number}")
def test(request: Request, files: Files, service: Running, name: str, number: int) -> Response:
    """One test of the flow, the `number`th from 0, with the way it takes."""
    opened, project, suite, reason = ready_to_play(request, files, name)
    answer: dict[str, Any] = {"state": opened.document.state, "reason": reason}
    if suite is None:
        return as_json(answer)
    cases = [one for one in suite.cases if one.test.flow == opened.name]
    if not 0 <= number < len(cases):
        raise HTTPException(404, _("This flow has no such test."))
    looks = looks_of(service, project, suite, opened.name, None)
    outcome = suite.run(cases[number], looks, watching=True)
    graph = project.graphs[opened.name]
    answer |= {
        "title": outcome.test.title,
        "line": outcome.test.span.line,
        "outcome": "passed" if outcome.passed else "failed",
        "play": playing.told(outcome, graph, opened.name, lambda look: keep(request, look)),
    }
    return as_json(answer)


@router.get("/flows/{name}/try/mail/{key}")
def mail(request: Request, name: str, key: str) -> Response:
    """A mail that was tried, for a frame without scripts."""
    del name
    html = _mails(request).get((person(request), key), _gone)
    return HTMLResponse(html, headers={"Content-Security-Policy": LETTER_POLICY})


def _languages(project: Project) -> list[str]:
    """The languages that the shop's messages are written in, beside its own."""
    if project.messages is None:
        return []
    library = Messages(project.messages)
    files = (
        one
        for message, channels in library.written().items()
        for channel in channels
        for one in library.variants(message, channel)
    )
    return sorted({one.language for one in files if one.language})


def _gone() -> str:
    raise HTTPException(404, _("This mail is no longer kept. Play it once more."))


def _told(request: Request, project: Project, name: str, trial: Trial) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "test": trial.test,
        "title": trial.title,
        "holds": trial.holds,
        "problems": list(trial.problems),
        "now": trial.now - trial.start,
        "next": None,
    }
    if trial.outcome is None:
        return answer
    chronicle, graph = trial.outcome.chronicle, project.graphs[name]
    if chronicle.next_at is not None:
        answer["next"] = chronicle.next_at - trial.start
        answer["next_at"] = local(chronicle.next_at, chronicle.zone, "%a %d %b, %H:%M")
    answer["clock"] = local(trial.now, chronicle.zone, "%a %d %b %Y, %H:%M")
    answer["play"] = playing.told(trial.outcome, graph, name, lambda look: keep(request, look))
    return answer


def looks_of(
    service: Service,
    project: Project,
    suite: Suite,
    name: str,
    own: Person | None,
    shelf: Mapping[str, Properties] = MappingProxyType({}),
) -> Looks:
    """What makes the messages of a trial."""
    messages = None if project.messages is None else Messages(project.messages)
    settings = service.settings
    url = settings.store_url or settings.public_url or "http://127.0.0.1:8400"
    deployment = suite.deployment(suite.running(name))
    shown = {} if own is None else own.shown
    return Looks(deployment, messages, url, service.clock.now(), shown, service.live.learned, shelf)


def ready_to_play(
    request: Request, files: Files, name: str
) -> tuple[Opened, Project, Suite | None, str]:
    """The flow, its project and its suite; None with the reason where nothing can be played."""
    project = files.project(person(request))
    opened = asked_for(request, name)
    flow = project.flows.get(opened.name)
    if flow is None:
        return opened, project, None, opened.broken or _("This flow cannot be read.")
    found = checked(request).diagnosed(project)
    wrong = sorted({files.shown(one.file) for one in found if one.severity == "error"})
    if wrong:
        reason = _("Trying waits until nothing is wrong in %s.") % ", ".join(wrong)
        return opened, project, None, reason
    return opened, project, suites(request).of(project), ""


def begun(
    request: Request, files: Files, name: str
) -> tuple[dict[str, Any], Opened, Project, Suite | None]:
    """What everything that is played on the page begins with: the page is this session's own, and
    the answer says the state of the draft and why it has to wait, if it does (no suite then).

    Raises:
        HTTPException: 403 where the page is another's, or too old.
    """
    if not csrf_fits(request, request.headers.get("x-csrf-token", "")):
        raise HTTPException(403, _("This page is too old. Open it again."))
    opened, project, suite, reason = ready_to_play(request, files, name)
    answer: dict[str, Any] = {"state": opened.document.state, "reason": reason, "problems": []}
    return answer, opened, project, suite


def suites(request: Request) -> Suites:
    """The compiled projects of this server."""
    known: Suites | None = getattr(request.app.state, "suites", None)
    if known is None:
        known = request.app.state.suites = Suites()
    return known


def _mails(request: Request) -> Kept[tuple[str, str], str]:
    known: Kept[tuple[str, str], str] | None = getattr(request.app.state, "tried_mails", None)
    if known is None:
        known = request.app.state.tried_mails = Kept(_MAILS)
    return known


def keep(request: Request, look: Look) -> str:
    """Keep a mail's HTML for its frame; the key that it is asked by, "" for none."""
    if look.key:
        _mails(request).get((person(request), look.key), lambda: look.html)
    return look.key


def as_json(answer: dict[str, Any]) -> Response:
    """An answer for the page's scripts."""
    return Response(orjson.dumps(answer), media_type="application/json")
