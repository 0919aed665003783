"""What is live: the newest publication, and the older versions that somebody still is in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from engine.core.deployment import Deployment
from engine.core.model import HOUR, Instant
from engine.core.triggers import PRODUCT
from engine.errors import NothingPublishedError
from engine.projects.compiled import CompiledProject, compile_published
from engine.publishing import brakes, warming
from engine.publishing.live import Live
from engine.publishing.pausing import read_holds
from engine.publishing.routes import Version
from engine.publishing.schedule_lines import declare_lines
from engine.publishing.sources import sources_of, unpack
from engine.segments.declared import declare, unsettled
from engine.store import pending, price_history, publications, run_figures, settings_rows
from engine.store.rows import Rows
from engine.store.secrets import secret_of
from engine.store.states import Needs
from engine.store.writer import Transaction

Versions = dict[tuple[str, int], Version]

_HEEDED: Final = "heeded events"
"""The setting that says which events what is live looks at."""


class Standing:
    """All versions that people may enter or are still in: `deployment` runs them, `versions` shows
    them, `folders` says where the sources of each lie.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.versions: Versions = {}
        self.folders: dict[tuple[str, int], Path] = {}

    def _add(
        self, compiled: CompiledProject, deployment: Deployment, numbers: Mapping[str, int]
    ) -> None:
        for flow, number in numbers.items():
            if flow in deployment.programs:
                self.versions[flow, number] = Version.of(compiled, flow, deployment.programs[flow])
                self.folders[flow, number] = compiled.folder


def read_standing(
    rows: Rows, published: Path, now: Instant, *, secret: str, max_lateness: Instant = 24 * HOUR
) -> Standing:
    """Compile what the database says is live, and older versions that somebody still is in.

    Raises:
        NothingPublishedError: the database has seen no publish.
    """
    newest = publications.newest(rows)
    if newest is None:
        raise NothingPublishedError("nothing has been published here yet; `headrace publish` does")
    current = {flow: number for flow, (number, _) in publications.live(rows).items()}
    compiled = compile_published(unpack(sources_of(*newest), published))
    deployment = compiled.deployment(current, secret=secret, max_lateness=max_lateness)
    standing = Standing(deployment)
    standing._add(compiled, deployment, current)  # noqa: SLF001 - its own maker
    for flow, number in sorted(run_figures.in_use(rows, now)):
        if current.get(flow) == number:
            continue
        row = publications.sources_of(rows, flow, number)
        if row is None:
            continue
        older = compile_published(unpack(sources_of(row[0], row[1]), published))
        beside = older.deployment({flow: number}, secret=secret, flows={flow})
        standing.deployment = standing.deployment.adopting(beside.programs[flow], beside)
        standing._add(older, beside, {flow: number})  # noqa: SLF001
    return standing


def go_live(transaction: Transaction, live: Live, published: Path) -> None:
    """Run what the database says is live from now on."""
    now = live.clock.now()
    with transaction.reading_once():  # to see what is in use, all runs are looked at
        standing = _standing(transaction, live, published)
    _use(transaction, live, standing, declare(transaction, standing.deployment, now))
    live.brakes = brakes.read(transaction)
    deployment = live.deployment
    warming.begin(transaction, deployment, now)
    _queue_up(transaction, deployment)
    for flow in sorted(deployment.programs):  # those who work beside us give out none
        live.flows.number(transaction, flow)
    price_history.keep_currency(transaction, deployment.currency)
    live.lines = declare_lines(transaction, deployment, live.flows, now)


def _queue_up(transaction: Transaction, deployment: Deployment) -> None:
    """Events that nothing looked at until now went past the worker: those that came behind one
    that still waits are told in their order.
    """
    before = settings_rows.read(transaction, _HEEDED)
    after = orjson.dumps(sorted(deployment.heeded)).decode()
    if before == after:
        return
    # Where it was never noted, none has gone past.
    if before and (new := deployment.heeded - set(orjson.loads(before))):
        pending.queue_up(transaction, new)
    settings_rows.keep(transaction, _HEEDED, after)


def follow(transaction: Transaction, live: Live, published: Path) -> None:
    """Run what another process has let go live, and write nothing."""
    standing = _standing(transaction, live, published)
    _use(transaction, live, standing, unsettled(transaction, standing.deployment))


def _standing(transaction: Transaction, live: Live, published: Path) -> Standing:
    return read_standing(
        transaction,
        published,
        live.clock.now(),
        secret=secret_of(transaction),
        max_lateness=live.max_lateness,
    )


def _use(
    transaction: Transaction, live: Live, standing: Standing, unsettled: frozenset[str]
) -> None:
    live.holds = read_holds(transaction)
    live.deployment = standing.deployment.leaving_unsettled(unsettled)
    live.folders = standing.folders
    live.versions = standing.versions
    live.needs = needs_of(live)
    live.flows.read(transaction)


def needs_of(live: Live) -> Needs:
    """What lanes must know for the published programs."""
    deployment = live.deployment
    programs = deployment.versions.values()
    longest = max((limit.window for limit in deployment.rules.limits), default=0)
    return Needs(
        events=frozenset(deployment.needs.events),
        limits=longest,
        ended=any(program.goals or program.exits or program.exit_ifs for program in programs),
        entries=any(
            program.re_enter is not None or PRODUCT in program.entries for program in programs
        ),
        segments=deployment.triggering,
    )
