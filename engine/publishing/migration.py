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
from engine.core.machine.state import ended_by
from engine.core.model import Instant
from engine.publishing.going_live import Versions
from engine.publishing.plan import Plan
from engine.publishing.retiming import new_moment
from engine.publishing.routes import How, Route, Target, route
from engine.store.writer import Row, Transaction

PIECE: Final = 4_000
"""So many runs are moved while others wait for the writer."""

AT_ONCE: Final = 20_000
"""Up to so many people are moved in the transaction that publishes."""

_HISTORY = (
    "insert into step_history (id, run, previous, node, at, outcome, detail, until_at)"
    " values (?, ?, ?, ?, ?, ?, ?, ?)"
)


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
    row = transaction.row("select coalesce(max(id), 0) from run")
    assert row is not None
    transaction.executemany(
        "insert into version_move (flow, version, position, last, at) values (?, ?, 0, ?, ?)"
        " on conflict (flow) do update set version = excluded.version, position = 0,"
        " last = excluded.last, at = excluded.at",
        [(flow, number, row[0], now) for flow, number in sorted(wanted.items())],
    )


def move_piece(
    transaction: Transaction, versions: Versions, zone: str, holds: frozenset[str]
) -> list[Moved] | None:
    """Move the next runs of one flow; None when nobody is left to be moved.

    `versions` has the new version and all that people are in, `zone` is the store's, `holds` are
    the flows whose people sleep.
    """
    job = transaction.row(
        "select m.flow, f.id, m.version, m.position, m.last, m.at from version_move m"
        " left join flow f on f.name = m.flow order by m.flow limit 1"
    )
    if job is None:
        return None
    name, number, version, position, last, at = job
    rows = transaction.rows(
        "select r.id, r.version, r.node, r.state, r.arrived_at, r.wake_at, r.asleep_until,"
        " r.goal_until, r.goal_at, r.history, r.memory, r.entered_at, c.zone"
        " from run r left join customer c on c.id = r.customer"
        " where r.flow = ? and r.id > ? and r.id <= ? and r.ended_at is null and r.version <> ?"
        " order by r.id limit ?",
        (number, position, last, version, PIECE),
    )
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
        transaction.execute("delete from version_move where flow = ?", (name,))
    else:
        transaction.execute(
            "update version_move set position = ? where flow = ?", (rows[-1][0], name)
        )
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
    history: list[tuple[Any, ...]] = field(default_factory=list)
    kept: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    ended: list[tuple[Any, ...]] = field(default_factory=list)
    moments: dict[tuple[int, Instant, str], Instant] = field(default_factory=dict)

    def move(self, way: Route, row: Row) -> None:
        run, version, node, state, arrived, wake, asleep, goal_until, goal_at = row[:9]
        head, packed, entered_at, own_zone = row[9:]
        target = way.targets[node]
        step = way.old.program.ops[node].id
        self.people[version, step, target.step, target.how] += 1
        if target.step is None:
            words = ended_by("moved", "")
            self.history.append((run, head, step, self.now, "ended", words, None))
            self.ended.append((self.now, run))
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
        self.history.append((run, head, target.step, self.now, "moved", detail, until))
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
        numbers = transaction.numbers("step_history", len(self.history))
        heads = {row[0]: number for number, row in zip(numbers, self.history, strict=True)}
        transaction.executemany(
            _HISTORY, [(number, *row) for number, row in zip(numbers, self.history, strict=True)]
        )
        transaction.executemany(
            "update run set history = ?, version = ?, node = ? where id = ?",
            [(heads[row[-1]], *row) for row in self.kept],
        )
        transaction.executemany(
            "update run set history = ?, version = ?, node = ?, state = ?, arrived_at = ?,"
            " wake_at = ?, asleep_until = ?, goal_until = ?, memory = ? where id = ?",
            [(heads[row[-1]], *row) for row in self.changed],
        )
        transaction.executemany(
            "update run set history = ?, state = 2, wake_at = null, asleep_until = null,"
            " ended_at = ?, end_kind = 'moved', end_reason = null where id = ?",
            [(heads[row[-1]], *row) for row in self.ended],
        )

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
