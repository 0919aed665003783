"""A folder of flows, compiled: the seam between the language and a running service."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsl import tree
from dsl.graph import StepGraph
from engine.model import Instant
from engine.shop import Shop


@dataclass(frozen=True, slots=True)
class CompiledProject:
    """A project and its errors, one line of text each."""

    project: Any
    errors: list[str]

    @property
    def graphs(self) -> dict[str, StepGraph]:
        return dict(self.project.graphs)

    def hashes(self, messages: str) -> dict[str, str]:
        """By flow, the hash of all that may change what it does or says."""
        shared = hashlib.sha256(messages.encode())
        for declaration in self.project.declarations:
            if not isinstance(declaration, tree.Flow | tree.Test):
                shared.update(repr(declaration).encode("utf-8", "backslashreplace"))
        around = shared.hexdigest()
        return {
            flow: hashlib.sha256(f"{graph.hash}{around}".encode()).hexdigest()
            for flow, graph in self.graphs.items()
        }

    def shop(
        self,
        versions: dict[str, int],
        *,
        secret: str,
        max_lateness: Instant | None = None,
    ) -> Shop:
        """The project ready to run, with the given version numbers."""
        from engine.shop import build_shop

        shop = build_shop(self.project, versions=versions)
        shop.secret = secret
        if max_lateness is not None:
            shop.max_lateness = max_lateness
        return shop


def compile_folder(folder: Path) -> CompiledProject:
    from dsl.project import load_project

    project = load_project(folder)
    errors = [
        f"{one.file}:{one.span.line}:{one.span.column}: {one.message}"
        for one in project.diagnostics
        if one.severity == "error"
    ]
    return CompiledProject(project, errors)
