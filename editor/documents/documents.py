"""A project's files as each person has them: the files on the disk with the person's drafts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from dsl.graph.drawing import Layout
from dsl.graph.graph import StepGraph
from dsl.parsing.source import BOM, MAX_BYTES
from dsl.project import FlowFile, Project, flow_files, load_project
from editor.documents import beginnings, disk
from editor.documents.contents import alike, digest, dressed, readable
from editor.documents.disk import OnDisk
from editor.documents.document import (
    Document,
    NotEditableError,
    Saved,
    Side,
    StaleError,
    Status,
)
from editor.documents.drafts import Draft, Drafts
from editor.documents.kept import Kept, Texts
from editor.documents.merging import chosen, merged
from engine.service.service import Service

_PROJECTS: Final = 16
_TRIES: Final = 5

_Stamp = tuple[tuple[str, int, int, int, int], ...]


class Documents:
    """The files of one project folder, and everybody's drafts. Safe to use from several threads.

    Files are named by their path below the folder (`cart.flow`), or as the project names them.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self._service = service
        self._lock = threading.RLock()
        self._drafts = Drafts()
        self._texts = Texts()
        self._projects: Kept[tuple[object, ...], Project] = Kept(_PROJECTS)
        self._stamp: _Stamp | None = None
        self._project: Project | None = None

    # --- reading --------------------------------------------------------------------------

    def project(self, person: str | None = None) -> Project:
        """The project as its files stand now, broken ones included; for a person with the flow
        files as their drafts have them.
        """
        with self._lock:
            project = self._saved()
            if person is None:
                return project
            drafts = self._settled(person)
            changed = {file: one.text for file, one in drafts.items() if file.endswith(".flow")}
            if not changed:
                return project
            key = (self._stamp, *sorted((file, _hash(d)) for file, d in changed.items()))
            return self._projects.get(key, lambda: self._laid_over(project, changed))

    def document(self, person: str, file: str) -> Document:
        """A file as this person has it, also where it is gone or was never there.

        Raises:
            NotEditableError: it is no content of this project.
        """
        with self._lock:
            file = self.file_of(file)
            return self._document(file, *self._settle(person, file))

    def unsaved(self, person: str) -> list[str]:
        """The files that this person has drafts of, sorted."""
        with self._lock:
            return sorted(self._settled(person))

    def layout(self, graph: StepGraph) -> Layout:
        """The places of a graph's steps, laid out once for each graph."""
        return self._texts.layout(graph)

    def file_of(self, name: str | Path) -> str:
        """The path below the folder of a file that the project, or somebody, names.

        Raises:
            NotEditableError: it is no content of this project.
        """
        return disk.file_below(self.folder, name)

    def name_of(self, file: str) -> str:
        """What the project and its diagnostics call a file."""
        return str(self.folder / file)

    def shown(self, file: str) -> str:
        """A file's name as people know it: from the project's folder on."""
        path, root = Path(file).resolve(), self.folder.resolve()
        return str(path.relative_to(root.parent)) if path.is_relative_to(root.parent) else file

    # --- editing --------------------------------------------------------------------------

    def edit(self, person: str, file: str, state: str, text: str) -> Document:
        """Let the draft be this text, whose line ends and byte order mark may be left out.

        `state` is that of the draft the edit was made on. A text that says what the file says but
        for line ends is what the file holds, byte for byte.

        Raises:
            StaleError: the draft is another one by now.
            NotEditableError: the file cannot be edited, or not hold such a text.
        """
        with self._lock:
            file = self.file_of(file)
            draft, found = self._settle(person, file)
            document = self._document(file, draft, found)
            if document.state != state:
                raise StaleError(document)
            if document.read_only:
                raise NotEditableError(document.read_only)
            data = _encoded(_with_ends(text, document.text))
            base = draft.base if draft is not None else found.data
            was = draft.was if draft is not None else ""
            edited = _on(Draft(base, data, was), found.data)
            self._drafts.change(person, {file: edited})
            return self._document(file, edited, found)

    def choose(self, person: str, file: str, number: int, side: Side) -> Document:
        """Settle one of a document's conflicts, counted from 0.

        Raises:
            NotEditableError: there is no such conflict, any more.
        """
        with self._lock:
            file = self.file_of(file)
            draft, found = self._settle(person, file)
            document = self._document(file, draft, found)
            if draft is None or not 0 <= number < len(document.conflicts):
                raise NotEditableError("There is nothing to choose here any more.")
            theirs = readable(found.data or b"")
            base, mine = chosen(readable(draft.base or b""), document.text, theirs, number, side)
            settled = _on(Draft(base.encode(), mine.encode(), draft.was), found.data)
            self._drafts.change(person, {file: settled})
            return self._document(file, settled, found)

    def new(self, person: str, title: str) -> Document:
        """A draft of a new file with one flow of this title; the file appears when it is saved.

        Raises:
            NotEditableError: there is no title.
        """
        if not title.strip():
            raise NotEditableError("A flow needs a title.")
        with self._lock:
            taken = {Path(one.name).stem for one in self.project(person).files}
            taken |= self.project(person).flows.keys()
            taken |= {Path(file).stem for file in self._drafts.of(person)}
            name = beginnings.name_of(title, taken)
            file = f"{name}.flow"
            text = beginnings.beginning(name, title)
            self._drafts.change(person, {file: Draft(None, text.encode())})
            return self._document(file, *self._settle(person, file))

    # --- saving ---------------------------------------------------------------------------

    def save(self, person: str, file: str) -> Saved:
        """Write the draft into the file; what others saved meanwhile is merged.

        Raises:
            NotEditableError: it is no content of this project.
        """
        with self._lock:
            file = self.file_of(file)
            before = self._drafts.of(person).get(file)
            for _ in range(_TRIES):
                draft, found = self._settle(person, file)
                document = self._document(file, draft, found)
                if document.read_only:
                    return Saved("refused", document, reason=document.read_only)
                if document.conflicts:
                    return Saved("conflict", document, reason="Somebody else changed the same.")
                if draft is None and found.data is not None:
                    return Saved("saved", document, merged=False)
                try:
                    disk.put(self.folder, file, document.text.encode(), found.data)
                except disk.ChangedError:
                    continue
                except NotEditableError as error:
                    return Saved("refused", document, reason=str(error))
                except OSError as error:
                    reason = f"The file cannot be written: {error.strerror}."
                    return Saved("refused", document, reason=reason)
                self._drafts.change(person, {file: None})
                saved = self._document(file, *self._settle(person, file))
                return Saved("saved", saved, merged=before != draft)
            reason = "The file keeps changing on the disk. Try again."
            return Saved("refused", document, reason=reason)

    # --- the inside, with the lock ---------------------------------------------------------

    def _saved(self) -> Project:
        stamp = self._stamps()
        if self._project is None or stamp != self._stamp:
            self._project, self._stamp = load_project(self.folder, self._read), stamp
        return self._project

    def _stamps(self) -> _Stamp:
        found = []
        for path in flow_files(self.folder):
            try:
                stat = path.stat()
            except OSError:
                continue
            row = str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
            found.append(row)
        return tuple(found)

    def _read(self, path: Path) -> FlowFile | None:
        found = disk.look(self.folder, str(path.relative_to(self.folder)))
        return None if found.data is None else self._texts.file(path, str(path), found.data)

    def _laid_over(self, project: Project, drafts: dict[str, bytes | None]) -> Project:
        files = [
            self._texts.file(self.folder / file, self.name_of(file), data)
            for file, data in drafts.items()
            if data is not None
        ]
        gone = {self.name_of(file) for file, data in drafts.items() if data is None}
        return project.with_files(files, gone)

    def _settled(self, person: str) -> dict[str, Draft]:
        """Everything that a person has changed, after a look at the disk."""
        found = {file: self._settle(person, file)[0] for file in self._drafts.of(person)}
        return {file: draft for file, draft in found.items() if draft is not None}

    def _settle(self, person: str, file: str) -> tuple[Draft | None, OnDisk]:
        """A draft, as it stands on what lies on the disk now: merged, or gone where it is that."""
        found = disk.look(self.folder, file)
        draft = self._drafts.of(person).get(file)
        if draft is None or found.reason:
            return draft, found
        settled = _on(draft, found.data)
        if settled != draft:
            self._drafts.change(person, {file: settled})
        return settled, found

    def _document(self, file: str, draft: Draft | None, found: OnDisk) -> Document:
        saved = readable(found.data) if found.data is not None else ""
        name = self.name_of(file)
        if draft is None:
            data = found.data or b""
            status: Status = "saved" if found.data is not None or found.reason else "unsaved"
            return Document(
                file, name, saved, digest(data), status, saved, found.reason, _notice(found)
            )
        data = draft.text or b""
        text, base = readable(data), readable(draft.base or b"")
        conflicts = () if found.reason or found.gone else merged(base, text, saved).conflicts
        return Document(
            file,
            name,
            text,
            digest(data),
            "conflict" if conflicts else "unsaved",
            "" if found.gone else base,
            found.reason,
            _notice(found) if draft.base is not None else "",
            conflicts,
        )


def _on(draft: Draft, data: bytes | None) -> Draft | None:
    """A draft on what the file holds now; None where it says the same."""
    if data is None or draft.text is None:
        return None if draft.text == data else draft
    mine, theirs = readable(draft.text), readable(data)
    if alike(mine, theirs):
        return None
    if draft.base == data:
        return draft
    text = merged(readable(draft.base or b""), mine, theirs).text
    if text is None:
        return draft
    return None if alike(text, theirs) else Draft(data, text.encode(), draft.was)


def _with_ends(text: str, known: str) -> str:
    if "\r" in known and "\r" not in text:
        return dressed(text, known)
    if known.startswith(BOM) and not text.startswith(BOM):
        return BOM + text
    return text


def _encoded(text: str) -> bytes:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotEditableError("There is half a character in this text. Type it again.") from None
    if len(data) > MAX_BYTES:
        raise NotEditableError(f"A file holds at most {MAX_BYTES // 1024} KB.")
    return data


def _hash(data: bytes | None) -> str:
    return "" if data is None else digest(data)


def _notice(found: OnDisk) -> str:
    return "This file is gone from the disk; saving makes it anew." if found.gone else ""
