"""Where a project lies: every verb takes a path in the same ways."""

from __future__ import annotations

from pathlib import Path

from dsl.project import MESSAGES, flow_files
from engine.errors import RefusedError


class NoProjectError(RefusedError):
    """There is nothing to check, run or publish; the sentence says what begins a project."""


def project_folder(path: Path) -> Path:
    """The folder of the project that `path` names: a folder that holds `.flow` files at any depth,
    or one of its files, which stands for all that lie beside it.

    Raises:
        NoProjectError: there is no such path, or no `.flow` file in it.
    """
    if not path.exists():
        raise NoProjectError(
            f"There is no file or folder `{path}`. `headrace new FOLDER` starts a shop; a folder of"
            " your own is named on the command line."
        )
    if path.is_file():
        return _around(path)
    if not flow_files(path):
        raise NoProjectError(
            f"There are no .flow files in `{path}`. `headrace new {path}` starts a shop there."
        )
    return path


def messages_folder(path: Path) -> Path:
    """The `messages/` folder of the project at `path`, wherever it lies in it; `path` itself where
    there is none.
    """
    folder = path.parent if path.is_file() else path
    found = [folder / MESSAGES, *sorted(folder.rglob(MESSAGES))]
    return next((one for one in found if one.is_dir()), folder)


def _around(file: Path) -> Path:
    """The highest folder above a file of which each one between holds flows."""
    folder = file.parent
    while any(folder.resolve().parent.glob("*.flow")):
        folder = folder.resolve().parent
    return folder
