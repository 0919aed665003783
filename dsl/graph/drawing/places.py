"""What a drawing consists of, and how much room its words take. Lengths are in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dsl.graph.graph import GraphNode

WIDTH = 232
LINE_HEIGHT = 18
PADDING = 12
GAP = 46
"""Between one step and the next, with room for a "+" on the edge."""
SPLIT = 18
"""Below a branching step, where its ways part."""
PLUS = 24
"""The side of the place of a "+", centred on its edge."""
BEHIND = 30
"""What stands behind a branch is so much lower that two "+" have room above each other there: that
behind the last step of a way, and that behind the branch.
"""
COLUMN_GAP = 44
MARGIN = 28
LANE = 22
"""Between the lines of jumps at the right side, and around the body of a repeat."""
ICON = 30
LABEL_ROW = 15
SMALL = 6.3


@dataclass(frozen=True, slots=True)
class Box:
    """A step's place: `x`, `y` are its left upper corner, in pixels."""

    id: str
    x: float
    y: float
    w: float
    h: float
    node: GraphNode
    lines: tuple[str, ...]
    note: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: its corners, and the middle of its words where it has some."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    label: tuple[str, ...] = ()
    label_at: tuple[float, float] | None = None
    arm: int | None = None
    jump: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """The middle of a "+" where a step can be put in: `at` is `first`, `after:ID`, `into:ID:N` or
    `into:ID:else`, the start of a way.
    """

    at: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """`boxes` and `inserts` in text order, `lines` in the order of the graph's edges."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float
    inserts: tuple[Insert, ...] = ()

    def box(self, identity: str) -> Box:
        """The place of a step. Raises KeyError when there is none."""
        for box in self.boxes:
            if box.id == identity:
                return box
        raise KeyError(identity)


@lru_cache(maxsize=4096)
def wrap(text: str, most: int, lines: int) -> tuple[str, ...]:
    """Words on at most so many lines of so many characters; what is too long ends in `…`."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        piece = word
        while len(piece) > most:
            cut = most - len(row) - 1 if row and len(row) < most - 6 else most
            if row and cut == most:
                rows.append(row)
                row = ""
            row = f"{row} {piece[:cut]}".strip()
            rows.append(row)
            row, piece = "", piece[cut:]
        if row and len(row) + 1 + len(piece) > most:
            rows.append(row)
            row = piece
        else:
            row = f"{row} {piece}".strip()
    if row:
        rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][: most - 1].rstrip() + "…"]
    return tuple(rows)


def label_size(rows: tuple[str, ...]) -> tuple[float, float]:
    """Width and height of an edge's words with the plate behind them."""
    if not rows:
        return 0, 0
    return max(len(row) for row in rows) * SMALL + 12, LABEL_ROW * len(rows) + 4
