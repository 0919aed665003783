"""Synthetic customers through the real machine, in virtual time: what a flow would do.

Each customer is a lane of their own, in memory, as in language tests: the machine is the one that
production uses, and the only invention is what people do (`Profile`) and what happens to products.
Turns that are plain go through the ways that are written out from the program, as in production
(decisions 49 and 174). The same seed gives the same season. Messages are taken as sent the moment a
run decides on them, or its hold ends.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.core.conditions.context import Needs
from engine.core.deployment import Deployment
from engine.core.foresight import SCOUTS, Foresight
from engine.core.model import Instant
from engine.core.program import Program
from engine.errors import RefusedError
from engine.lab import sharing
from engine.lab.behaviour import Profile, Somebody
from engine.lab.crowd import BLOCK
from engine.lab.lives import Lives
from engine.lab.nobody import why_nobody
from engine.lab.occasions import begins, kinds_of
from engine.lab.season import Season
from engine.projects.compiled import compile_folder

START: Final[Instant] = 1_767_603_600_000
"""Monday 2026-01-05, 10:00 in Berlin: where language tests begin, too."""


class UnfitFlowError(RefusedError):
    """A flow that cannot be simulated: there is none, or nothing lets anybody in."""


def simulate(
    deployment: Deployment,
    flow: str,
    customers: int,
    days: int,
    seed: int,
    profile: Profile | None = None,
    *,
    plain: bool = True,
    processes: int = 1,
) -> Iterator[Season]:
    """The season after each few hundred customers, and at the end: the same object, growing.

    `plain` False takes every turn through the machine proper: the same season, more slowly. More
    `processes` share the people: the same season, sooner. They are forked, so only for a process
    without threads that hold anything.

    Raises:
        UnfitFlowError: there is no such flow, or nothing lets anybody in.
    """
    deployment = deployment.only((flow,))
    program = deployment.programs.get(flow)
    if program is None:
        raise UnfitFlowError(f"there is no flow {flow!r}")
    if not kinds_of(program):
        raise UnfitFlowError(f"{flow} has no line that lets anybody in: write `enter ..` first")
    deployment = _alone(deployment, program)
    profile = profile or Profile()
    begin = begins(program, START, days, deployment.zone)
    processes = min(processes, -(-customers // BLOCK)) if sharing.POSSIBLE else 1

    began = time.perf_counter()
    aside = Season(flow, customers, days, seed, begin)
    scouts = _scouted(deployment, program, aside, profile, plain=plain)
    chosen = scouts.foreseen()

    def lived(part: int, parts: int) -> Iterator[Season]:
        season = Season(flow, customers, days, seed, begin, profile.source, processes=parts)
        for (_, name), (choice, why, seen) in chosen.items():
            told = [one._asdict() for one in seen]
            season.chosen[name] = {"arm": choice.arm, "why": why.why, "seen": told}
        foresight = Foresight(
            deployment.choosing, {key: choice for key, (choice, *_) in chosen.items()}
        )
        lives = Lives(deployment, program, season, profile, foresight, plain=plain)
        for size, people in lives.crowd.blocks(customers, part, parts):
            for number, acts in people:
                lives.live(number, acts)
            lives.count()
            season.lived += size
            season.seconds = time.perf_counter() - began
            yield season

    def whole(part: int, parts: int) -> Season:
        *_, last = lived(part, parts)
        return last

    with _no_collection(), sharing.others(whole, processes) as others:
        for season in lived(0, processes):
            if season.lived < customers:
                yield season
        for other in others():
            season.add(other)
        season.seconds = time.perf_counter() - began
    season.nobody = why_nobody(season, program)
    yield season


def _scouted(
    deployment: Deployment, program: Program, season: Season, profile: Profile, *, plain: bool
) -> Foresight:
    """What those who are in an arm do by the time when one is chosen."""
    scouts = Foresight(deployment.choosing, {})
    if not deployment.choosing:
        return scouts
    lives = Lives(deployment, program, season, profile, scouts, plain=plain)
    with _no_collection():
        for _, people in lives.crowd.blocks(min(season.customers, SCOUTS), 0, 1):
            for number, acts in people:
                if scouts.tries(number):
                    lives.live(number, acts)
    return scouts


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing of a life holds itself: what is not needed any more goes at once."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _alone(deployment: Deployment, program: Program) -> Deployment:
    """Without what only other flows and segments ask for: no scores are kept that nobody asks
    about, no messages become events that nobody waits for.
    """
    if deployment.watched:
        return deployment
    needs = Needs()
    needs.add(program.needs)
    if not needs.scores:
        return replace(deployment, needs=needs, scoring={})
    needs.events |= deployment.scoring.keys()
    return replace(deployment, needs=needs)


def measured(folder: Path, flow: str, people: int, processes: int) -> dict[str, Any]:
    """What `headrace bench simulate` looks at: a season of 30 days with people who all go the long
    way of the flow of W1, and its `processor_seconds` in this process.
    """
    deployment = compile_folder(folder).deployment()
    long = Somebody({"total_spent": 60_000, "country": "PL", "email": "a@b.example"}, ["vip"])
    profile = Profile(events={"ordered": 3.0}, people=[long])
    began = time.process_time()
    *_, season = simulate(deployment, flow, people, 30, 1, profile, processes=processes)
    return season.as_json() | {"processor_seconds": time.process_time() - began}
