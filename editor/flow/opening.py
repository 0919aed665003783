"""A flow as one person has it open: its draft, what that says, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from fastapi import HTTPException, Request

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.project import Project
from editor.access import person
from editor.documents import Document, Documents, is_silent, silent
from editor.documents.kept import Kept
from editor.flow.drawing import Drawing
from editor.flow.reading import Reading, Readings
from editor.language import _
from editor.running import documents

_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class Known:
    """Where a flow stood when it could be read last, and how it was drawn then."""

    file: str
    place: int
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Opened:
    """`broken` says what is wrong while the flow's own first line cannot be read. Where nothing of
    it is left in the text, `flow` is None and the drawing the last one there was.
    """

    person: str
    name: str
    document: Document
    reading: Reading
    flow: tree.Flow | None
    drawing: Drawing
    broken: str = ""


class Opening:
    """Finds flows for people, also those that are being renamed or broken."""

    def __init__(self, files: Documents) -> None:
        self.files = files
        self.readings = Readings(files.texts)
        self._known: Kept[tuple[str, str], list[Known]] = Kept(_REMEMBERED)

    def open(self, who: str, name: str) -> Opened | None:
        """The flow of this name, None where this person has none."""
        known = self._known.get((who, name), list)
        if known:
            # Where it stood it mostly stands still: no look at the whole project.
            document = self.files.document(who, known[0].file)
            if self.readings.of(document.name, document.text).flow(name) is not None:
                return self.of(who, name, document)
        file = self._file(who, name, known)
        return None if file is None else self.of(who, name, self.files.document(who, file))

    def of(self, who: str, name: str, document: Document) -> Opened | None:
        """The flow of this name in a document, as it says now."""
        known = self._known.get((who, name), list)
        reading = self.readings.of(document.name, document.text)
        before = self._before(name, known, document)
        if before is None and is_silent(reading.parsed.tree) and _stem(document.file) == name:
            # It has the name of its file until something in there says otherwise.
            before = Known(document.file, 0, _undrawn(name))
            known[:] = [before]
        flow = reading.flow(name)
        if flow is None and before is not None:
            declaration = reading.declaration(before.place)
            flow = declaration if isinstance(declaration, tree.Flow) else None
        if flow is None:
            if before is None:
                return None
            broken = _broken(reading, before.place)
            drawing = before.drawing.spoken()
            return Opened(who, name, document, reading, None, drawing, broken)
        drawing, place = reading.drawing(flow), reading.place(flow)
        known[:] = [Known(document.file, place, drawing)]
        if flow.unread:  # its name is a guess
            return Opened(who, name, document, reading, flow, drawing, _broken(reading, place))
        if flow.name != name:
            self._known.get((who, flow.name), list)[:] = known
        return Opened(who, flow.name, document, reading, flow, drawing)

    def imagined(self, opened: Opened, text: str) -> Opened:
        """The same flow in a text that no draft holds yet; nothing is remembered of it."""
        reading = self.readings.of(opened.document.name, text)
        flow = reading.flow(opened.name)
        if flow is None:
            known = self._known.get((opened.person, opened.name), list)
            before = self._before(opened.name, known, opened.document)
            declaration = None if before is None else reading.declaration(before.place)
            flow = declaration if isinstance(declaration, tree.Flow) else None
        if flow is None:
            return replace(opened, reading=reading, flow=None)
        name = opened.name if flow.unread else flow.name
        drawing = reading.drawing(flow)
        return replace(opened, name=name, reading=reading, flow=flow, drawing=drawing, broken="")

    def _file(self, who: str, name: str, known: list[Known]) -> str | None:
        """The file of a flow: where the person has it, had it, or all others have it."""
        mine, all_others = self.files.project(who), self.files.project()
        if known and any(self.files.file_of(one) == known[0].file for one in _places(mine, name)):
            return known[0].file  # also where others have another flow of this name by now
        if name in mine.flows:
            return self.files.file_of(mine.file_of(mine.flows[name]))
        if known:
            return known[0].file
        if name in all_others.flows:
            return self.files.file_of(all_others.file_of(all_others.flows[name]))
        undeclared = (self.files.file_of(one.name) for one in silent(mine))
        return next((file for file in undeclared if _stem(file) == name), None)

    def _before(self, name: str, known: list[Known], document: Document) -> Known | None:
        """What was known of the flow; after a start of the server, what its file says."""
        if known and known[0].file == document.file:
            return known[0]
        base = self.readings.of(document.name, document.base)
        flow = base.flow(name)
        if flow is None:
            return None
        return Known(document.file, base.place(flow), base.drawing(flow))


def _places(project: Project, name: str) -> Iterator[str]:
    """The files that declare a flow of this name."""
    for file in project.files:
        if any(isinstance(one, tree.Flow) and one.name == name for one in file.tree.declarations):
            yield file.name


def _stem(file: str) -> str:
    return PurePosixPath(file).stem


def _undrawn(name: str) -> Drawing:
    """What is drawn of a flow of which nothing was ever read."""
    flow = tree.Flow(name=name, title=None, headers=(), steps=tree.Block(()))
    return Drawing(compile_flow(flow)).spoken()


def _broken(reading: Reading, place: int) -> str:
    """What is wrong where the flow stood."""
    declaration = reading.declaration(place)
    problems = reading.parsed.diagnostics
    if declaration is not None:
        span = declaration.span
        problems = tuple(one for one in problems if span.start <= one.span.start <= span.end)
    if not problems:
        return _("This flow is no longer in the text.")
    said = f"{problems[0].message} {problems[0].hint}".strip()
    return _("Line {line}: {message}", line=problems[0].span.line, message=said)


def opening(request: Request) -> Opening:
    """The flows that people have open, of this server."""
    found: Opening | None = getattr(request.app.state, "opening", None)
    if found is None:
        found = request.app.state.opening = Opening(documents(request))
    return found


def open_flow(request: Request, name: str) -> Opened | None:
    """The flow of this name as whoever asks has it."""
    return opening(request).open(person(request), name)


def asked_for(request: Request, name: str) -> Opened:
    """The same, for who has to have one.

    Raises:
        HTTPException: 404 where this person has no flow of that name.
    """
    opened = open_flow(request, name)
    if opened is None:
        raise HTTPException(404, _("There is no flow called {name} in these files.", name=name))
    return opened


def shown(request: Request, opened: Opened) -> str:
    """The path of a flow's file from the folder on in which the project lies."""
    return documents(request).shown(str(Path(opened.document.name)))
