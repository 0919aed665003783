"""A project, compiled: the seam between the language and what runs it, here or in a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dsl.checks import diagnose
from dsl.graph.graph import StepGraph
from dsl.graph.kinds import KINDS
from dsl.names import vocabulary
from dsl.project import Project, load_project
from engine.core.deployment import Deployment, compile_shop
from engine.core.model import HOUR, Instant
from engine.core.signals import BOUGHT
from engine.core.values import Types


@dataclass(frozen=True, slots=True)
class CompiledProject:
    """A project and what it takes to run it."""

    project: Project
    folder: Path

    def errors(self, written_in: Path) -> list[str]:
        """What keeps it from being published, a line of text each, by the files in `written_in`."""
        from engine.messages.checks import check_messages

        found = [*diagnose(self.project)]
        if self.project.messages is not None:
            found += check_messages(self.project)
        return [
            f"{written_in / Path(one.file).relative_to(self.folder)}"
            f":{one.span.line}:{one.span.column}: {one.message}"
            for one in found
            if one.severity == "error"
        ]

    @property
    def graphs(self) -> dict[str, StepGraph]:
        return dict(self.project.graphs)

    @property
    def sends(self) -> bool:
        """Whether any flow has a message to send, so that message files are needed."""
        return any(KINDS[node.kind].sends for graph in self.graphs.values() for node in graph.nodes)

    def deployment(
        self,
        versions: Mapping[str, int] | None = None,
        *,
        secret: str = "",
        max_lateness: Instant = 24 * HOUR,
        flows: set[str] | None = None,
    ) -> Deployment:
        """The project ready to run: `versions` by flow (1 where silent), `flows` narrows it.

        Expects a project without errors.
        """
        written: dict[str, frozenset[str]] | None = None
        topics: dict[tuple[str, str], str] = {}
        coupons: frozenset[tuple[str, str]] = frozenset()
        orders = False
        if self.project.messages is not None:
            from engine.messages.library import Messages

            library = Messages(self.project.messages)
            written, topics = library.written(), library.topics()
            coupons = library.tells_of("coupon")
            orders = bool(library.tells_of("order"))
        deployment = compile_shop(
            self.project.all_declarations,
            self.graphs,
            Types(vocabulary.CUSTOMER, vocabulary.PRODUCT, vocabulary.EVENTS),
            versions=versions,
            flows=flows,
            messages=written,
            topics=topics,
            coupons=coupons,
            secret=secret,
            max_lateness=max_lateness,
        )
        if orders:
            # Flows may look at no purchase, and a message all the same tell of one.
            deployment.needs.events.add(BOUGHT)
        return deployment


def compiled(project: Project) -> CompiledProject:
    """A project that was read already, as it lies in its own folder."""
    return CompiledProject(project, project.root)


def compile_folder(folder: Path) -> CompiledProject:
    """Read the project in `folder`. Raises FileNotFoundError when there is none."""
    return compiled(load_project(folder))


@lru_cache(maxsize=8)
def compile_published(folder: Path) -> CompiledProject:
    """The same for a folder whose name is the hash of what it holds, and is never written again."""
    return compile_folder(folder)
