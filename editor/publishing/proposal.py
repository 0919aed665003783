"""What a publish would do, gathered for one page: problems, tests, the plan, the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dsl.diagnostics import Diagnostic
from editor.documents import Documents
from editor.publishing.files import Differing, Standing, standing
from engine.errors import RefusedError
from engine.lab.outcome import Outcome
from engine.lab.suite import Case, Suite
from engine.publishing.plan import FlowPlan, InFlight, Plan
from engine.service.service import Service

MOST_PROBLEMS: Final = 50


@dataclass(frozen=True, slots=True)
class Played:
    """A test of a flow that would change, and how it went."""

    case: Case
    outcome: Outcome

    @property
    def flow(self) -> str:
        return self.case.test.flow

    @property
    def passed(self) -> bool:
        return not self.outcome.failures


@dataclass(frozen=True, slots=True)
class Proposal:
    """Either `plan` and `tests`, or what stands in the way: `errors`, or else a `reason`."""

    standing: Standing | None
    plan: Plan | None = None
    tests: tuple[Played, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    reason: str = ""
    findings: tuple[str, ...] = ()

    @property
    def changing(self) -> list[FlowPlan]:
        """The flows that would change."""
        if self.plan is None:
            return []
        return [one for one in self.plan.flows if one.state != "unchanged"]

    @property
    def touched(self) -> int:
        """How many people inside of flows it would be about."""
        return 0 if self.plan is None else touched(self.plan)

    @property
    def failed(self) -> int:
        """How many tests fail."""
        return sum(not one.passed for one in self.tests)

    @property
    def differing(self) -> tuple[Differing, ...]:
        return () if self.standing is None else self.standing.differing

    @property
    def is_empty(self) -> bool:
        """Whether all that is saved is published already."""
        return self.plan is not None and self.plan.nothing and not self.differing


def touched(plan: Plan) -> int:
    """The people inside of the flows that a plan changes; of all flows, where the store changes."""
    inside = sum(one.inside for one in plan.flows if one.state != "unchanged")
    return max(inside, 0 if plan.store is None else plan.store.people)


def propose(service: Service, files: Documents, in_flight: InFlight = "follow") -> Proposal:
    """Look at what is saved now. Changes nothing; never raises for what people have written."""
    try:
        with service.database.reader() as reader:
            stands = standing(files, reader)
    except RefusedError as error:
        return Proposal(None, reason=str(error))
    suite = Suite.of(files.project())
    errors = tuple(one for one in suite.diagnostics if one.severity == "error")
    if errors:
        return Proposal(stands, errors=errors)
    try:
        plan = service.plan(files.folder, in_flight=in_flight)
    except RefusedError as error:
        findings = tuple(getattr(error, "findings", ()))
        return Proposal(stands, reason=str(error), findings=findings[:MOST_PROBLEMS])
    changing = {one.flow for one in plan.flows if one.state in ("new", "changed")}
    tests = tuple(
        Played(case, suite.run(case)) for case in suite.cases if case.test.flow in changing
    )
    return Proposal(stands, plan, tests)
