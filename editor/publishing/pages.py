"""The pages that say what a publish would do, publish, and say what was done."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.project import FlowFile, Project
from editor.access import own_form, signed_in
from editor.documents import Documents
from editor.documents.kept import Kept
from editor.git import Commit
from editor.properties import CHANNELS
from editor.publishing import wording
from editor.publishing.committing import commit
from editor.publishing.files import standing
from editor.publishing.proposal import MOST_PROBLEMS, Proposal, propose, touched
from editor.publishing.subject import Subject, publisher, save, subject_of
from editor.rendering import page
from editor.running import Files, Running, documents, running
from editor.views import backtests
from engine.errors import PlanChangedError, RefusedError
from engine.projects.readiness import Unprovided, unprovided
from engine.publishing.plan import InFlight, Plan
from engine.publishing.publish import Published
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])

_DONE: Final = 64
_SPARE: Final = 1.1
"""So many times the people who were confirmed may be inside by the moment of the publish."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a publish did, and what it was asked from."""

    subject: Subject
    published: Published
    commit: Commit


@router.get("/publish")
@router.get("/flows/{name}/publish")
def look(
    request: Request, name: str = "", in_flight: Annotated[InFlight, Query()] = "follow"
) -> Response:
    """What publishing what is saved would do; changes nothing."""
    return _page(request, subject_of(request, name), in_flight)


@router.post("/flows/{name}/publish/save", dependencies=[Depends(own_form)])
def save_first(request: Request, files: Files, name: str) -> Response:
    """Save this person's draft, then look."""
    subject = subject_of(request, name)
    reason = save(files, subject)
    if reason:
        return _page(request, subject_of(request, name), notice=reason, status=409)
    return RedirectResponse(subject.address, 303)


@router.post("/publish", dependencies=[Depends(own_form)])
@router.post("/flows/{name}/publish", dependencies=[Depends(own_form)])
def publish(
    request: Request,
    service: Running,
    files: Files,
    plan: Annotated[str, Form()],
    name: str = "",
    in_flight: Annotated[InFlight, Form()] = "follow",
    people: Annotated[int, Form()] = 0,
    message: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Publish what is saved, this person's draft included, if it does what was shown.

    `plan` is the hash of what was shown, `people` the number that was confirmed.
    """
    who, subject = publisher(request), subject_of(request, name)
    reason = save(files, subject)
    if reason:
        return _page(request, subject, in_flight, notice=reason, status=409)
    try:
        with service.database.reader() as reader:
            stood = standing(files, reader)
        made = service.plan(files.folder, in_flight=in_flight)
        if made.hash != plan:
            return _page(request, subject, in_flight, moved_on=True, status=409)
        if asks(request, made) and people * _SPARE < touched(made):
            return _page(request, subject, in_flight, unconfirmed=True, status=409)
        said = " ".join(message.split())
        done = service.publish(
            files.folder, in_flight=in_flight, author=who, expected=plan, message=said
        )
    except PlanChangedError:
        return _page(request, subject, in_flight, moved_on=True, status=409)
    except RefusedError:
        # The page says what is wrong.
        return _page(request, subject, in_flight, status=409)
    by = subject.person if "@" in subject.person else who
    committed = commit(files.folder, stood, done, by, service.clock.now(), said)
    key = secrets.token_urlsafe(9)
    _done(request).get(key, lambda: Done(subject, done, committed))
    return RedirectResponse(f"{subject.address}/{key}", 303)


@router.get("/publish/{key}")
@router.get("/flows/{name}/publish/{key}")
def look_back(request: Request, key: str, name: str = "") -> Response:
    """What a publish did; told for as long as the server remembers it."""
    publisher(request)

    def forgotten() -> Done:
        raise HTTPException(
            303, headers={"Location": f"/flows/{quote(name, safe='')}" if name else "/flows"}
        )

    done = _done(request).get(key, forgotten)
    return page(request, "published.html", **_told(done))


def asks(request: Request, plan: Plan) -> bool:
    """Whether so many people are inside that one is asked once more."""
    return touched(plan) > running(request).settings.publish_asks_above


def _page(
    request: Request,
    subject: Subject,
    in_flight: InFlight = "follow",
    *,
    notice: str = "",
    moved_on: bool = False,
    unconfirmed: bool = False,
    status: int = 200,
) -> Response:
    service, files = running(request), documents(request)
    subject = subject_of(request, subject.flow)
    proposal = propose(service, files, in_flight)
    changing = sorted(
        proposal.changing,
        key=lambda one: (one.flow != subject.flow, (one.title or one.flow).casefold()),
    )
    plan, mine, saved = proposal.plan, files.project(subject.person), files.project()
    return page(
        request,
        "publish.html",
        status=status,
        subject=subject,
        unsaved=subject.document is not None and subject.document.status != "saved",
        notice="" if notice == subject.stands_in_the_way else notice,
        moved_on=moved_on,
        unconfirmed=unconfirmed,
        proposal=proposal,
        plan=plan,
        changing=changing,
        still=0 if plan is None else sum(one.state == "unchanged" for one in plan.flows),
        problems=[_problem(request, one) for one in proposal.errors[:MOST_PROBLEMS]],
        more_problems=max(len(proposal.errors) - MOST_PROBLEMS, 0),
        tests=_tests(proposal),
        others=[
            _titles(mine, files, one) or one
            for one in files.unsaved(subject.person)
            if one != subject.file
        ],
        titles={one.file: _titles(saved, files, one.file) for one in proposal.differing},
        by_file={one.file: one for one in proposal.differing},
        asks=plan is not None and asks(request, plan),
        in_flight=in_flight,
        states=wording.STATES,
        file_changes=wording.FILE_CHANGES,
        labels=None if plan is None else wording.Labels(plan),
        unprovided=_unprovided(service, saved),
        channel_names=CHANNELS,
        played=backtests.in_short(request),
        fate_of=wording.fate_of,
        times_of=wording.times_of,
        saved_by=lambda saver: wording.saved_by(saver, subject.person),
    )


def _unprovided(service: Service, project: Project) -> list[Unprovided]:
    """The steps whose messages find no way out, as the running house can send."""
    providers = service.live.providers
    return [] if providers is None else unprovided(project, providers)


def _tests(proposal: Proposal) -> list[dict[str, Any]]:
    """By flow: its title, the tests that fail and those that pass."""
    return [
        {
            "title": one.title or one.flow,
            "failed": [it for it in proposal.tests if it.flow == one.flow and not it.passed],
            "passed": [it for it in proposal.tests if it.flow == one.flow and it.passed],
        }
        for one in proposal.changing
    ]


def _titles(project: Project, files: Documents, file: str) -> str:
    """The titles of the flows in a file, "" where it has none."""
    flows = _flows_of(next((it for it in project.files if files.file_of(it.name) == file), None))
    return " · ".join(one.title or one.name for one in flows)


def _flows_of(file: FlowFile | None) -> list[tree.Flow]:
    declared = () if file is None else file.tree.declarations
    return [one for one in declared if isinstance(one, tree.Flow)]


def _problem(request: Request, one: Diagnostic) -> dict[str, Any]:
    """An error with the page on which it can be mended, "" for none."""
    files = documents(request)
    flows = _flows_of(next((it for it in files.project().files if it.name == one.file), None))
    own = [it for it in flows if it.span.line <= one.span.line <= it.span.end_line]
    flow = next(iter(own or flows), None)
    return {
        "title": "" if flow is None else flow.title or flow.name,
        "where": files.shown(str(Path(one.file))),
        "line": one.span.line,
        "says": f"{one.message} {one.hint}".strip(),
        "page": "" if flow is None else f"/flows/{quote(flow.name, safe='')}",
    }


def _told(done: Done) -> dict[str, Any]:
    plan = done.published.plan
    labels = wording.Labels(plan)
    targets = {
        (flow.flow, one.version, one.step): labels.target_of(flow, one)
        for flow in plan.flows
        for one in flow.people
    }
    moved: dict[str, list[tuple[int, str]]] = {}
    for one in done.published.moved:
        place = (one.flow, one.version, one.step)
        says = wording.move_of(one.how, labels.of(*place), targets.get(place, one.target or ""))
        moved.setdefault(one.flow, []).append((one.people, says))
    titles = {one.flow: one.title or one.flow for one in plan.flows}
    flows = [*sorted(done.published.versions), *sorted(done.published.removed)]
    return {
        "subject": done.subject,
        "commit": done.commit,
        "store": plan.store,
        "flows": [
            {
                "name": flow,
                "title": titles[flow],
                "version": done.published.versions.get(flow),
                "moved": moved.get(flow, []),
                "staying": plan.of(flow).inside if plan.in_flight == "finish" else 0,
            }
            for flow in flows
        ],
    }


def _done(request: Request) -> Kept[str, Done]:
    """The last publishes from the pages of this server."""
    found: Kept[str, Done] | None = getattr(request.app.state, "published", None)
    if found is None:
        found = request.app.state.published = Kept(_DONE)
    return found
