"""What if: invented people live with the draft that is open, and the drawing shows how many went
where.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dsl.graph.graph import StepGraph
from editor.access import signed_in
from editor.flow.drawing import arm_name
from editor.language import _
from editor.properties import CHANNELS
from editor.running import Files, Running
from editor.sentences import retold
from editor.trying.pages import as_json, begun
from editor.views.stories import REASONS
from engine.core.model import HOUR
from engine.lab.behaviour import Profile
from engine.lab.from_history import of_shop
from engine.lab.season import Season
from engine.lab.simulation import UnfitFlowError, simulate
from engine.reports.crowds import way_of
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])
LONGEST: Final = 4.0
"""Seconds: then it tells of those who have lived until then."""

_KEPT: Final = 50
_ENDS: Final = ("end", "exit")


class WhatIf(BaseModel):
    """How many people, for how many days, and which people."""

    customers: int = Field(default=1_000, ge=1, le=20_000)
    days: int = Field(default=30, ge=1, le=366)
    seed: int = Field(default=1, ge=0, le=1 << 31)


@router.post("/api/flows/{name}/what-if")
def what_if(request: Request, files: Files, service: Running, name: str, asked: WhatIf) -> Response:
    """`{"state", "reason", "problems", "season", "lived", "steps", "ways"}`: `steps` are how often
    people came to each step of the draft, `ways` how often each edge of the drawing was taken,
    `season` is what `headrace simulate` tells. Changes nothing.
    """
    answer, opened, project, suite = begun(request, files, name)
    if suite is None:
        return as_json(answer)
    deployment = suite.deployment(frozenset((opened.name,)))
    profile = _profile(request, service, frozenset(deployment.programs[opened.name].entries))
    lives = simulate(deployment, opened.name, asked.customers, asked.days, asked.seed, profile)
    try:
        season = _lived(lives)
    except UnfitFlowError:
        no_door = _("No line lets anybody into this flow: write `enter ..` first.")
        return as_json(answer | {"problems": [no_door]})
    steps, ways = counted(season, project.graphs[opened.name])
    told = season.as_json()
    told["behaviour"] = (
        _("People behave as the shop's own people lately did.")
        if profile is not None
        else _("People behave by usual rates: the shop has too little history of its own.")
    )
    for part in ("skipped", "ends"):
        told[part] = _said(told[part])
    told["messages"] = {_message(one): number for one, number in told["messages"].items()}
    return as_json(answer | {"season": told, "lived": season.lived, "steps": steps, "ways": ways})


def _said(reasons: dict[str, int]) -> dict[str, int]:
    """Reasons in the reader's language."""
    return {
        "; ".join(retold(part, REASONS) for part in reason.split("; ")): number
        for reason, number in reasons.items()
    }


def _message(name: str) -> str:
    """A channel and the name of a message: `email cart_reminder`."""
    channel, _space, message = name.partition(" ")
    return f"{_(CHANNELS[channel])} {message}" if channel in CHANNELS else name


def _lived(lives: Iterator[Season]) -> Season:
    """The season of all, or of those who have lived when the time is up."""
    until = time.monotonic() + LONGEST
    season = next(lives)
    while time.monotonic() < until and (later := next(lives, None)) is not None:
        season = later
    return season


def counted(season: Season, graph: StepGraph) -> tuple[dict[str, int], dict[str, int]]:
    """How often people came to each step, and took each way (by the key of the drawing's edge)."""
    nodes = {node.id: node for node in graph.nodes}
    came: Counter[str] = Counter()
    waited: Counter[str] = Counter()
    ways: dict[str, int] = defaultdict(int)
    for (step, outcome, detail), number in season.outcomes.items():
        node = nodes.get(step)
        if node is None:
            continue
        if outcome == "waiting":
            waited[step] += number
        elif outcome in ("entered", "done", "skipped") or (
            outcome == "ended" and node.kind in _ENDS
        ):
            came[step] += number
        if outcome == "done":
            arm = way_of(node, detail)
            if arm is not None:
                ways[f"{step}/{arm_name(arm)}"] += number
    # Who waits has come; what ended a wait is told of the same step once more.
    return {**came, **waited}, dict(ways)


def _profile(request: Request, service: Service, wanted: frozenset[str]) -> Profile | None:
    """The shop's own rates, looked at once an hour."""
    known: dict[object, Profile | None] = getattr(request.app.state, "rates", {})
    now = service.clock.now()
    key = (now // HOUR, wanted)
    if key not in known:
        with service.database.reader() as reader:
            found = of_shop(reader, now, wanted)
        known = {**(known if len(known) < _KEPT else {}), key: found}
        request.app.state.rates = known
    return known[key]
