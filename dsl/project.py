"""A project: all `.flow` files under a folder, and what they declare."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.graph.compiler import compile_flow
from dsl.graph.graph import StepGraph
from dsl.names.declared import Declarations, gather
from dsl.parsing.parser import Parsed, parse
from dsl.parsing.source import read_source

MESSAGES = "messages"
DATA_MARK = "headrace.lock"
"""A folder that holds this is a server's data folder."""
_NEIGHBOURS = 200
_NEIGHBOUR_BYTES = 64 * 1024
_LEVELS_UP = 4


@dataclass(frozen=True)
class FlowFile:
    """A file as it was read. `name` is its path as diagnostics show it."""

    path: Path
    name: str
    text: str
    tree: tree.File
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def graphs(self) -> dict[int, StepGraph]:
        """The step graph of each of its flows, by the identity of the flow's node.

        They depend on this text alone, so every project that holds the file shares them.
        """
        flows = [node for node in self.tree.declarations if isinstance(node, tree.Flow)]
        return {id(flow): compile_flow(flow) for flow in flows}


@dataclass
class Project:
    """`files` are those under the path; `neighbours` stand beside a single file that was asked
    for: what they declare may be used, what is wrong with them is not reported.

    `messages` is the nearest `messages/` folder, None where there is none.
    """

    root: Path
    files: tuple[FlowFile, ...]
    neighbours: tuple[FlowFile, ...] = ()
    messages: Path | None = None
    declarations: Declarations = field(init=False)

    def __post_init__(self) -> None:
        everything = (*self.files, *self.neighbours)
        self.declarations = gather((file.name, file.tree) for file in everything)

    @property
    def all_declarations(self) -> list[tree.Declaration]:
        """Every readable declaration, the first of each name."""
        kept = {id(found.node) for found in self.declarations.places.values()}
        return [
            node
            for file in (*self.files, *self.neighbours)
            for node in file.tree.declarations
            if id(node) in kept or isinstance(node, tree.Properties)
        ]

    @property
    def sources(self) -> dict[str, str]:
        """Text by file, for drawing diagnostics."""
        return {file.name: file.text for file in (*self.files, *self.neighbours)}

    @property
    def store(self) -> tree.Store | None:
        return self.declarations.store

    @property
    def customer(self) -> dict[str, str]:
        """Types of the customer's properties, built-in ones included."""
        return self.declarations.customer

    @property
    def product(self) -> dict[str, str]:
        return self.declarations.product

    @property
    def events(self) -> dict[str, dict[str, str]]:
        """Types of every event's properties, built-in ones included."""
        return self.declarations.events

    @property
    def segments(self) -> dict[str, tree.Segment]:
        return self.declarations.segments

    @property
    def scores(self) -> dict[str, tree.Score]:
        return self.declarations.scores

    @property
    def coupons(self) -> dict[str, tree.Coupon]:
        return self.declarations.coupons

    @property
    def webhooks(self) -> dict[str, tree.Webhook]:
        return self.declarations.webhooks

    @property
    def flows(self) -> dict[str, tree.Flow]:
        return self.declarations.flows

    @cached_property
    def tests(self) -> list[tree.Test]:
        """The tests of `files`, in order."""
        own = {file.name for file in self.files}
        places = self.declarations.places.values()
        return [
            found.node
            for found in places
            if isinstance(found.node, tree.Test) and found.file in own
        ]

    @cached_property
    def graphs(self) -> dict[str, StepGraph]:
        """The step graph of every flow, broken ones included."""
        known: dict[int, StepGraph] = {}
        for file in (*self.files, *self.neighbours):
            known |= file.graphs
        return {name: known[id(flow)] for name, flow in self.flows.items()}

    def with_text(self, file: str, text: str) -> Project:
        """The same project with another text in the file of this name, as an editor has it open.

        Nothing is read from disk and only this text is parsed: all others keep their trees.
        Raises KeyError when the project has no such file.
        """
        known = next((one for one in (*self.files, *self.neighbours) if one.name == file), None)
        if known is None:
            raise KeyError(file)
        return self.with_files([flow_file(known.path, file, text)])

    def with_files(self, files: Iterable[FlowFile], gone: Collection[str] = ()) -> Project:
        """The same project with these files instead of those of their names, or beside them, and
        without those whose names are `gone`. Nothing is read and nothing is parsed.
        """
        given = {one.name: one for one in files}

        def replaced(known: tuple[FlowFile, ...]) -> list[FlowFile]:
            return [given.pop(one.name, one) for one in known if one.name not in gone]

        neighbours = tuple(replaced(self.neighbours))
        own = replaced(self.files)
        if given:
            own = sorted([*own, *given.values()], key=lambda one: one.path)
        return Project(self.root, tuple(own), neighbours, self.messages)

    def file_of(self, node: tree.Declaration) -> str:
        """The name of the file in which a declaration stands."""
        for file in (*self.files, *self.neighbours):
            if any(one is node for one in file.tree.declarations):
                return file.name
        raise KeyError(node)


def load_project(
    path: Path | str, read: Callable[[Path], FlowFile | None] | None = None
) -> Project:
    """Reads the `.flow` files of a folder, or one file (its neighbours then lend their names).

    With `read` the files of a folder are read by that; where it gives None, there is no file.

    Raises FileNotFoundError when there is no such path, OSError when a file cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(path)
    if path.is_file():
        file = read_flow_file(path)
        beside = tuple(read_flow_file(one) for one in _neighbours(path))
        return Project(path.parent, (file,), beside, _messages(path.parent, [path]))
    paths = flow_files(path)
    found = (read(one) if read else read_flow_file(one) for one in paths)
    files = tuple(one for one in found if one is not None)
    return Project(path, files, (), _messages(path, paths))


def project_of(text: str, name: str = "<text>") -> Project:
    """A project of one text, without messages."""
    return Project(Path(), (flow_file(Path(name), name, text),))


def read_flow_file(path: Path) -> FlowFile:
    return flow_file(path, str(path), read_source(path).text)


def flow_file(path: Path, name: str, text: str) -> FlowFile:
    """A text as the file that it stands in, or will."""
    return parsed_file(path, parse(text, name))


def parsed_file(path: Path, parsed: Parsed) -> FlowFile:
    """The same of a text that has been read; the file is called as it was then."""
    return FlowFile(path, parsed.file, parsed.text, parsed.tree, parsed.diagnostics)


def flow_files(path: Path) -> list[Path]:
    """The `.flow` files of a project folder in order, or the one file that `path` is."""
    if path.is_file():
        return [path]
    return [one for one in project_files(path) if one.suffix == ".flow"]


def project_files(folder: Path) -> list[Path]:
    """Every file of a project, sorted. Hidden folders are no part of it, and neither is a data
    folder, which keeps copies of what was published.
    """
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        place = Path(here)
        if place != folder and DATA_MARK in files:
            folders.clear()
            continue
        folders[:] = [one for one in folders if not one.startswith(".") and one != "node_modules"]
        found += [place / one for one in files if not one.startswith(".")]
    return sorted(one for one in found if one.is_file())


def _neighbours(path: Path) -> list[Path]:
    """The small `.flow` files beside a file, and above as long as a folder holds some."""
    found: list[Path] = []
    folder = path.resolve().parent
    own = path.resolve()
    for _ in range(_LEVELS_UP):
        here = sorted(one for one in folder.glob("*.flow") if one.is_file())
        if not here:
            break
        found += [
            one for one in here if one.resolve() != own and one.stat().st_size < _NEIGHBOUR_BYTES
        ]
        if folder.parent == folder:
            break
        folder = folder.parent
    return found[:_NEIGHBOURS]


def _messages(root: Path, files: list[Path]) -> Path | None:
    """The nearest `messages/` folder: in the project, beside one of its files, or above."""
    for folder in (root, *dict.fromkeys(file.parent for file in files)):
        if (folder / MESSAGES).is_dir():
            return folder / MESSAGES
    folder = root.resolve()
    for _ in range(_LEVELS_UP):
        folder = folder.parent
        if not any(folder.glob("*.flow")):
            break
        if (folder / MESSAGES).is_dir():
            return folder / MESSAGES
    return None
