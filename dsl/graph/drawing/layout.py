"""Step graph to coordinates: recursive, top-down, branches from left to right in text order.

The first branch of a step stands straight below it, the others to its right, so that a step that
is inserted moves others only down and to the right. Nothing is stored, nothing is optimised: equal
graphs give equal drawings, and the work grows with the number of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsl import tree
from dsl.graph.drawing.places import (
    BEHIND,
    COLUMN_GAP,
    GAP,
    LANE,
    LINE_HEIGHT,
    MARGIN,
    PADDING,
    PLUS,
    SMALL,
    SPLIT,
    WIDTH,
    Box,
    Insert,
    Layout,
    Line,
    label_size,
    wrap,
)
from dsl.graph.graph import ELSE, GraphEdge, GraphNode, StepGraph


def lay_out(graph: StepGraph) -> Layout:
    """Coordinates for every step and every edge."""
    return _Drawing(graph).draw()


def _arms(step: tree.Step | tree.Flow) -> Sequence[tree.Statement]:
    """The lines of a switch, an experiment or a wait, broken ones as well."""
    if isinstance(step, tree.Switch):
        return step.cases
    return step.arms if isinstance(step, tree.Experiment | tree.Wait | tree.UnreadableHead) else ()


@dataclass(slots=True)
class _Size:
    """How far something reaches from the middle of its first step, and how high it is."""

    left: float
    right: float
    columns: list[_Column] = field(default_factory=list)


@dataclass(slots=True)
class _Column:
    arm: int
    steps: list[GraphNode]
    label: tuple[str, ...]
    middle: float = 0
    size: _Size | None = None


@dataclass(slots=True)
class _End:
    """An edge that still looks for its target: where it has come to."""

    source: str
    arm: int | None
    points: list[tuple[float, float]]
    label: tuple[str, ...] = ()
    label_at: tuple[float, float] | None = None


_Key = tuple[str, str, int | None]


class _Drawing:
    def __init__(self, graph: StepGraph) -> None:
        self.graph = graph
        self.blocks: dict[tuple[str | None, int | None], list[GraphNode]] = {}
        for node in graph.nodes[1:-1]:
            self.blocks.setdefault((node.parent, node.arm), []).append(node)
        self.edges: dict[str, list[GraphEdge]] = {}
        for edge in graph.edges:
            self.edges.setdefault(edge.source, []).append(edge)
        self.sizes: dict[str, _Size] = {}
        self.boxes: dict[str, Box] = {}
        self.lines: dict[_Key, Line] = {}
        self.inserts: list[Insert] = []
        # Lines of the header that cannot be read stand in front of the first step, arms that
        # cannot be read in their own place.
        self.header = {id(one) for one in graph.flow.headers}
        self.lost = {
            id(arm)
            for node in graph.nodes[1:-1]
            for arm in _arms(node.step)
            if isinstance(arm, tree.Unreadable)
        }

    def draw(self) -> Layout:
        nodes = self.graph.nodes
        top = [nodes[0], *self.blocks.get((None, None), []), nodes[-1]]
        size = self.measure(top)
        ends, bottom = self.sequence(top, size.left + MARGIN, MARGIN, [])
        assert not ends
        right = max(size.left + size.right + MARGIN, *(b.x + b.w for b in self.boxes.values()))
        right = self.jumps(right)
        lines = []
        for edge in self.graph.edges:
            line = self.lines.get((edge.source, edge.target, edge.arm))
            if line is not None:
                lines.append(line)
        for edge in self.graph.jumps:
            line, right = self.header_jump(edge, right)
            lines.append(line)
        boxes = tuple(self.boxes[node.id] for node in nodes)
        return Layout(boxes, tuple(lines), right + MARGIN, bottom + MARGIN, tuple(self.inserts))

    # --- how wide --------------------------------------------------------------------------

    def measure(self, steps: list[GraphNode]) -> _Size:
        sizes = [self.measure_step(step) for step in steps]
        half = WIDTH / 2
        return _Size(
            max((one.left for one in sizes), default=half),
            max((one.right for one in sizes), default=half),
        )

    def measure_step(self, node: GraphNode) -> _Size:
        size = self.sizes[node.id] = _Size(WIDTH / 2, WIDTH / 2)
        if node.kind == "repeat":
            inside = self.measure(self.blocks.get((node.id, 0), []))
            size.columns = [_Column(0, self.blocks.get((node.id, 0), []), (), 0, inside)]
            size.left = inside.left + LANE
            size.right = inside.right + LANE
            return size
        ways = self.columns(node)
        if not ways:
            return size
        size.columns = ways
        middle = 0.0
        last: _Size | None = None
        for column in ways:
            if column.steps:
                one = self.measure(column.steps)
            else:
                words = max((len(row) for row in column.label), default=0)
                half = max(28.0, words * SMALL / 2 + 8)
                one = _Size(half, half)
            if last is None:
                size.left = max(size.left, one.left)
            else:
                middle += last.right + COLUMN_GAP + one.left
            column.middle, column.size = middle, one
            last = one
            size.right = max(size.right, middle + one.right)
        return size

    def columns(self, node: GraphNode) -> list[_Column]:
        """The branches of a step. One that goes straight on has no steps."""
        if node.kind == "go_to":
            return []
        edges = [edge for edge in self.edges.get(node.id, []) if edge.arm is not None]
        if len({edge.target for edge in edges}) == 1 and not any(
            (node.id, edge.arm) in self.blocks for edge in edges
        ):
            return []
        return [
            _Column(
                edge.arm if edge.arm is not None else ELSE,
                self.blocks.get((node.id, edge.arm), []),
                wrap(edge.label, 30, 2),
            )
            for edge in edges
        ]

    # --- where -----------------------------------------------------------------------------

    def sequence(
        self, steps: list[GraphNode], x: float, y: float, ends: list[_End]
    ) -> tuple[list[_End], float]:
        """Places steps below each other from `y` on; gives the open ends and the bottom."""
        for at, node in enumerate(steps):
            following = steps[at + 1] if at + 1 < len(steps) else None
            ends, bottom = self.step(node, x, y, ends)
            if ends:
                self.insert_behind(node, following, x, bottom + GAP / 2)
            y = bottom + (GAP if following is not None else 0)
        return ends, y

    def insert_behind(
        self, node: GraphNode, following: GraphNode | None, x: float, y: float
    ) -> None:
        before_header = following is not None and id(following.step) in self.header
        if before_header or id(node.step) in self.lost:
            return
        first = node.kind == "entry" or id(node.step) in self.header
        self.inserts.append(Insert("first" if first else f"after:{node.id}", x, y))

    def insert_into(self, node: GraphNode, column: _Column, x: float, y: float) -> None:
        """A way whose own line cannot be read, or might not be there, takes no step."""
        if not column.steps and isinstance(node.step, tree.UnreadableHead):
            return
        if column.steps and id(column.steps[0].step) in self.lost:
            return
        waits = isinstance(node.step, tree.Experiment) and node.step.winner is not None
        if waits and column.arm == ELSE and not column.steps:
            return  # who waits gets the steps of an arm
        arm = "else" if column.arm == ELSE else str(column.arm)
        self.inserts.append(Insert(f"into:{node.id}:{arm}", x, y))

    def step(
        self, node: GraphNode, x: float, y: float, ends: list[_End]
    ) -> tuple[list[_End], float]:
        lines = wrap(node.label, 25, 4)
        note = wrap(node.note.replace("\n", " "), 34, 2)
        height = (
            PADDING * 2 + LINE_HEIGHT * max(len(lines), 1) + 15 * len(note) + (4 if note else 0)
        )
        self.boxes[node.id] = Box(node.id, x - WIDTH / 2, y, WIDTH, height, node, lines, note)
        self.arrive(ends, node.id, x, y)
        bottom = y + height
        if node.kind == "repeat":
            return self.repeat(node, x, y, bottom)
        columns = self.sizes[node.id].columns if node.id in self.sizes else []
        if columns:
            return self.branches(node, columns, x, bottom)
        if node.kind in ("exit", "end"):
            return [], bottom
        edges = self.edges.get(node.id, [])
        if node.kind == "go_to":
            onward = [edge for edge in edges if edge.arm == ELSE]
            return [self.falls_through(node, edge, x, bottom) for edge in onward], bottom
        # Ways that all lead to the next step are one line.
        return [_End(node.id, edge.arm, [(x, bottom)]) for edge in edges], bottom

    def falls_through(self, node: GraphNode, edge: GraphEdge, x: float, bottom: float) -> _End:
        label = wrap(edge.label, 30, 1)
        beside = x + PLUS / 2 + 6 + label_size(label)[0] / 2
        return _End(node.id, edge.arm, [(x, bottom)], label, (beside, bottom + 12))

    def branches(
        self, node: GraphNode, columns: list[_Column], x: float, top: float
    ) -> tuple[list[_End], float]:
        """Below each other: the ways part, the words of each, its "+", its first step."""
        ends: list[_End] = []
        bottom = top
        split = top + SPLIT
        words = max(label_size(column.label)[1] for column in columns)
        plus = split + 4 + words + 4 + PLUS / 2
        begin = plus + PLUS / 2 + 8
        for column in columns:
            middle = x + column.middle
            points = [(x, top)]
            if column.middle:
                points += [(x, split), (middle, split)]
            end = _End(node.id, column.arm, points, column.label, (middle, split + 4 + words / 2))
            self.insert_into(node, column, middle, plus)
            if column.steps:
                own, below = self.sequence(column.steps, middle, begin, [end])
                ends += own
            else:
                below = begin - 4
                end.points.append((middle, below))
                ends.append(end)
            bottom = max(bottom, below)
        return ends, bottom + BEHIND

    def repeat(
        self, node: GraphNode, x: float, top: float, bottom: float
    ) -> tuple[list[_End], float]:
        """The body below, the way back at its right, the way on at its left."""
        column = self.sizes[node.id].columns[0]
        assert column.size is not None
        below = bottom
        middle = (top + bottom) / 2
        if column.steps:
            enter = _End(node.id, 0, [(x, bottom)])
            self.insert_into(node, column, x, bottom + GAP / 2)
            ends, below = self.sequence(column.steps, x, bottom + GAP, [enter])
            side = x + column.size.right + LANE * 0.7
            turn = below + GAP / 2
            for end in ends:
                points = [
                    *end.points,
                    (end.points[-1][0], turn),
                    (side, turn),
                    (side, middle),
                    (x + WIDTH / 2, middle),
                ]
                self.line(end, node.id, points)
            below = turn + PLUS / 2
        aside = x - column.size.left - LANE * 0.7
        done = next((e for e in self.edges.get(node.id, []) if e.arm == ELSE), None)
        label = wrap(done.label if done is not None else "", 12, 1)
        points = [(x - WIDTH / 2, middle), (aside, middle), (aside, below + 12), (x, below + 12)]
        return [_End(node.id, ELSE, points, label, (aside, bottom + 16))], below + 12

    # --- edges -----------------------------------------------------------------------------

    def arrive(self, ends: list[_End], target: str, x: float, y: float) -> None:
        meet = y - GAP / 2
        for end in ends:
            points = list(end.points)
            last_x = points[-1][0]
            if abs(last_x - x) > 0.5:
                points += [(last_x, meet), (x, meet)]
            self.line(end, target, [*points, (x, y)])

    def line(self, end: _End, target: str, points: list[tuple[float, float]]) -> None:
        kept = [points[0]]
        for at, point in enumerate(points[1:-1], 1):
            before, after = kept[-1], points[at + 1]
            straight = before[0] == point[0] == after[0] or before[1] == point[1] == after[1]
            if not straight and point != before:
                kept.append(point)
        kept.append(points[-1])
        self.lines[end.source, target, end.arm] = Line(
            end.source,
            target,
            tuple(kept),
            end.label,
            end.label_at if end.label else None,
            end.arm,
        )

    def jumps(self, right: float) -> float:
        """`go to` edges run at the right side of everything, each in its own lane."""
        for node in self.graph.nodes:
            if node.kind != "go_to":
                continue
            for edge in self.edges.get(node.id, []):
                key = (edge.source, edge.target, edge.arm)
                if edge.arm != 0 or key in self.lines or edge.target not in self.boxes:
                    continue
                right += LANE
                here, there = self.boxes[edge.source], self.boxes[edge.target]
                # Horizontal parts run in the gaps between the rows of steps.
                low, high = here.y + here.h / 2, there.y + there.h / 2
                self.lines[key] = Line(
                    edge.source,
                    edge.target,
                    (
                        (here.x + here.w, low),
                        (right, low),
                        (right, high),
                        (there.x + there.w, high),
                    ),
                    arm=0,
                    jump=True,
                )
        return right

    def header_jump(self, edge: GraphEdge, right: float) -> tuple[Line, float]:
        """A way from the header runs in a lane of its own that has room for its words."""
        words = wrap(edge.label, 24, 2)
        half = max(len(row) for row in words) * SMALL / 2 + 8
        lane = right + max(LANE, half)
        here, there = self.boxes[edge.source], self.boxes[edge.target]
        low, high = here.y + here.h / 2, there.y + there.h / 2
        corners = ((here.x + here.w, low), (lane, low), (lane, high), (there.x + there.w, high))
        label_at = (lane, low + 34)
        return Line(edge.source, edge.target, corners, words, label_at, jump=True), lane + half
