"""How many people stand at each step of what is live, and how many took each way: counted for all
who look at once, as often as it is cheap.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dsl import tree
from dsl.graph.compiler import arm_labels
from dsl.graph.graph import ELSE, GraphNode, StepGraph
from engine.core.figures import Rule
from engine.publishing.live import Live
from engine.reports.numbers import Numbers, flow_numbers
from engine.store import run_figures
from engine.store.database import Database, Reader
from engine.store.run_figures import newest_step

AT_MOST: Final = 1 / 20
"""So much of one processor's time is spent on counting, however many look."""
CHEAP_S: Final = 0.005
"""What is counted in this time may be counted whenever somebody looks."""
_AT_ONCE: Final = 200_000
_LATE: Final = 20_000
"""So many rows of the history are read at once; so many of the newest may not be all there."""
_SETTLED_S: Final = 60.0
"""So long a row of the history may come after rows with higher numbers: workers write beside each
other, and each commits when it is done.
"""

Way = tuple[str, int | None]
"""A step and the way out of it; None for a step that has one way."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Of one flow: `waiting` by step of the live `version`, `ways` by what was taken over all
    time (None until all of it is read), `elsewhere` people in older versions, the flow's numbers,
    and how many are `inside` each version.
    """

    version: int
    waiting: Mapping[str, int]
    ways: Mapping[Way, int] | None
    elsewhere: int
    numbers: Numbers
    inside: Mapping[int, int]


class Crowds:
    """For several threads. What is counted is kept until it may be counted again."""

    def __init__(self, database: Database, live: Live, rule: Rule | None = None) -> None:
        self._database = database
        self._live = live
        self._rule = rule or Rule()
        self._lock = threading.Lock()
        self._next = 0.0
        self._spent = 0.0
        self._whole = False
        self._people: dict[tuple[str, int], dict[int, int]] = {}
        self._numbers: dict[str, Numbers] = {}
        self._settled: Counter[tuple[str, str, str]] = Counter()
        self._recent: Counter[tuple[str, str, str]] = Counter()
        self._versions: dict[str, int] = {}
        self._until = 0
        self._seen: list[tuple[float, int]] = []

    def of(self, flow: str, *, at_once: bool = False) -> Crowd | None:
        """The crowd of a flow; None where it is not live. With `at_once` what was counted last
        does, where counting takes long.
        """
        program = self._live.deployment.programs.get(flow)
        with self._lock:
            dear = self._next > 0.0 and self._spent > CHEAP_S
            # What was counted of another version says nothing of this one.
            published = program is not None and (
                self._versions.get(flow, program.version) != program.version
            )
            if published or (time.monotonic() >= self._next and not (at_once and dear)):
                self._count()
        if program is None:
            return None
        known = self._live.versions.get((flow, program.version))
        here = self._people.get((flow, program.version), {})
        waiting: Counter[str] = Counter()
        for place, people in here.items():
            waiting[program.ops[place].id] += people
        inside = {
            number: sum(each.values())
            for (name, number), each in self._people.items()
            if name == flow
        }
        ways = self._ways(flow, known.graph) if known is not None and self._whole else None
        numbers = self._numbers.get(flow, {})
        elsewhere = sum(inside.values()) - inside.get(program.version, 0)
        return Crowd(program.version, waiting, ways, elsewhere, numbers, inside)

    def _count(self) -> None:
        began = time.thread_time()
        programs = self._live.deployment.programs
        self._versions = {name: program.version for name, program in programs.items()}
        with self._database.reader() as reader:
            self._people = run_figures.people(reader)
            self._numbers = flow_numbers(reader, self._rule)
            self._read_history(reader)
        self._spent = spent = time.thread_time() - began
        self._next = time.monotonic() + (spent / AT_MOST if spent > CHEAP_S else 0.0)

    def _read_history(self, reader: Reader) -> None:
        """What is old enough is added once; what came since is read again each time."""
        newest, now = newest_step(reader), time.monotonic()
        if not self._seen or self._seen[-1][1] != newest:
            self._seen.append((now, newest))
        old = [number for at, number in self._seen if at <= now - _SETTLED_S]
        settled = max([self._until, newest - _LATE if not self._whole else 0, *old])
        settled = min(settled, self._until + _AT_ONCE)
        if settled > self._until:
            self._settled.update(_counted(run_figures.passed(reader, self._until, settled)))
            self._until = settled
            self._seen = [one for one in self._seen if one[1] > settled]
        self._whole = newest - self._until <= _AT_ONCE
        if self._whole:
            self._recent = _counted(run_figures.passed(reader, self._until, newest))

    def _ways(self, flow: str, graph: StepGraph) -> dict[Way, int]:
        nodes = {node.id: node for node in graph.nodes}
        found: dict[Way, int] = defaultdict(int)
        for counted in (self._settled, self._recent):
            for (name, step, detail), times in counted.items():
                node = nodes.get(step)
                if name == flow and node is not None:
                    found[step, way_of(node, detail)] += times
        return dict(found)


def _counted(rows: Iterable[tuple[str, str, str, str, int]]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for flow, step, _outcome, detail, times in rows:
        found[flow, step, detail] += times
    return found


def way_of(node: GraphNode, detail: str) -> int | None:
    """The way out of a step that the history's `detail` tells of; None for its only one."""
    step = node.step
    if isinstance(step, tree.Flow) or not arm_labels(step):
        return None
    if detail in ("no", "else", "time is up", "holdout", "all done"):
        return ELSE
    match step:
        case tree.If() | tree.Switch():
            number = detail.removeprefix("case ")
            return int(number) - 1 if number.isdigit() else 0
        case tree.Experiment():
            named = {arm.label: at for at, arm in enumerate(step.arms) if isinstance(arm, tree.Arm)}
            return named.get(detail, ELSE)
        case tree.Wait():
            for at, arm in enumerate(step.arms):
                if isinstance(arm, tree.ForArm) and any(
                    isinstance(one, tree.EventHappens) and one.event == detail
                    for one in arm.happenings
                ):
                    return at
            return 0
        case tree.GoTo():
            return ELSE if detail.endswith("goes on") else 0
        case _:
            return 0
