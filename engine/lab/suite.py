"""All language tests of a project: read once, each run in a world of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from dsl import tree
from dsl.checks import diagnose
from dsl.diagnostics import Diagnostic
from dsl.project import Project, load_project
from engine.core.conditions.boundaries import boundaries
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.core.ports import Ports
from engine.lab.chronicler import Chronicler, Source
from engine.lab.conditions import Conditions, with_needs
from engine.lab.customer import Known
from engine.lab.outcome import Chronicle, Outcome
from engine.lab.recommending import recommender
from engine.lab.script import read
from engine.lab.verdict import judge
from engine.lab.watching import Seen, watched
from engine.lab.world import Compose, World
from engine.projects.compiled import compiled


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `file` is its file as the project names it."""

    test: tree.Test
    file: str

    @property
    def path(self) -> Path:
        return Path(self.file)

    @property
    def name(self) -> str:
        """`cart.flow::buying stops the reminders`."""
        return f"{self.path.name}::{self.test.title}"


@dataclass(slots=True)
class Suite:
    """A project and its tests. Its shop is compiled once."""

    project: Project
    diagnostics: tuple[Diagnostic, ...]
    cases: tuple[Case, ...]
    _whole: Deployment | None = None
    _shops: dict[frozenset[str], Deployment] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Suite:
        """Read and check the project at `path`. Raises FileNotFoundError when nothing is there."""
        return cls.of(load_project(path))

    @classmethod
    def of(cls, project: Project, diagnostics: tuple[Diagnostic, ...] | None = None) -> Suite:
        """The tests of a project that was read already, and perhaps diagnosed."""
        cases = tuple(Case(test, project.file_of(test)) for test in project.tests)
        return cls(project, diagnose(project) if diagnostics is None else diagnostics, cases)

    @property
    def has_errors(self) -> bool:
        return any(it.severity == "error" for it in self.diagnostics)

    def diagnostics_of(self, file: Path) -> str:
        """What is wrong with a file, drawn; where it stands itself, what is wrong elsewhere."""
        from dsl.rendering import render

        sources = self.project.sources
        errors = [it for it in self.diagnostics if it.severity == "error"]
        own = [it for it in errors if Path(it.file) == file]
        if own:
            return "\n\n".join(render(it, sources.get(it.file)) for it in own)
        others = ", ".join(sorted({it.file for it in errors}))
        return f"The project does not compile; the errors are in {others}."

    def run(
        self,
        case: Case,
        compose: Compose | None = None,
        *,
        watching: bool = False,
        until: Instant | None = None,
        known: Known | None = None,
    ) -> Outcome:
        """Play a test of a project without errors.

        `compose` says what its messages look like. When `watching`, the story tells the values that
        branches look at. With `until` it stops there, whatever is missing.
        `known` is what the test leaves out of a real customer.
        """
        began = perf_counter()
        flows = self.running(case.test.flow)
        deployment = self.deployment(flows)
        seen = Seen() if watching else None
        if seen is not None:
            graphs = {name: self.project.graphs[name] for name in flows}
            deployment = watched(deployment, graphs, seen)
        script = read(case.test, deployment.zone, deployment.types)
        if until is not None:
            script = replace(script, until=until)
        conditions = Conditions.of(case.test, deployment)
        deployment = with_needs(deployment, conditions.needs)
        sources = {name: self.source(name) for name in flows}
        chronicler = Chronicler(script, case.file, sources, conditions, seen)

        def is_met(chronicle: Chronicle) -> bool:
            return until is not None or not judge(script, chronicle, case.file)

        blocks = {name: segment.block for name, segment in self.project.segments.items()}
        world = World(
            deployment,
            script,
            chronicler,
            boundaries(blocks, set(deployment.watched)),
            is_met,
            Ports(recommend=recommender(script)),
            compose,
            known,
        )
        chronicle = world.run(looks_ahead=until is not None)
        failures = judge(script, chronicle, case.file)
        return Outcome(case.test, case.file, failures, chronicle, perf_counter() - began)

    def source(self, flow: str) -> Source:
        """Where a flow is written."""
        file = self.project.file_of(self.project.flows[flow])
        return Source(file, self.project.graphs[flow], self.project.sources[file].split("\n"))

    def running(self, flow: str) -> frozenset[str]:
        """The flow and those that it starts, and so on."""
        found: set[str] = set()
        waiting = [flow]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.project.flows:
                continue
            found.add(name)
            waiting.extend(_started(self.project.flows[name]))
        return frozenset(found)

    def deployment(self, flows: frozenset[str]) -> Deployment:
        """The project's shop with these flows only."""
        if flows not in self._shops:
            if self._whole is None:
                self._whole = compiled(self.project).deployment()
            self._shops[flows] = self._whole.only(flows)
        return self._shops[flows]


def _started(flow: tree.Flow) -> Iterator[str]:
    return (it.flow for it in tree.walk(flow) if isinstance(it, tree.StartFlow))
