"""The drawing of a flow in keyed pieces, and what of it differs from another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from dsl.graph.drawing import Box, Layout, Line, lay_out
from dsl.graph.drawing.svg import rounded
from dsl.graph.graph import ELSE, StepGraph
from dsl.graph.kinds import KINDS
from dsl.graph.spoken import spoken
from editor.language import _, current
from editor.rendering import environment

_MACROS: Final = "flow_drawing.html"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Step(NamedTuple):
    """What a step looks like: two that are equal have the same markup, wherever they stand."""

    id: str
    kind: str
    label: str
    lines: tuple[str, ...]
    note: tuple[str, ...]

    @property
    def family(self) -> str:
        return KINDS[self.kind].family

    @property
    def icon(self) -> str:
        return KINDS[self.kind].icon


class Way(NamedTuple):
    """A list inside a branching step: `arm` as it stands in `into:ID:ARM`."""

    arm: str
    label: str


class Plus(NamedTuple):
    """A "+": its middle, and a name that says where it is."""

    at: str
    x: float
    y: float
    name: str


class Edge(NamedTuple):
    """A line between steps: two that are equal are drawn the same, wherever they begin."""

    points: tuple[tuple[float, float], ...]
    jump: bool
    label: tuple[str, ...]
    label_at: tuple[float, float] | None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"d": rounded(self.points)}
        if self.jump:
            found["jump"] = True
        if self.label and self.label_at is not None:
            found["label"], found["at"] = self.label, self.label_at
        return found


class Drawing:
    """A flow's steps, ways, edges and "+", by keys that stay while their step stays."""

    def __init__(self, graph: StepGraph) -> None:
        """`graph` is in English, as flows are."""
        self.graph = self._english = graph
        self._language = "en"

    def spoken(self) -> Drawing:
        """The same in the reader's language, in which words are longer or shorter."""
        if self._language == current():
            return self
        # Neither knows the other: what nobody holds any more goes at once, without the collector.
        other = Drawing(self._english)
        other._language = current()
        if other._language != "en":
            other.graph = spoken(self._english, _)
        return other

    @cached_property
    def layout(self) -> Layout:
        return lay_out(self.graph)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """By id, in text order."""
        return {box.id: _step(box) for box in self.layout.boxes}

    @cached_property
    def order(self) -> list[list[Any]]:
        """For each step in text order: id, parent, way, line."""
        return [
            [node.id, node.parent, None if node.arm is None else arm_name(node.arm), node.line]
            for node in self.graph.nodes
        ]

    @cached_property
    def places(self) -> dict[str, list[float]]:
        """Left, top, width and height of each step."""
        return {
            box.id: [round(box.x, 1), round(box.y, 1), round(box.w, 1), round(box.h, 1)]
            for box in self.layout.boxes
        }

    @cached_property
    def size(self) -> list[int]:
        return [round(self.layout.width), round(self.layout.height)]

    @cached_property
    def ways(self) -> dict[str, list[Way]]:
        """The lists inside of each branching step."""
        inside = {(node.parent, node.arm) for node in self.graph.nodes if node.parent}
        into = {one.at for one in self.layout.inserts}
        found: dict[str, list[Way]] = {}
        for edge in self.graph.edges:
            if edge.arm is None:
                continue
            name = arm_name(edge.arm)
            if (edge.source, edge.arm) in inside or f"into:{edge.source}:{name}" in into:
                found.setdefault(edge.source, []).append(Way(name, edge.label))
        return found

    @cached_property
    def edges(self) -> dict[str, Edge]:
        """By where they come from: a step that moves in between keeps its neighbours' keys.

        They are drawn from the top of the outermost step that theirs is in, so that those below an
        edit stay what they are.
        """
        outermost: dict[str, str] = {}
        for node in self.graph.nodes:
            outermost[node.id] = outermost[node.parent] if node.parent else node.id
        tops = {box.id: box.y for box in self.layout.boxes}
        found: dict[str, Edge] = {}
        headers = 0
        for line in self.layout.lines:
            arm = "" if line.arm is None else arm_name(line.arm)
            key = f"{line.source}/{arm}"
            if line.jump and line.arm is None:
                key = f"{line.source}/jump {headers}"
                headers += 1
            found[key] = _edge(line, tops[outermost[line.source]])
        return found

    @cached_property
    def inserts(self) -> list[Plus]:
        """In text order."""
        labels = {node.id: node.label for node in self.graph.nodes}
        lines = {node.id: node.line for node in self.graph.nodes}
        twins = Counter(labels.values())

        def said(step: str) -> str:
            label = labels[step]
            return (
                _("{label} (line {line})").format(label=label, line=lines[step])
                if twins[label] > 1
                else label
            )

        ways = {(step, way.arm): way.label for step, rows in self.ways.items() for way in rows}
        found: list[Plus] = []
        for one in self.layout.inserts:
            where, _colon, rest = one.at.partition(":")
            if where == "first":
                name = _("Insert a step at the beginning")
            elif where == "after":
                name = _("Insert a step behind {step}").format(step=said(rest))
            else:
                step, _colon, arm = rest.rpartition(":")
                way = ways.get((step, arm), arm)
                name = _("Insert a step into “{way}” of {step}").format(way=way, step=said(step))
            found.append(Plus(one.at, round(one.x, 1), round(one.y, 1), name))
        return found

    def children(self, parent: str | None = None, arm: str | None = None) -> list[Step]:
        """The steps of one list, for the page that shows all of them."""
        return [self.steps[one] for one in self._lists.get((parent, arm), ())]

    @cached_property
    def _lists(self) -> dict[tuple[str | None, str | None], list[str]]:
        found: dict[tuple[str | None, str | None], list[str]] = {}
        for step, parent, arm, _line in self.order:
            found.setdefault((parent, arm), []).append(step)
        return found

    def patch(
        self,
        file: str,
        old: Drawing | None = None,
        renamed: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """What a page must know that shows `old`; all of it where it shows nothing of this flow.

        `file` is the path of the flow's file as people know it. `renamed` are the ids of the old
        drawing that are others now; the page gives its pieces the new ones first.
        """
        steps = (
            {} if old is None else {renamed.get(key, key): one for key, one in old.steps.items()}
        )
        edges = {} if old is None else {_key(key, renamed): one for key, one in old.edges.items()}
        return {
            "size": self.size,
            "steps": self.order,
            "html": {
                key: markup(step, file)
                for key, step in self.steps.items()
                if key not in steps or steps[key][1:] != step[1:]
            },
            "places": self.places,
            "ways": {step: [list(way) for way in rows] for step, rows in self.ways.items()},
            "edges": {
                key: one.as_json() for key, one in self.edges.items() if edges.get(key) != one
            },
            "gone": [key for key in edges if key not in self.edges],
            "inserts": [list(one) for one in self.inserts],
        }


def arm_name(arm: int) -> str:
    """A way as places and scripts name it."""
    return "else" if arm == ELSE else str(arm)


def _key(edge: str, renamed: Mapping[str, str]) -> str:
    source, _, arm = edge.rpartition("/")
    return f"{renamed.get(source, source)}/{arm}"


def markup(step: Step, file: str) -> str:
    """A step as a list item, without the ways below it."""
    module = environment().get_template(_MACROS).module
    return str(module.item(step, file))  # type: ignore[attr-defined]


def _step(box: Box) -> Step:
    return Step(box.id, box.node.kind, box.node.label, box.lines, box.note)


def _edge(line: Line, top: float) -> Edge:
    points = tuple((x, round(y - top, 1)) for x, y in line.points)
    at = line.label_at
    place = None if at is None else (round(at[0], 1), round(at[1] - top, 1))
    return Edge(points, line.jump, line.label, place)
