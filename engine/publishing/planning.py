"""Making the plan of a publish: read from the store, compared with what is to come. Writes nothing.

Source: semantics, "Publishing". `publish` makes the plan again in the transaction in which it
acts, and acts on that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import orjson

from dsl.checks import diagnose
from dsl.graph.graph import GraphNode
from dsl.graph.matching import match, says
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.projects.compiled import CompiledProject
from engine.publishing.going_live import Versions
from engine.publishing.plan import (
    Changed,
    Fate,
    FlowPlan,
    InFlight,
    People,
    Place,
    Plan,
    State,
)
from engine.publishing.retiming import MOST, Clockwork, timing_of
from engine.publishing.routes import Route, Target, Version, route
from engine.publishing.store_changes import store_change
from engine.publishing.wording import said_of
from engine.store import publications, run_figures
from engine.store.rows import Rows

_Standing = dict[tuple[str, int], dict[int, int]]


def make_plan(
    rows: Rows,
    standing: Versions,
    compiled: CompiledProject,
    deployment: Deployment,
    digests: Mapping[str, str],
    now: Instant,
    in_flight: InFlight,
    holds: Mapping[str, str],
    *,
    most: int = MOST,
    current: Deployment | None = None,
) -> Plan:
    """The plan of publishing `compiled`, whose programs `deployment` has under coming numbers.

    `standing` are the versions that are live or have people in them. Waits are counted one by one
    at steps with at most `most` people. `current` is what is live, None where nothing is.
    """
    live = publications.live(rows)
    counts = run_figures.people(rows)
    routes: dict[tuple[str, int], Route] = {}
    graphs = {place: one.graph for place, one in standing.items()}
    flows = []
    clockwork = Clockwork(rows, deployment, now, most)
    for flow in sorted({*live, *compiled.graphs, *(name for name, _ in counts)}):
        before = live.get(flow)
        state = _state(digests.get(flow), before[1] if before else None)
        own = {number: one for (name, number), one in standing.items() if name == flow}
        new = None
        if state in ("new", "changed"):
            new = Version.of(compiled, flow, deployment.programs[flow])
            graphs[flow, new.program.version] = new.graph
            if in_flight == "follow":
                routes |= {(flow, number): route(one, new) for number, one in own.items()}
        flows.append(
            _flow(
                flow, state, before[0] if before else None, own, new,
                {number: where for (name, number), where in counts.items() if name == flow},
                {number: one for (name, number), one in routes.items() if name == flow},
                clockwork, holds.get(flow),
                tuple(_warnings(rows, compiled, own, new, flow)),
            )
        )  # fmt: skip
    store = store_change(rows, current, deployment)
    said = () if store is None else store.says
    return Plan(
        in_flight, _hash(in_flight, digests, live, said), tuple(flows), routes, dict(digests),
        graphs, store,
    )  # fmt: skip


def _state(wanted: str | None, live: str | None) -> State:
    if wanted is None:
        return "removed"
    if live is None:
        return "new"
    return "unchanged" if wanted == live else "changed"


def _hash(
    in_flight: InFlight,
    digests: Mapping[str, str],
    live: Mapping[str, tuple[int, str]],
    store: tuple[str, ...],
) -> str:
    """Targets follow from what is live and what is to come; old versions never change."""
    said = orjson.dumps([in_flight, sorted(digests.items()), sorted(live.items()), *store])
    return hashlib.sha256(said).hexdigest()[:16]


def _flow(
    flow: str,
    state: State,
    version: int | None,
    own: Mapping[int, Version],
    new: Version | None,
    counts: Mapping[int, Mapping[int, int]],
    routes: Mapping[int, Route],
    clockwork: Clockwork,
    held: str | None,
    warnings: tuple[str, ...],
) -> FlowPlan:
    old = own.get(version) if version is not None else None
    shown = new or old or next(iter(own.values()))
    added, changed, removed = _steps(old, new)
    people = [
        _stand(
            number,
            own[number],
            node,
            count,
            routes.get(number),
            clockwork,
            stays=state == "unchanged" and number == version,
        )
        for number, where in sorted(counts.items())
        if number in own
        for node, count in sorted(where.items())
    ]
    return FlowPlan(
        flow=flow,
        title=shown.program.title,
        state=state,
        file=shown.file,
        line=shown.graph.flow.span.line,
        version=version,
        next_version=new.program.version if new is not None else None,
        held=held,
        added=added,
        changed=changed,
        removed=removed,
        people=tuple(people),
        warnings=warnings,
    )


def _steps(
    old: Version | None, new: Version | None
) -> tuple[tuple[Place, ...], tuple[Changed, ...], tuple[Place, ...]]:
    """What is added, changed and removed between two versions."""
    if new is None:
        return (), (), ()
    if old is None:
        return tuple(_place(node) for node in new.graph.nodes[1:-1]), (), ()
    found = match(old.graph, new.graph)
    nodes = new.nodes
    kept = set(found.values())
    added = tuple(_place(node) for node in new.graph.nodes[1:-1] if node.id not in kept)
    removed = tuple(_place(node) for node in old.graph.nodes[1:-1] if found[node.id] is None)
    changed = [
        Changed(twin.id, twin.label, twin.line, node.id, node.label, node.line)
        for node in old.graph.nodes[:-1]
        if (mate := found[node.id]) is not None
        and says(node.step) != says((twin := nodes[mate]).step)
    ]
    return added, tuple(changed), removed


def _place(node: GraphNode) -> Place:
    return Place(node.id, node.label, node.line)


def _stand(
    number: int,
    old: Version,
    node: int,
    count: int,
    way: Route | None,
    clockwork: Clockwork,
    *,
    stays: bool,
) -> People:
    op = old.program.ops[node]
    here = old.nodes[op.id]
    if way is None:
        fate: Fate = "stay" if stays else "finish"
        return People(
            number, op.id, here.label, old.file, here.line, count,
            "same" if stays else "finish", op.id, here.label, here.line, None,
            fate, False, said_of(fate, number=number),
        )  # fmt: skip
    target = way.targets[node]
    there = None if target.step is None else way.new.nodes[target.step]
    fate, to_end = _fate(here, target, there), there is not None and there.kind == "end"
    label, line = ("", None) if there is None else (there.label, there.line)
    return People(
        number, op.id, here.label, old.file, here.line, count, target.how, target.step, label, line,
        timing_of(clockwork, old.program.flow, number, node, count, way),
        fate, to_end, said_of(fate, "" if to_end else label, line),
    )  # fmt: skip


def _fate(here: GraphNode, target: Target, there: GraphNode | None) -> Fate:
    if there is None:
        return "leave"
    if target.how == "moved":
        return "moved"
    if target.how not in ("same", "changed"):
        return "next"
    if target.arrival == "arrives":
        return "look again" if here.kind == there.kind == "send" else "take"
    if target.arrival == "retimed":
        return "retimed"
    if target.arrival == "anew":
        return "anew"
    return "stay" if target.how == "same" else "stay at"


def _warnings(
    rows: Rows,
    compiled: CompiledProject,
    own: Mapping[int, Version],
    new: Version | None,
    flow: str,
) -> Iterator[str]:
    """What the author should know of a flow that is to be published or taken off."""
    if new is None:
        if flow not in compiled.graphs and own:
            yield from _renames(compiled, own[max(own)], flow)
        return
    program, graph = new.program, new.graph
    if not (program.entries or program.schedules or program.manual):
        yield "nobody can enter this flow"
    labels = {node.name or node.id for one in own.values() for node in one.graph.nodes}
    for old in program.moved:
        if old in program.labels:
            yield f"`moved {old}` does nothing: there still is a step called {old}"
        elif old not in labels and not _was_ever(rows, flow, old):
            yield f"`moved {old}` names a step that this flow never had"
    lines = range(graph.flow.span.line, graph.flow.span.end_line + 1)
    file = compiled.folder / new.file
    for one in diagnose(compiled.project):
        if one.severity == "warning" and one.file == str(file) and one.span.line in lines:
            yield f"line {one.span.line}: {one.message}"


def _was_ever(rows: Rows, flow: str, label: str) -> bool:
    """Whether any publication had the word in it: an old version's own text is not compiled for
    a warning.
    """
    from engine.publishing.sources import sources_of

    return any(
        f" as {label}" in text or f"experiment {label}" in text
        for flows, messages in publications.all_of(rows, flow)
        for name, text in sources_of(flows, messages).files.items()
        if name.endswith(".flow")
    )


def _renames(compiled: CompiledProject, old: Version, flow: str) -> Iterator[str]:
    """A flow that is there under another name is another flow."""
    mine = [says(node.step) for node in old.graph.nodes[1:-1]]
    for name, graph in compiled.graphs.items():
        if mine and mine == [says(node.step) for node in graph.nodes[1:-1]]:
            yield (
                f"{name} has the same steps: a flow under another name is another flow, so the"
                f" people in {flow} finish it and may enter {name}"
            )
