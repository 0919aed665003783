"""The project as its files say, and as they would with somebody's drafts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dsl import tree
from dsl.project import FlowFile, Project, flow_files, load_project
from editor.documents import disk
from editor.documents.contents import digest, readable
from editor.documents.kept import Kept, Texts

_PROJECTS: Final = 16

_Stamp = tuple[tuple[str, int, int, int, int], ...]


class Projects:
    """Reads a folder again only when a flow file of it has changed, and parses no text twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = Texts()
        self._projects: Kept[tuple[object, ...], Project] = Kept(_PROJECTS)
        self._stamp: _Stamp | None = None
        self._project: Project | None = None
        self._known: dict[Path, FlowFile] = {}

    def saved(self) -> Project:
        """What the files say now. One that cannot be read says what it last said."""
        stamp = self._stamps()
        if self._project is None or stamp != self._stamp:
            self._project, self._stamp = load_project(self.folder, self._read), stamp
        return self._project

    def laid_over(self, drafts: Mapping[str, bytes | None]) -> Project:
        """The same where these flow files hold something else, or are not there (None)."""
        project = self.saved()
        hashes = ((file, "" if data is None else digest(data)) for file, data in drafts.items())
        key = self._stamp, *sorted(hashes)

        def make() -> Project:
            files = [self.file(name, data) for name, data in drafts.items() if data is not None]
            gone = {self.name_of(name) for name, data in drafts.items() if data is None}
            return project.with_files(files, gone)

        return self._projects.get(key, make)

    def file(self, name: str, data: bytes) -> FlowFile:
        """A flow file with these bytes, parsed once."""
        return self.texts.file(self.folder / name, self.name_of(name), data)

    def name_of(self, file: str) -> str:
        """What the project and its diagnostics call a file."""
        return str(self.folder / file)

    def _stamps(self) -> _Stamp:
        found = []
        for path in flow_files(self.folder):
            try:
                stat = path.stat()
            except OSError:  # gone since it was listed
                continue
            row = str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
            found.append(row)
        return tuple(found)

    def _read(self, path: Path) -> FlowFile | None:
        found = disk.look(self.folder, path.relative_to(self.folder).as_posix())
        known = self._known.get(path)
        if found.data is None:
            return known if found.reason else None
        if known is not None and known.text == readable(found.data):
            return known
        self._known[path] = file = self.texts.file(path, str(path), found.data)
        return file


def silent(project: Project) -> list[FlowFile]:
    """The files of which nothing can be read: empty, too long, or broken from the first line."""
    return [one for one in project.files if is_silent(one.tree)]


def is_silent(file: tree.File) -> bool:
    """Whether a file declares nothing that can be read."""
    return all(
        isinstance(one, tree.Unreadable) or (one.unread and not isinstance(one, tree.Flow))
        for one in file.declarations
    )
