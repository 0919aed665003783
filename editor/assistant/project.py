"""The project as it would be with what the assistant proposes, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from editor.documents import proposed
from editor.documents.proposed import Proposal
from engine.service.client import ask
from engine.service.folder import opened
from engine.service.operations import Operation
from engine.settings import read_settings
from engine.store.connection import Reader
from engine.store.errors import NoDatabaseError


class Shop:
    """A data folder and the folder of its flows."""

    def __init__(self, data: Path, flows: Path) -> None:
        self.data = data
        self.flows = flows.resolve()

    def do(self, operation: Operation, request: dict[str, Any]) -> dict[str, Any]:
        """By the server that owns the data, here where none runs.

        Raises:
            PlainError: it was refused.
        """
        answer = ask(self.data, operation.name, request)
        if answer is not None:
            return answer
        with opened(self.data, operation.needs) as here:
            done: dict[str, Any] = orjson.loads(orjson.dumps(operation.run(here, request)))
            return done

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """One moment of the database.

        Raises:
            NoDatabaseError: there is none.
        """
        with read_settings().database(self.data).reader() as reader:
            yield reader

    def proposals(self) -> dict[str, Proposal]:
        """By file what is proposed for it; nothing where there is no database."""
        try:
            with self.reader() as reader:
                return proposed.proposals(reader)
        except NoDatabaseError:
            return {}

    @contextmanager
    def proposed(self) -> Iterator[Path]:
        """A folder that holds the project with the proposals in it, until the end of the block."""
        with tempfile.TemporaryDirectory(prefix="headrace-proposed-") as place:
            folder = Path(place).resolve() / self.flows.name
            shutil.copytree(self.flows, folder, symlinks=True, ignore=shutil.ignore_patterns(".*"))
            for file, proposal in self.proposals().items():
                path = folder / file
                if path.parent.resolve().is_relative_to(folder):
                    path.unlink(missing_ok=True)
                    if proposal.text is not None:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(proposal.text)
            yield folder
