"""Moving people to a new version, in pieces: all runs up to a number are moved, the rest still run
the version that they are in. How far it has come is stored with each piece, so whoever is killed
goes on from there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from engine.core.goals import goal_end
from engine.core.model import History, Instant
from engine.publishing.going_live import Versions
from engine.publishing.plan import Plan
from engine.publishing.retiming import new_moment
from engine.publishing.routes import How, Route, Target, route
from engine.store import runs, version_moves
from engine.store.writer import Row, Transaction

PIECE: Final = 4_000
"""So many runs are moved while others wait for the writer."""

AT_ONCE: Final = 20_000
"""Up to so many people are moved in the transaction that publishes."""


class Moved(NamedTuple):
    """People of one flow who stood at `step` of `version` and went to `target`, None for out."""

    flow: str
    version: int
    step: str
    target: str | None
    how: How
    people: int


def begin(transaction: Transaction, plan: Plan, now: Instant) -> None:
    """Note that the people in the old versions of changed flows are to be moved."""
    wanted = {flow: one.new.program.version for (flow, _), one in plan.routes.items()}
    version_moves.begin(transaction, wanted, runs.newest(transaction), now)


def move_piece(
    transaction: Transaction, versions: Versions, zone: str, holds: frozenset[str]
) -> list[Moved] | None:
    """Move the next runs of one flow; None when nobody is left to be moved.

    `versions` has the new version and all that people are in, `zone` is the store's, `holds` are
    the flows whose people sleep.
    """
    job = version_moves.first(transaction)
    if job is None:
        return None
    name, number, version, position, last, at = job
    rows = runs.to_move(transaction, number, position, last, version, PIECE)
    piece = _Piece(name, at, zone, asleep=name in holds)
    routes: dict[int, Route] = {}
    new = versions[name, version]
    for row in rows:
        way = routes.get(row[1])
        if way is None:
            way = routes[row[1]] = route(versions[name, row[1]], new)
        piece.move(way, row)
    piece.write(transaction)
    if len(rows) < PIECE:
        version_moves.done(transaction, name)
    else:
        version_moves.reached(transaction, name, rows[-1][0])
    return piece.told()


def added_up(moved: list[Moved]) -> list[Moved]:
    """The same, each way once."""
    found: dict[tuple[Any, ...], Moved] = {}
    for one in moved:
        way = one[:-1]
        before = found[way].people if way in found else 0
        found[way] = one._replace(people=before + one.people)
    return list(found.values())


@dataclass(slots=True)
class _Piece:
    """What is to be written for some runs of one flow."""

    flow: str
    now: Instant
    zone: str
    asleep: bool
    people: Counter[tuple[int, str, str | None, How]] = field(default_factory=Counter)
    heads: dict[int, int | None] = field(default_factory=dict)
    history: list[History] = field(default_factory=list)
    kept: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    ended: list[runs.Ending] = field(default_factory=list)
    moments: dict[tuple[int, Instant, str], Instant] = field(default_factory=dict)

    def move(self, way: Route, row: Row) -> None:
        run, version, node, state, arrived, wake, asleep, goal_until, goal_at = row[:9]
        head, packed, entered_at, own_zone = row[9:]
        target = way.targets[node]
        step = way.old.program.ops[node].id
        self.people[version, step, target.step, target.how] += 1
        if target.step is None:
            self.ended.append(runs.Ending(run, head, step, self.now, "moved"))
            return
        zone = own_zone or self.zone
        memory: dict[str, Any] | None = None
        if way.renamed or target.arrival in ("anew", "arrives"):
            memory = orjson.loads(packed) if packed else {}
        waits = wake if wake is not None else asleep
        parked = waits is not None and waits <= arrived
        until = None
        if target.arrival == "retimed" and not parked:
            waits = until = self._moment(way, target.place, arrived, zone)
        elif target.arrival == "anew" and not parked and memory is not None:
            memory["retime"] = True
            waits = self.now
        elif target.arrival == "arrives" and memory is not None:
            memory.pop("retime", None)
            memory["parked"] = True
            for loop in _loops(way, target):
                memory.setdefault("repeats", {}).setdefault(loop, 1)
            waits, state, arrived = self.now, 0, self.now
        if way.other_goal and goal_at is None:
            goal_until = goal_end(way.new.program, entered_at, zone)
        renamed = memory is not None and remember(memory, way.renamed)
        detail = _detail(way, target, step)
        self.heads[run] = head
        self.history.append(History(run, self.now, target.step, "moved", detail, until))
        number = way.new.program.version
        if target.arrival == "stays" and not renamed and not way.other_goal:
            self.kept.append((number, target.place, run))
            return
        sleeping = self.asleep or wake is None
        self.changed.append(
            (
                number, target.place, state, arrived,
                None if sleeping else waits, waits if sleeping else None,
                goal_until, packed if memory is None else orjson.dumps(memory), run,
            )
        )  # fmt: skip

    def _moment(self, way: Route, place: int, reached: Instant, zone: str) -> Instant:
        key = (place, reached, zone)
        found = self.moments.get(key)
        if found is None:
            found = new_moment(way.new.program, place, reached, zone, self.now)
            self.moments[key] = found
        return found

    def write(self, transaction: Transaction) -> None:
        runs.note(transaction, self.history, self.heads)
        runs.keep_in_place(transaction, [(self.heads[row[-1]], *row) for row in self.kept])
        runs.place(transaction, [(self.heads[row[-1]], *row) for row in self.changed])
        runs.end(transaction, self.ended, unclaimed=True)

    def told(self) -> list[Moved]:
        return [
            Moved(self.flow, version, step, target, how, count)
            for (version, step, target, how), count in self.people.items()
        ]


def _detail(way: Route, target: Target, step: str) -> str:
    says = f"to version {way.new.program.version}"
    if target.how == "next":
        return f"{says}: {step} is gone"
    return f"{says}: from {step}" if target.how == "moved" else says


def _loops(way: Route, target: Target) -> tuple[str, ...]:
    """The loops that somebody comes into from outside, who is in their first round then."""
    assert target.step is not None
    around = way.within.get(target.step, ())
    if way.new.program.ops[target.place].kind == "again":
        return (*around, target.step)
    return around


def remember(memory: dict[str, Any], renamed: dict[str, str | None]) -> bool:
    """Let a run's memory count by the ids of the new version; whether anything was another.

    Visits are kept under the old id, too: another step may have that id now, and what was sent
    under it must not be sent under it again.
    """
    touched = False
    for counters in ("visits", "jumps", "repeats", "sends"):
        counted: dict[str, int] | None = memory.get(counters)
        if not counted or not (renamed.keys() & counted.keys()):
            continue
        touched = True
        found: dict[str, int] = {}
        for step, count in counted.items():
            mate = renamed.get(step, step)
            names = {mate, step} if counters == "visits" else {mate}
            for name in names - {None}:
                assert name is not None
                found[name] = max(found.get(name, 0), count)
        memory[counters] = found
    return touched
