"""The flow files of a folder, read again only when one of them has changed."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from dsl.project import Project, flow_files, load_project

_Stamp = tuple[tuple[str, int, int], ...]


class Documents:
    """Reads a project folder for the pages. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._project: Project | None = None

    def project(self) -> Project:
        """The project as its files stand now, broken ones included."""
        with self._lock:
            stamp = self._look()
            if self._project is None or stamp != self._stamp:
                self._project, self._stamp = load_project(self.folder), stamp
            return self._project

    def shown(self, file: str) -> str:
        """A file's name as people know it: from the project's folder on."""
        path, root = Path(file).resolve(), self.folder.resolve()
        return str(path.relative_to(root.parent)) if path.is_relative_to(root.parent) else file

    def _look(self) -> _Stamp:
        found = [(str(path), path.stat()) for path in flow_files(self.folder)]
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def digest(text: str) -> str:
    """SHA-256 (hex) of a document: what an edit must name to be let in."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
