"""A customer's story out of the store: every run, step by step, and every entry that was refused.

Reads only, so it works beside a running server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dsl.graph.graph import GraphNode, StepGraph
from engine.core.calendar import iso
from engine.core.model import Instant
from engine.projects.compiled import compile_folder
from engine.publishing import publish as publishing
from engine.publishing.pausing import read_holds
from engine.store import failures as failed
from engine.store import identities, publications, run_figures, touches
from engine.store.customers import find_customer
from engine.store.database import Reader
from engine.store.states import RECIPIENTS, STATES, flow_names
from engine.store.writer import Row

_MOST_SKIPPED = 200


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a step, or of a message that it made; `at` is ISO 8601, UTC."""

    at: str
    step: str
    kind: str
    line: int | None
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunStory:
    """A run (`paused` while somebody paused its flow); or an entry that did not happen: `state` is
    `skipped`, without a version.
    """

    flow: str
    version: int | None
    state: str
    entered_at: str
    file: str
    steps: list[Step] = field(default_factory=list)
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one customer, oldest first. `failures` are what could not be applied."""

    customer: str
    runs: list[RunStory]
    failures: list[dict[str, str]]

    def as_json(self) -> dict[str, Any]:
        """For scripts: `runs` are those that happened; entries that did not are `skipped`."""
        told = asdict(self)
        for one in told["runs"]:
            del one["run"]
        told["runs"] = [run for run in told["runs"] if run["version"] is not None]
        told["skipped"] = [
            {
                "flow": run.flow,
                "at": run.entered_at,
                "file": run.file,
                "line": run.steps[0].line,
                "reason": run.steps[0].detail,
            }
            for run in self.runs
            if run.version is None
        ]
        return told


def story_of(reader: Reader, published: Path, who: str, flow: str | None = None) -> Story | None:
    """The story of `who` (user id, e-mail address or our number); None when there is nobody."""
    customer = find_customer(reader, who)
    if customer is None:
        return None
    flows = flow_names(reader)
    drawings = _Drawings(reader, published)
    runs = [
        row
        for row in run_figures.runs_of(reader, customer)
        if flow is None or flows[row[1]] == flow
    ]
    intents = run_figures.messages_of(reader, [row[0] for row in runs])
    goals = run_figures.goals_of(reader, [row[0] for row in runs])
    machines = touches.by_machines(reader, [row[0] for row in runs])
    paused = {flow for flow, state in read_holds(reader).items() if state == "paused"}
    stories = [
        _run(
            *(reader, row, flows[row[1]], drawings),
            *(intents.get(row[0], ()), goals.get(row[0]), machines.get(row[0], ())),
        )
        for row in runs
    ]
    stories = [
        replace(one, state="paused") if one.flow in paused and one.state != "ended" else one
        for one in stories
    ]
    stories += [
        _skipped(row, flows[row[0]], drawings)
        for row in run_figures.skipped_of(reader, customer, _MOST_SKIPPED)
        if flow is None or flows[row[0]] == flow
    ]
    stories.sort(key=lambda one: one.entered_at)
    failures = [{"at": iso(at), "reason": reason} for at, reason in failed.of(reader, customer)]
    named = identities.user_of(reader, customer)
    return Story(named or str(customer), stories, failures)


def _run(
    reader: Reader,
    row: Row,
    flow: str,
    drawings: _Drawings,
    intents: Iterable[Row],
    goal: tuple[Instant, str] | None,
    machines: Iterable[Row],
) -> RunStory:
    _, _, version, state, entered_at, head = row[:6]
    file, nodes = drawings.of(flow, version)
    history = run_figures.history(reader, head)
    # Whoever was moved here passed steps of older versions, which may be gone by now.
    before = version
    while before > 1 and any(one[1] not in nodes for one in history):
        before -= 1
        nodes = {**drawings.of(flow, before)[1], **nodes}
    steps: list[tuple[Instant, int, Step]] = []
    for place, (at, node, outcome, detail, until) in enumerate(history):
        words = detail if until is None else f"{detail} until {iso(until)}".strip()
        steps.append((at, place * 2, _step(at, node, nodes, outcome, words)))
    made = {step.step: order for _, order, step in steps}
    for step, recipient, channel, message, at, outcome, reason, attempts in intents:
        words = f"{channel} {message}"
        if RECIPIENTS[recipient] == "staff":
            words += " to staff"
        if attempts > 1:
            words += f", attempt {attempts}"
        if reason:
            words += f": {reason}"
        steps.append((at, made.get(step, 0) + 1, _step(at, step, nodes, outcome, words)))
    for step, channel, at, kind, why in machines:
        words = f"{kind} of the {channel}: {why}"
        steps.append((at, made.get(step, 0) + 1, _step(at, step, nodes, "machine", words)))
    if goal is not None:
        at, event = goal
        # An event's goal comes before its exits: nothing else of that moment follows from it.
        steps.append((at, -1, Step(iso(at), "goal", "goal", None, "reached", event)))
    steps.sort(key=lambda each: each[:2])
    return RunStory(
        flow,
        version,
        STATES[state],
        iso(entered_at),
        file,
        [step for _, _, step in steps],
        row[0],
    )


def _step(at: Instant, node: str, nodes: dict[str, GraphNode], outcome: str, detail: str) -> Step:
    found = nodes.get(node)
    kind = found.kind if found is not None else ("entry" if node == "entry" else "step")
    return Step(iso(at), node, kind, found.line if found is not None else None, outcome, detail)


def _skipped(row: Row, flow: str, drawings: _Drawings) -> RunStory:
    _, at, reason = row
    file, nodes = drawings.of(flow, None)
    step = _step(at, "entry", nodes, "skipped", reason)
    return RunStory(flow, None, "skipped", iso(at), file, [step])


class _Drawings:
    """The step graphs of the versions that a story needs, each project read once."""

    def __init__(self, reader: Reader, published: Path) -> None:
        self._reader = reader
        self._published = published
        self._graphs: dict[int, dict[str, tuple[str, StepGraph]]] = {}

    def of(self, flow: str, version: int | None) -> tuple[str, dict[str, GraphNode]]:
        """The file of a flow in a version (the live one for None), and its nodes by id."""
        publication = publications.publication_of(self._reader, flow, version)
        if publication is None:
            return "", {}
        file, graph = self._project(publication).get(flow, ("", None))
        if graph is None:
            return file, {}
        return file, {node.id: node for node in graph.nodes}

    def _project(self, publication: int) -> dict[str, tuple[str, StepGraph]]:
        found = self._graphs.get(publication)
        if found is None:
            row = publications.sources(self._reader, publication)
            assert row is not None
            folder = publishing.unpack(publishing.sources_of(row[0], row[1]), self._published)
            project = compile_folder(folder).project
            found = self._graphs[publication] = {
                name: (
                    Path(project.file_of(project.flows[name])).relative_to(folder).as_posix(),
                    graph,
                )
                for name, graph in project.graphs.items()
            }
        return found
