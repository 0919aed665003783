"""The text of a flow's file as it was published with each version, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.differing import Difference, difference
from dsl.parsing.parser import parse
from editor.documents.contents import plain
from engine.publishing.sources import sources_of
from engine.store import publications
from engine.store.rows import Rows

AROUND: Final = 3
"""Lines that are the same and shown around those that differ."""

Kind = Literal["same", "added", "removed", "skipped"]


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a version's flow was written in. `others` are the flows beside it."""

    file: str
    text: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """`old` and `new` are its numbers, 0 where it is not there; of "skipped" `new` counts them."""

    kind: Kind
    old: int
    new: int
    text: str


def source_of(rows: Rows, flow: str, version: int) -> Source | None:
    """What a version was published with; None where there is none, or its file is no UTF-8."""
    row = publications.sources_of(rows, flow, version)
    if row is None:
        return None
    for file, text in sorted(sources_of(row[0], row[1]).files.items()):
        if not file.endswith(".flow") or flow not in text:
            continue
        declared = parse(text, file).tree.declarations
        flows = [one.title or one.name for one in declared if isinstance(one, tree.Flow)]
        mine = [one for one in declared if isinstance(one, tree.Flow) and one.name == flow]
        if mine:
            own = mine[0].title or mine[0].name
            return Source(file, text, tuple(one for one in flows if one != own))
    return None


def drawn(old: str, new: str, flow: str) -> Difference | None:
    """How the drawings of a flow differ in two texts; None where one of them has no such flow."""
    found = []
    for text in (old, new):
        flows = (one for one in parse(text).tree.declarations if isinstance(one, tree.Flow))
        mine = next((one for one in flows if one.name == flow), None)
        if mine is None:
            return None
        found.append(compile_flow(mine))
    return difference(*found)


def compared(old: str, new: str) -> list[Line]:
    """The lines of two texts, those that differ with a few around them."""
    return list(_lines(_rows(old), _rows(new)))


def _rows(text: str) -> list[str]:
    return plain(text).removesuffix("\n").split("\n") if text else []


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    seen = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        begin = group[0][1]
        if begin > seen:
            yield Line("skipped", 0, begin - seen, "")
        for kind, a, b, c, d in group:
            if kind == "equal":
                for place in range(b - a):
                    yield Line("same", a + place + 1, c + place + 1, old[a + place])
                continue
            for place in range(a, b):
                yield Line("removed", place + 1, 0, old[place])
            for place in range(c, d):
                yield Line("added", 0, place + 1, new[place])
        seen = group[-1][2]
    if 0 < seen < len(old):
        yield Line("skipped", 0, len(old) - seen, "")
