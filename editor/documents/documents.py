"""A project's files as each person has them: the files on the disk with the person's drafts."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from dsl.project import Project
from editor.documents import beginnings, disk
from editor.documents.changing import planned
from editor.documents.desk import Desk, standing
from editor.documents.document import Document, FileChange, NotEditableError, Saved, Side
from editor.documents.drafts import Draft, Drafts
from editor.documents.journal import Journal
from editor.documents.kept import Texts
from editor.documents.merging import chosen
from editor.documents.projects import Projects
from editor.documents.saving import saved
from editor.documents.watching import Watching
from engine.core.model import Instant
from engine.service.service import Service
from engine.store.drafts import Save


class Documents:
    """The files of one project folder, and everybody's drafts. Safe to use from several threads.

    Files are named by their path below the folder (`cart.flow`), or as the project names them; each
    call raises NotEditableError for a name that is no content of this project.

    The service must have been started. What a killed server left half saved is put right at once.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._projects = Projects(folder)
        self._drafts = Drafts(service)
        self._desk = Desk(self._projects, self._drafts)
        self._journal = Journal(folder, service.data_dir)
        self._watching = Watching(folder)
        self._journal.recover()

    # --- reading --------------------------------------------------------------------------

    def project(self, person: str | None = None) -> Project:
        """The project as its files stand now, broken ones included; for a person with the flow
        files as their drafts have them.
        """
        with self._lock:
            if person is None:
                return self._projects.saved()
            drafts = self._desk.all_drafts(person)
            changed = {file: one.text for file, one in drafts.items() if file.endswith(".flow")}
            return self._projects.laid_over(changed) if changed else self._projects.saved()

    def document(self, person: str, file: str) -> Document:
        """A file as this person has it, who has it open from now on: should it go from the disk,
        what they see stays as a draft.
        """
        with self._lock:
            return self._desk.document(person, self.file_of(file))

    def content(self, person: str, file: str) -> Iterable[bytes]:
        """The bytes of a file as this person has it, all of them, in pieces: a file that is too
        long to be edited is read while one goes through them.
        """
        with self._lock:
            return self._desk.content(person, self.file_of(file))

    def unsaved(self, person: str) -> list[str]:
        """The files in which this person has changed something and not saved it, sorted."""
        with self._lock:
            drafts = self._desk.all_drafts(person)
            return sorted(file for file, one in drafts.items() if one.text != one.base)

    @property
    def texts(self) -> Texts:
        """What the texts say that people have, each read once."""
        return self._projects.texts

    def file_of(self, name: str | Path) -> str:
        """The path below the folder of a file that the project, or somebody, names."""
        return disk.file_below(self.folder, name)

    def shown(self, file: str) -> str:
        """A file's name as people know it: from the project's folder on."""
        # Not `Path.resolve`, which refuses a link that leads to itself.
        root = Path(os.path.realpath(self.folder))
        place = Path(os.path.realpath(Path(file).parent)) / Path(file).name
        return str(place.relative_to(root.parent)) if place.is_relative_to(root.parent) else file

    def saves(self, since: Instant = 0) -> Iterable[Save]:
        """Who saved which file with what in it from that moment on, the oldest first."""
        return self._drafts.saves(since)

    # --- editing --------------------------------------------------------------------------

    def edit(self, person: str, file: str, state: str, text: str) -> Document:
        """Let the draft be this text, whose line ends and byte order mark may be left out.

        `state` is that of the draft the edit was made on. A text that says what the file says but
        for line ends is what the file holds, byte for byte.

        Raises:
            StaleError: the draft is another one by now.
            NotEditableError: the file cannot be edited, or not hold such a text.
        """
        return self.change(person, [FileChange(file, state, text)])[0]

    def change(self, person: str, changes: Sequence[FileChange]) -> list[Document]:
        """Make all of these changes in the person's drafts, or none; the documents, in order.

        Raises:
            StaleError: one was made on another text than the draft is by now.
            NotEditableError: one cannot be made.
        """
        with self._lock:
            self._drafts.change(person, planned(self._desk, person, changes))
            files = [self.file_of(one.renamed or one.file) for one in changes]
            return [self._desk.document(person, file) for file in files]

    def choose(self, person: str, file: str, number: int, side: Side) -> Document:
        """Settle one of a document's conflicts, counted from 0.

        Raises:
            NotEditableError: there is no such conflict, any more.
        """
        with self._lock:
            file = self.file_of(file)
            draft, found = self._desk.settle(person, file)
            if draft is None or draft.text is None or found.data is None or found.reason:
                raise NotEditableError("There is nothing to choose here any more.")
            base, mine = chosen(file, draft.base or b"", draft.text, found.data, number, side)
            settled = standing(file, Draft(base, mine, draft.was), found.data)
            self._drafts.change(person, {file: settled})
            return self._desk.document(person, file)

    def new(self, person: str, title: str) -> Document:
        """A draft of a new file with one flow of this title; the file appears when it is saved.

        Raises:
            NotEditableError: there is no title.
        """
        if not title.strip():
            raise NotEditableError("A flow needs a title.")
        with self._lock:
            project = self.project(person)
            taken = {one.path.stem for one in project.files} | project.flows.keys()
            taken |= {Path(file).stem for file in self._drafts.of(person)}
            name = beginnings.name_of(title, taken)
            text = beginnings.beginning(name, title)
            return self.change(person, [FileChange(f"{name}.flow", "", text)])[0]

    def discard(self, person: str, file: str) -> Document:
        """Give up a draft: what the file holds is what the person has."""
        with self._lock:
            file = self.file_of(file)
            self._desk.close(person, file)
            self._drafts.change(person, {file: None})
            return self._desk.document(person, file)

    # --- saving ---------------------------------------------------------------------------

    def save(self, person: str, file: str) -> Saved:
        """Write the draft into the file; what others saved meanwhile is merged. With a renamed file
        its old name goes.
        """
        with self._lock:
            file = self.file_of(file)
            return saved(self._desk, self._journal, person, [file])[file]

    def save_together(self, person: str, files: Sequence[str]) -> dict[str, Saved]:
        """Write the drafts of all these files, or of none; what became of each, by file."""
        with self._lock:
            names = [self.file_of(one) for one in files]
            return saved(self._desk, self._journal, person, names)

    # --- what others change ---------------------------------------------------------------

    def watch(self, callback: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call back, in a thread of ours, with the files that have changed on the disk, within five
        seconds; the answer ends that.
        """
        return self._watching.watch(callback)

    def changes(self) -> AsyncIterator[frozenset[str]]:
        """The files that have changed on the disk, as they change, until the reader has enough."""
        return self._watching.changes()

    def close(self) -> None:
        """Watch no more."""
        self._watching.close()
