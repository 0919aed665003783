"""What the assistant proposes, as drawings with ghosts; a person takes it over or rejects it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from dsl import tree
from dsl.graph.drawing import picture
from dsl.graph.spoken import spoken
from editor.access import MARKETERS, author, own_form, person, signed_in
from editor.assistant import texts
from editor.documents import ASSISTANT, Documents, FileChange, NotEditableError, StaleError
from editor.documents.contents import readable
from editor.documents.merging import merged
from editor.documents.proposed import proposals
from editor.language import _, noop
from editor.publishing.comparing import Line, compared, drawn
from editor.rendering import page
from editor.running import Files, Running
from editor.sentences import retold
from engine.service.service import Service
from engine.store import audit
from engine.store.writer import Transaction

router = APIRouter(dependencies=[Depends(signed_in)])

_LOOKS: Final = noop("You may look at flows; changing them takes a marketer.")


@dataclass(frozen=True, slots=True)
class Change:
    """A flow that a proposal changes: `picture` is its drawing, "" where nothing is drawn anew."""

    name: str
    title: str
    picture: str
    steps: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A file of the proposal: what it says otherwise, and which flows that changes."""

    file: str
    new: bool
    lines: list[Line]
    flows: list[Change]


@router.get("/llms.txt")
def language() -> Response:
    """The language of the flows, for a language model."""
    return Response(texts.text("llms.txt"), media_type="text/plain; charset=utf-8")


@router.get("/proposal")
def look(request: Request, files: Files) -> Response:
    """All that is proposed."""
    return _page(request, files)


@router.get("/flows/{name}/proposal")
def look_at_one(request: Request, service: Running, files: Files, name: str) -> Response:
    """What is proposed for one flow, for its page; elsewhere all of it."""
    if request.headers.get("hx-request") != "true":
        return RedirectResponse("/proposal", 303)
    for file, (base, text) in _waiting(service, files).items():
        if file.endswith(".flow"):
            for one in _changes(readable(base or b""), readable(text or b"")):
                if one.name == name:
                    return page(request, "proposal_flow.html", flow=one, level=2, alone=True)
    return Response("")


@router.post("/proposal/accept", dependencies=[Depends(own_form)])
def accept(request: Request, service: Running, files: Files) -> Response:
    """Take all of it over into this person's drafts, which they save and publish, or do not."""
    who = author(request, MARKETERS, _(_LOOKS))
    me = person(request)
    changes = []
    for file, (base, text) in _waiting(service, files).items():
        document = files.document(me, file)
        mine = b"".join(files.content(me, file))
        # What I have and what is proposed, both made of the same; a new file is only proposed.
        both = merged(file, base or b"", mine, text or b"").data if mine else text
        if document.deleted or both is None:
            said = _("You have changed the same lines of %(file)s. Save or discard that first.")
            return _page(request, files, problem=said % {"file": file}, status=409)
        known = document.state if mine or document.status != "saved" else ""
        changes.append(FileChange(file, known, readable(both)))
    try:
        files.change(me, changes)
    except (StaleError, NotEditableError) as error:
        said = retold(str(error)) if isinstance(error, NotEditableError) else _("Look again.")
        return _page(request, files, problem=said, status=409)
    _settle(service, files, who, "accept", [one.file for one in changes])
    first = next((one.name for one in _flows(files.project(me), changes)), "")
    return RedirectResponse(f"/flows/{first}" if first else "/flows", 303)


@router.post("/proposal/reject", dependencies=[Depends(own_form)])
def reject(request: Request, service: Running, files: Files) -> Response:
    """Let all of it go."""
    who = author(request, MARKETERS, _(_LOOKS))
    _settle(service, files, who, "reject", list(_waiting(service, files)))
    return RedirectResponse("/flows", 303)


def _flows(project: Any, changes: list[FileChange]) -> list[tree.Flow]:
    wanted = {one.file for one in changes}
    return [
        flow for flow in project.flows.values()
        if any(project.file_of(flow).endswith(f"/{file}") for file in wanted)
    ]  # fmt: skip


def _waiting(service: Service, files: Documents) -> dict[str, tuple[bytes | None, bytes | None]]:
    """By file what it holds and what is proposed, of what differs still."""
    waiting = files.unsaved(ASSISTANT)  # a look, which brings them onto what lies on the disk
    with service.database.reader() as reader:
        return {file: one for file, one in proposals(reader).items() if file in waiting}


def _settle(service: Service, files: Documents, who: str, act: str, settled: list[str]) -> None:
    for file in settled:
        files.discard(ASSISTANT, file)
    if not settled:
        raise HTTPException(409, _("There is no proposal any more."))
    now = service.clock.now()

    def work(transaction: Transaction) -> None:
        audit.note(transaction, audit.Act(now, who, f"{act} proposal", {"files": settled}))

    service.writer.run(work)


def _page(request: Request, files: Documents, *, problem: str = "", status: int = 200) -> Response:
    service: Service = request.app.state.service
    found = [
        Proposed(
            file,
            base is None,
            compared(readable(base or b""), readable(text or b"")),
            _changes(readable(base or b""), readable(text or b""))
            if file.endswith(".flow")
            else [],
        )
        for file, (base, text) in sorted(_waiting(service, files).items())
    ]
    found.sort(key=lambda one: not one.flows)
    return page(request, "proposal.html", status=status, proposed=found, problem=problem)


def _changes(old: str, new: str) -> list[Change]:
    """The flows of a file that would be drawn otherwise."""
    from dsl.graph.compiler import compile_flow
    from dsl.graph.differing import difference
    from dsl.parsing.parser import parse

    found = []
    flows = (one for one in parse(new).tree.declarations if isinstance(one, tree.Flow))
    for flow in flows:
        both = drawn(old, new, flow.name)
        if both is None:  # a flow that is not there yet: all of it is new
            empty = tree.Flow(name=flow.name, title=flow.title, headers=flow.headers,
                              steps=tree.Block(()))  # fmt: skip
            both = difference(compile_flow(empty), compile_flow(flow))
        if not both.marks:
            continue
        graph = spoken(both.graph, _)
        labels = {node.id: node.label for node in graph.nodes}
        steps = [
            {"mark": both.marks[node.id], "label": labels[node.id], "step": node.id,
             "was": both.was.get(node.id, "")}
            for node in graph.nodes if node.id in both.marks
        ]  # fmt: skip
        shown = Markup(picture(graph, both.marks))  # noqa: S704 - all words are escaped
        found.append(Change(flow.name, flow.title or flow.name, shown, steps))
    return found
