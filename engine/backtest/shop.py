"""The flows that are played: as they stand in files, and the older ones that somebody was in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.core.carts import CART_EVENTS
from engine.core.choices import Choice
from engine.core.conditions.boundaries import Boundaries, boundaries
from engine.core.deployment import Deployment
from engine.core.foresight import Foresight
from engine.core.model import HOUR, Instant
from engine.core.orders import AGAIN, ORDER_EVENTS
from engine.core.ports import Ports
from engine.core.program import SendSpec, WaitSpec
from engine.core.projection import MERGED
from engine.core.reachable import REACHABLE
from engine.core.triggers import PRODUCT
from engine.learning import models
from engine.learning.current import Learned
from engine.projects.compiled import compile_published
from engine.publishing import warming
from engine.publishing.publish import prepare
from engine.publishing.sources import sources_of, unpack
from engine.store import choices, past, publications
from engine.store.rows import Rows
from engine.store.secrets import known_secret
from engine.store.states import flow_names

BY_HAND = frozenset({"$start", "$stop"})
"""Somebody let people into a flow, or took them out."""
_OURS = BY_HAND | {REACHABLE, MERGED, "$identify", *(AGAIN + one for one in ORDER_EVENTS)}


@dataclass(frozen=True, slots=True)
class Shop:
    """What is played. `flows` are flow names by number; `edited` the flows of the files that are
    not as they are live, `pooled` the coupons whose codes were imported, `warming` while a young
    sender warmed up. `names` are the events that
    are played (None: all), `known` those that conditions look back at. `anew` are watched
    segments of which nobody has seen who was inside; `bounds` says when they change by time alone.
    `everybody`: the calendar, segments or products may mean people who did nothing.
    `learned` are the steps (flow, node) that ask what was learned. `window` is the longest limit's.
    `foresight` knows the choices of experiments that were made.
    """

    deployment: Deployment
    ports: Ports
    flows: Mapping[int, str]
    edited: frozenset[str]
    pooled: frozenset[str]
    warming: tuple[Instant, Instant] | None
    names: frozenset[str] | None
    known: frozenset[str]
    anew: frozenset[str]
    bounds: Boundaries | None
    everybody: bool
    learned: frozenset[tuple[str, str]]
    window: Instant
    hash: str
    foresight: Foresight


def read_shop(
    rows: Rows,
    folder: Path,
    work: Path,
    since: Instant,
    max_lateness: Instant = 24 * HOUR,
    *,
    as_if_known: bool = False,
) -> Shop:
    """Compile what stands in `folder`, and read beside it what was live at `since`; sources of
    older versions are laid out under `work`. `as_if_known`: nobody has seen who was in which
    segment.

    Raises:
        NothingPublishedError: nothing is in the files.
        ProjectHasErrorsError: the files have errors.
    """
    newest = publications.newest(rows)
    prepared = prepare(folder, work)
    live, highest = publications.live(rows), publications.numbers(rows)
    digests = prepared.digests()
    edited = frozenset(
        flow for flow, hash_ in digests.items() if live.get(flow, (0, ""))[1] != hash_
    )
    numbers = {
        flow: highest.get(flow, 0) + 1 if flow in edited else live[flow][0] for flow in digests
    }
    secret = known_secret(rows)
    deployment = prepared.compiled.deployment(numbers, secret=secret, max_lateness=max_lateness)
    current = None
    if newest is not None:
        current = compile_published(unpack(sources_of(*newest), work)).deployment(secret=secret)
    for flow, number in past.versions_standing(rows, since):
        row = publications.sources_of(rows, flow, number)
        if (flow, number) in deployment.versions or row is None:
            continue
        older = compile_published(unpack(sources_of(row[0], row[1]), work))
        beside = older.deployment({flow: number}, secret=secret, flows={flow})
        if flow in beside.programs:
            deployment = deployment.adopting(beside.programs[flow], beside)
    seen = None if as_if_known else current
    return _shop(rows, deployment, seen, edited, prepared.sources.hash)


def _asking_what_was_learned(deployment: Deployment) -> Iterator[tuple[str, str]]:
    for program in deployment.versions.values():
        for op in program.ops:
            spec = op.spec
            if (isinstance(spec, WaitSpec) and spec.timing.within is not None) or (
                isinstance(spec, SendSpec) and spec.products is not None and spec.products.least
            ):
                yield program.flow, op.id


def _shop(
    rows: Rows,
    deployment: Deployment,
    seen: Deployment | None,
    edited: frozenset[str],
    hash_: str,
) -> Shop:
    """`seen` are the flows by whose segments anybody saw who was inside."""
    watched = deployment.watched.keys()
    anew = frozenset(
        name
        for name in watched
        if seen is None
        or name not in seen.watched
        or seen.blocks.get(name) != deployment.blocks[name]
    )
    dates = [name for name, kind in deployment.types.customer.items() if kind == "date"]
    programs = deployment.programs.values()
    learned = Learned()
    model = models.load(rows)
    if model is not None:
        learned.use(model)
    known = frozenset(deployment.needs.events) | CART_EVENTS | ORDER_EVENTS
    waited_for = deployment.waited_for
    foresight = Foresight(deployment.choosing, _chosen(rows, deployment))
    return Shop(
        deployment=deployment,
        ports=replace(
            Ports(), recommend=learned.find, habits=learned.habits, choices=foresight.choices
        ),
        flows=flow_names(rows),
        edited=edited,
        pooled=frozenset(past.pools(rows)),
        warming=warming.span(rows),
        names=None if waited_for is None else waited_for | known | _OURS,
        known=known,
        anew=anew,
        bounds=boundaries(deployment.blocks, set(anew), dates),
        everybody=bool(watched)
        or PRODUCT in deployment.entering
        or any(program.schedules for program in programs),
        learned=frozenset(_asking_what_was_learned(deployment)),
        window=max((limit.window for limit in deployment.rules.limits), default=0),
        hash=hash_,
        foresight=foresight,
    )


def _chosen(rows: Rows, deployment: Deployment) -> dict[tuple[str, str], Choice]:
    """The choices that were made, of arms that are still there."""
    found = {}
    for one in choices.all_of(rows):
        spec = deployment.choosing.get((one.flow, one.experiment))
        if spec is not None and one.arm in [label for _, label in spec.shares]:
            found[one.flow, one.experiment] = Choice(one.began_at, one.arm)
    return found
