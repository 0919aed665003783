"""A folder of `.flow` files read as one project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dsl import tree
from dsl.compiler import compile_flow
from dsl.diagnostics import Diagnostic
from dsl.graph import StepGraph
from dsl.parser import Parsed, parse
from dsl.source import read_source

MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A `.flow` file: `name` is its path as diagnostics show it.

    `unread` says why bytes of it could not be decoded.
    """

    name: str
    text: str
    parsed: Parsed
    unread: tuple[Diagnostic, ...] = ()


@dataclass
class Project:
    """All declarations of a project by kind and name; the first of a name counts.

    `owners` says which file a declaration stands in. `messages` is the folder of message files,
    None where the project has none. `diagnostics` are those of reading the files; those of
    the checks are in `dsl.checks`.
    """

    root: Path
    files: tuple[SourceFile, ...]
    messages: Path | None = None
    store: tree.Store | None = None
    customer: dict[str, tree.PropertyType] = field(default_factory=dict)
    product: dict[str, tree.PropertyType] = field(default_factory=dict)
    events: dict[str, tree.Event] = field(default_factory=dict)
    webhooks: dict[str, tree.Webhook] = field(default_factory=dict)
    scores: dict[str, tree.Score] = field(default_factory=dict)
    coupons: dict[str, tree.Coupon] = field(default_factory=dict)
    segments: dict[str, tree.Segment] = field(default_factory=dict)
    flows: dict[str, tree.Flow] = field(default_factory=dict)
    tests: list[tree.Test] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return [one for file in self.files for one in (*file.unread, *file.parsed.diagnostics)]

    @property
    def declarations(self) -> list[tree.Declaration]:
        return [one for file in self.files for one in file.parsed.tree.declarations]

    @cached_property
    def graphs(self) -> dict[str, StepGraph]:
        """The step graph of every flow, broken ones included."""
        return {name: compile_flow(flow) for name, flow in self.flows.items()}

    def file_of(self, declaration: tree.Declaration) -> str:
        """The name of the file in which a declaration stands."""
        return self.owners.get(id(declaration), "")

    def text_of(self, file: str) -> str | None:
        """A file's text, None where the project has no such file."""
        return next((one.text for one in self.files if one.name == file), None)


def load_project(path: Path | str) -> Project:
    """Read the `.flow` file, or all `.flow` files below the folder, at `path`.

    Raises:
        FileNotFoundError: there is nothing at `path`.
    """
    root = Path(path)
    if not root.exists():
        raise FileNotFoundError(f"there is no file or folder {root}")
    return project_of(list(_read(root)), root)


def project_of(files: list[SourceFile], root: Path) -> Project:
    """A project from files that were read already."""
    folder = root if root.is_dir() else root.parent
    messages = folder / MESSAGES
    project = Project(root, tuple(files), messages if messages.is_dir() else None)
    for file in files:
        for one in file.parsed.tree.declarations:
            project.owners[id(one)] = file.name
            _declare(project, one)
    return project


def _read(root: Path) -> Iterator[SourceFile]:
    paths = [root] if root.is_file() else sorted(root.rglob("*.flow"))
    for path in paths:
        source = read_source(path)
        yield SourceFile(str(path), source.text, parse(source.text, str(path)), source.diagnostics)


def _declare(project: Project, one: tree.Declaration) -> None:
    match one:
        case tree.Store():
            project.store = project.store or one
        case tree.Properties():
            words = project.customer if one.subject == "customer" else project.product
            for line in one.properties:
                if isinstance(line, tree.Property):
                    words.setdefault(line.name, line.type)
        case tree.Event():
            project.events.setdefault(one.name, one)
        case tree.Webhook():
            project.webhooks.setdefault(one.name, one)
        case tree.Score():
            project.scores.setdefault(one.name, one)
        case tree.Coupon():
            project.coupons.setdefault(one.name, one)
        case tree.Segment():
            project.segments.setdefault(one.name, one)
        case tree.Flow():
            project.flows.setdefault(one.name, one)
        case tree.Test():
            project.tests.append(one)
        case tree.Unreadable():
            pass
