"""The files of a project as they are published: read from a folder, kept in rows, laid out."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson

from dsl.project import project_files
from engine.errors import NothingPublishedError
from engine.store import publications
from engine.store.rows import Rows

_SUFFIXES = {".flow", ".mjml", ".liquid", ".html", ".txt"}


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a project: text by path below its folder."""

    files: dict[str, str]

    @property
    def hash(self) -> str:
        digest = hashlib.sha256()
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\0{len(text)}\0".encode())
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def read_sources(folder: Path) -> Sources:
    """The project's files. Raises NothingPublishedError for a folder without flows."""
    files: dict[str, str] = {}
    if folder.is_dir():
        for path in project_files(folder):
            if path.suffix in _SUFFIXES:
                name = path.relative_to(folder).as_posix()
                files[name] = path.read_bytes().decode("utf-8", "surrogateescape")
    if not any(name.endswith(".flow") for name in files):
        raise NothingPublishedError(
            f"there are no .flow files in {folder}; `headrace new {folder}` starts a shop there"
        )
    return Sources(files)


def unpack(sources: Sources, published: Path) -> Path:
    """Lay the files out under `published`, once for each content."""
    folder = published / sources.hash[:16]
    if folder.is_dir():
        return folder
    # Laid out aside and renamed: a folder of that name is always whole, whoever was killed.
    published.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=published, prefix="laying-out-") as made:
        aside = Path(made) / "project"
        for name, text in sources.files.items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            aside.rename(folder)
        except OSError:
            # Somebody else was quicker: what lies there says the same.
            if not folder.is_dir():
                raise
    return folder


def packed(files: dict[str, str]) -> bytes:
    """Files as they are kept in a row."""
    # Bytes that are no UTF-8 are kept as Latin-1 behind a mark: orjson takes no lone surrogates.
    return orjson.dumps({
        name: text if text.isascii() or _is_plain(text) else
        {"latin1": text.encode("utf-8", "surrogateescape").decode("latin-1")}
        for name, text in files.items()
    })  # fmt: skip


def _is_plain(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _unpacked(packed: bytes) -> dict[str, str]:
    return {
        name: text
        if isinstance(text, str)
        else text["latin1"].encode("latin-1").decode("utf-8", "surrogateescape")
        for name, text in orjson.loads(packed).items()
    }


def sources_of(flows: bytes, messages: bytes) -> Sources:
    """The sources of a publication's row."""
    return Sources({**_unpacked(flows), **_unpacked(messages)})


def differs(rows: Rows, folder: Path) -> bool:
    """Whether a folder says something else than what was published last, in whatever folder that
    lay. A folder without flows differs from everything.
    """
    newest = publications.newest(rows)
    try:
        here = read_sources(folder)
    except NothingPublishedError:
        return True
    return newest is None or _said(here) != _said(sources_of(*newest))


def _said(sources: Sources) -> list[tuple[str, str]]:
    return sorted((name.rpartition("/")[2], text) for name, text in sources.files.items())
