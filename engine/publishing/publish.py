"""Publishing: sources go into the database, flows that changed get a new version.

A version is known by the hash of all that may change what its flow does or says. Runs pin their
version; every version that still has runs is kept compiled from the sources it was published
with. Sources are also unpacked under `published/` in the data folder, where messages are read
from; a folder that is missing there is made again from the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engine.core.deployment import Deployment
from engine.core.model import HOUR, Instant
from engine.errors import PlanChangedError, ProjectHasErrorsError
from engine.projects.compiled import CompiledProject, compile_published
from engine.publishing import migration as moving
from engine.publishing.digests import digests
from engine.publishing.going_live import Versions, go_live, needs_of, read_standing
from engine.publishing.live import Live
from engine.publishing.migration import Moved
from engine.publishing.pausing import lift, read_holds
from engine.publishing.plan import InFlight, Plan
from engine.publishing.planning import make_plan
from engine.publishing.quiet_hours import look_again
from engine.publishing.retiming import MOST, MOST_WHILE_PUBLISHING
from engine.publishing.routes import Version
from engine.publishing.sources import Sources, packed, read_sources, sources_of, unpack
from engine.store import audit, generations, publications
from engine.store.rows import Rows
from engine.store.secrets import secret_of
from engine.store.writer import Transaction

__all__ = [
    "InFlight", "Plan", "Prepared", "Published", "Sources", "go_live", "is_empty", "needs_of",
    "plan", "prepare", "publish", "read_sources", "secret_of", "sources_of", "unpack",
]  # fmt: skip


class Published(NamedTuple):
    """What a publish did: the flows with a new version, those taken off, and who was moved."""

    versions: dict[str, int]
    removed: list[str]
    moved: list[Moved]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A project without errors that could be published."""

    sources: Sources
    compiled: CompiledProject

    def digests(self) -> dict[str, str]:
        return digests(self.compiled.project, self.sources.files)


def prepare(folder: Path, published: Path) -> Prepared:
    """Read and check what stands in `folder`: needs no database.

    Raises:
        NothingPublishedError: there are no flows.
        ProjectHasErrorsError: the project has errors, or no messages although it sends.
    """
    sources = read_sources(folder)
    compiled, errors = _checked(unpack(sources, published), folder)
    if not errors and compiled.project.messages is None and compiled.sends:
        raise ProjectHasErrorsError(
            f"{folder}: there is no messages/ folder, so nothing could be sent; "
            "nothing was published"
        )
    if errors:
        count = len(errors)
        raise ProjectHasErrorsError(
            f"the flows in {folder} have {count} error{'s' if count > 1 else ''} and were not "
            "published; `headrace check` shows them",
            errors,
        )
    return Prepared(sources, compiled)


@lru_cache(maxsize=2)
def _checked(laid_out: Path, folder: Path) -> tuple[CompiledProject, tuple[str, ...]]:
    """A project and its errors. A folder of that name always holds the same, so that whoever has
    just been told the plan does not wait for it again.
    """
    compiled = compile_published(laid_out)
    return compiled, tuple(compiled.errors(folder))


def is_empty(transaction: Transaction) -> bool:
    """Whether nothing was ever published into this database."""
    return not publications.any_there(transaction)


def plan(
    rows: Rows,
    prepared: Prepared,
    published: Path,
    now: Instant,
    *,
    in_flight: InFlight = "follow",
    max_lateness: Instant = 24 * HOUR,
) -> Plan:
    """What publishing would do. Reads only."""
    standing: Versions = {}
    before: Deployment | None = None
    if publications.any_there(rows):
        found = read_standing(rows, published, now, secret="")
        standing, before = found.versions, found.deployment
    deployment = _coming(rows, prepared, max_lateness)
    return _plan(rows, standing, prepared, deployment, now, in_flight, before=before)


def _plan(
    rows: Rows,
    standing: Versions,
    prepared: Prepared,
    deployment: Deployment,
    now: Instant,
    in_flight: InFlight,
    most: int = MOST,
    *,
    before: Deployment | None,
) -> Plan:
    digests, holds = prepared.digests(), read_holds(rows)
    return make_plan(
        rows,
        standing,
        prepared.compiled,
        deployment,
        digests,
        now,
        in_flight,
        holds,
        most=most,
        current=before,
    )


def _coming(rows: Rows, prepared: Prepared, max_lateness: Instant = 24 * HOUR) -> Deployment:
    """The project with the numbers that its versions would get."""
    numbers = publications.numbers(rows)
    coming = {flow: numbers.get(flow, 0) + 1 for flow in prepared.compiled.graphs}
    return prepared.compiled.deployment(coming, secret="", max_lateness=max_lateness)


def publish(
    transaction: Transaction,
    live: Live | None,
    prepared: Prepared,
    now: Instant,
    *,
    in_flight: InFlight = "follow",
    author: str = "",
    expected: str | None = None,
    message: str = "",
) -> Published:
    """Make what was prepared the live project. The caller lets it `go_live`, then has the people
    moved who are too many to be moved here (`moving.move_piece`). `message` says for people why.

    Raises:
        PlanChangedError: the plan's hash is not the one that was `expected`.
    """
    deployment = _coming(transaction, prepared, 24 * HOUR if live is None else live.max_lateness)
    standing: Versions = {} if live is None else live.versions
    made = _plan(
        transaction, standing, prepared, deployment, now, in_flight, MOST_WHILE_PUBLISHING,
        before=None if live is None else live.deployment,
    )  # fmt: skip
    if expected is not None and expected != made.hash:
        raise PlanChangedError(
            f"what would be published now is not what was planned as {expected}: the flows or "
            f"what is live have changed since; plan again (it is {made.hash} now)"
        )
    publication = _store_sources(transaction, prepared.sources, now, author)
    changed: dict[str, int] = {}
    removed: list[str] = []
    for one in made.flows:
        if one.state in ("new", "changed"):
            assert one.next_version is not None
            changed[one.flow] = one.next_version
            publications.add_version(
                transaction,
                one.flow,
                one.next_version,
                made.digests[one.flow],
                publication,
                now,
                author,
            )
            if one.held == "stopped":
                lift(transaction, one.flow)
        elif one.state == "removed" and one.version is not None:
            removed.append(one.flow)
    publications.take_off(transaction, removed)
    moving.begin(transaction, made, now)
    moved: list[Moved] = []
    if sum(one.inside for one in made.flows if one.flow in changed) <= moving.AT_ONCE:
        versions = standing | {
            (flow, number): Version.of(prepared.compiled, flow, deployment.programs[flow])
            for flow, number in changed.items()
        }
        holds = frozenset(read_holds(transaction))
        while (
            piece := moving.move_piece(transaction, versions, deployment.zone, holds)
        ) is not None:
            moved += piece
    generations.begin_next(transaction)
    look_again(transaction, None if live is None else live.deployment, deployment, now)
    _audit(transaction, now, author, made, changed, removed, message)
    return Published(changed, removed, moving.added_up(moved), made)


def _audit(
    transaction: Transaction,
    now: Instant,
    author: str,
    made: Plan,
    changed: dict[str, int],
    removed: list[str],
    message: str,
) -> None:
    followed = made.in_flight == "follow"
    detail = {
        "versions": changed,
        "removed": removed,
        "in_flight": made.in_flight,
        "plan": made.hash,
        "message": message,
        "people": {one.flow: one.inside for one in made.flows if one.flow in changed and followed},
    }
    audit.note(transaction, audit.Act(now, author or "command line", "publish", detail))


def _store_sources(transaction: Transaction, sources: Sources, now: Instant, author: str) -> int:
    flows = {name: text for name, text in sources.files.items() if name.endswith(".flow")}
    messages = {name: text for name, text in sources.files.items() if name not in flows}
    return publications.add(transaction, sources.hash, packed(flows), packed(messages), now, author)
