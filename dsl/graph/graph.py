"""The step graph: what the executor runs and the drawing shows.

Nodes stand in text order: one `entry` node first, then the steps, then one `end` node.
Edges lead from a step to whatever runs next; `arm` says which way out of a branching step
an edge is:

| step | arm 0, 1, .. | arm ELSE |
|---|---|---|
| if | then, each else-if | else, or nothing holds |
| switch | each case | else, or no case fits |
| experiment | each arm | else, the share that is left |
| experiment with `winner` | each arm | the share that waits, and then goes into an arm |
| wait for a happening | each `for` (the happenings of the line, for the short form) | time is up |
| repeat | the body, once more | done |
| go to | the jump | exhausted, falls through |

Every other step has one edge with `arm` None, an `exit` step has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dsl import tree
from dsl.diagnostics import Span
from dsl.graph.hashing import content_hash
from dsl.graph.kinds import NodeKind

ELSE = -1


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A step.

    `id` is the step's label, else made from what the step says (`send_email_cart_reminder`),
    with `_2` .. behind for its twins in text order. `label` says in plain words what it does
    ("Wait 1 hour"). `name` is the label written in the text. `note` is its comment. `parent` is
    the id of the step in whose block it stands and `arm` the arm of that step.
    """

    id: str
    kind: NodeKind
    label: str
    span: Span
    step: tree.Step | tree.Flow
    name: str | None = None
    note: str = ""
    parent: str | None = None
    arm: int | None = None

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def end_line(self) -> int:
        return self.span.end_line


@dataclass(frozen=True, slots=True)
class GraphEdge:
    source: str
    target: str
    label: str = ""
    arm: int | None = None


@dataclass(frozen=True)
class StepGraph:
    """A flow as a graph.

    `jumps` are the ways of `go to LABEL when ..` in the header: a run may take one from wherever it
    stands, so they lead from the entry, and no step goes along them.
    """

    flow: tree.Flow
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    jumps: tuple[GraphEdge, ...] = ()

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of what the flow says; its layout takes no part."""
        return content_hash(self.flow)
