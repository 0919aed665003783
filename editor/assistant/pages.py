"""What the assistant proposes, as drawings with ghosts; a person takes it over or rejects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request
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
from editor.documents.proposed import Proposal, proposals
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
    """A file of the proposal: what it says otherwise, and which flows that changes. `was` is the
    name that it has until then, where it is to have another.
    """

    file: str
    new: bool
    deleted: bool
    was: str
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
    waiting = _waiting(service, files)
    for one in _pieces(waiting):
        for change in _changes(*_texts(waiting, one)) if one.endswith(".flow") else ():
            if change.name == name:
                return page(request, "proposal_flow.html", flow=change, level=2, alone=True)
    return Response("")


File = Annotated[str, Form(max_length=400)]
"""The one file that is meant; "" for all of it."""


@router.post("/proposal/accept", dependencies=[Depends(own_form)])
def accept(request: Request, service: Running, files: Files, file: File = "") -> Response:
    """Take it, or one file of it, over into this person's drafts, which they save and publish, or
    do not.
    """
    who = author(request, MARKETERS, _(_LOOKS))
    me = person(request)
    waiting = _waiting(service, files)
    changes = []
    for one in _chosen(waiting, file):
        change = _change(files, me, waiting, one)
        if change is None:
            said = _("You have changed the same lines of %(file)s. Save or discard that first.")
            return _page(request, files, problem=said % {"file": one}, status=409)
        changes.append(change)
    try:
        files.change(me, changes)
    except (StaleError, NotEditableError) as error:
        said = retold(str(error)) if isinstance(error, NotEditableError) else _("Look again.")
        return _page(request, files, problem=said, status=409)
    _settle(service, files, who, "accept", waiting, _chosen(waiting, file))
    if _waiting(service, files):
        return RedirectResponse("/proposal", 303)
    first = next((one.name for one in _flows(files.project(me), changes)), "")
    return RedirectResponse(f"/flows/{first}" if first else "/flows", 303)


@router.post("/proposal/reject", dependencies=[Depends(own_form)])
def reject(request: Request, service: Running, files: Files, file: File = "") -> Response:
    """Let it, or one file of it, go."""
    who = author(request, MARKETERS, _(_LOOKS))
    waiting = _waiting(service, files)
    _settle(service, files, who, "reject", waiting, _chosen(waiting, file))
    return RedirectResponse("/proposal" if _waiting(service, files) else "/flows", 303)


def _change(
    files: Documents, me: str, waiting: Mapping[str, Proposal], file: str
) -> FileChange | None:
    """What taking a file over changes in a person's drafts; None where they have changed the same
    meanwhile.
    """
    proposal = waiting[file]
    before = proposal.was or file
    base = waiting[before].base if before in waiting else None
    document = files.document(me, before)
    mine = b"".join(files.content(me, before))
    if document.deleted:
        return None
    if proposal.text is None:
        return FileChange(file, document.state, deleted=True) if mine == base else None
    # What I have and what is proposed, both made of the same; a new file is only proposed.
    both = merged(file, base or b"", mine, proposal.text).data if mine else proposal.text
    if both is None or (proposal.was and base is None):
        return None
    known = document.state if mine or document.status != "saved" else ""
    return FileChange(before, known, readable(both), renamed=file if proposal.was else "")


def _flows(project: Any, changes: list[FileChange]) -> list[tree.Flow]:
    wanted = {one.renamed or one.file for one in changes}
    return [
        flow for flow in project.flows.values()
        if any(project.file_of(flow).endswith(f"/{file}") for file in wanted)
    ]  # fmt: skip


def _waiting(service: Service, files: Documents) -> dict[str, Proposal]:
    """By file what is proposed, of what differs still."""
    waiting = files.unsaved(ASSISTANT)  # a look, which brings them onto what lies on the disk
    with service.database.reader() as reader:
        return {file: one for file, one in proposals(reader).items() if file in waiting}


def _pieces(waiting: Mapping[str, Proposal]) -> list[str]:
    """The files that can be taken over each by itself: an old name goes with its new one."""
    before = {one.was for one in waiting.values() if one.was}
    return sorted(waiting.keys() - before)


def _chosen(waiting: Mapping[str, Proposal], file: str) -> list[str]:
    return [one for one in _pieces(waiting) if file in ("", one)]


def _texts(waiting: Mapping[str, Proposal], file: str) -> tuple[str, str]:
    """What was, and what is proposed."""
    proposal = waiting[file]
    old = waiting.get(proposal.was, proposal) if proposal.was else proposal
    return readable(old.base or b""), readable(proposal.text or b"")


def _settle(
    service: Service,
    files: Documents,
    who: str,
    act: str,
    waiting: Mapping[str, Proposal],
    settled: list[str],
) -> None:
    for file in settled:
        for half in (file, waiting[file].was):
            if half:
                files.discard(ASSISTANT, half)
    if not settled:
        raise HTTPException(409, _("There is no proposal any more."))
    now = service.clock.now()

    def work(transaction: Transaction) -> None:
        audit.note(transaction, audit.Act(now, who, f"{act} proposal", {"files": settled}))

    service.writer.run(work)


def _page(request: Request, files: Documents, *, problem: str = "", status: int = 200) -> Response:
    service: Service = request.app.state.service
    waiting = _waiting(service, files)
    found = []
    for file in _pieces(waiting):
        old, new = _texts(waiting, file)
        one = waiting[file]
        flows = _changes(old, new) if file.endswith(".flow") else []
        is_new = one.base is None and not one.was
        found.append(Proposed(file, is_new, one.text is None, one.was, compared(old, new), flows))
    found.sort(key=lambda one: not one.flows)
    return page(request, "proposal.html", status=status, proposed=found, problem=problem)


def _changes(old: str, new: str) -> list[Change]:
    """The flows of a file that would be drawn otherwise."""
    from dsl.graph.compiler import compile_flow
    from dsl.graph.differing import difference
    from dsl.parsing.parser import parse

    found = []
    then, now = (
        {one.name: one for one in parse(text).tree.declarations if isinstance(one, tree.Flow)}
        for text in (old, new)
    )
    for name in [*now, *(then.keys() - now.keys())]:
        flow = now.get(name) or then[name]
        both = drawn(old, new, name)
        if both is None:  # a flow that is not there yet, or not any more: all of it is new, or goes
            empty = compile_flow(
                tree.Flow(name=name, title=flow.title, headers=flow.headers, steps=tree.Block(()))
            )
            all_of_it = compile_flow(flow)
            both = difference(empty, all_of_it) if name in now else difference(all_of_it, empty)
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
