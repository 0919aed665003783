"""What a lane leaves behind it finds again, on both databases."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SettableClock
from engine.core.changes import Changes
from engine.core.model import DAY, Cancelled, History, Intent, Run
from engine.publishing.live import Live
from engine.store import changes as store_changes
from engine.store import states as lanes
from engine.store.states import Needs
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction, Writer
from tests.engine.store.test_contract import JSON, LAW, TEXT, WHOLE, tried

NOW = 1_767_603_600_000
INSTANT = st.integers(NOW - 400 * DAY, NOW + 400 * DAY)
FLOWS = ("welcome", "zurück", "🛒")


def load(transaction: Transaction, live: Live, *customers: int) -> lanes.Loaded:
    return lanes.load(
        transaction,
        customers,
        needs=Needs(events=None),
        flows=live.flows,
        suppressions=live.suppressions,
        catalogue={},
        zone="Europe/Berlin",
        now=NOW,
    )


def people(transaction: Transaction, count: int) -> None:
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)",
        [(number, NOW, b"{}") for number in range(1, count + 1)],
    )


def nobody(_: Any, __: Any) -> None:
    """There is nobody else to track for."""


@st.composite
def runs(draw: st.DrawFn) -> list[Run]:
    """Runs of a few customers, waiting or ended, at most one of a flow and key each."""
    found = []
    places = st.tuples(
        st.integers(1, 12), st.sampled_from(FLOWS), st.sampled_from(["", "ä", "k 2"])
    )
    for number, (customer, flow, key) in enumerate(draw(st.sets(places, max_size=24)), 1):
        ended = draw(st.booleans())
        run = Run(
            number,
            flow,
            draw(st.integers(1, 2**31 - 1)),
            customer,
            key,
            "ended" if ended else draw(st.sampled_from(["waiting", "held"])),
            draw(st.integers(0, 2**31 - 1)),
            draw(INSTANT),
            draw(INSTANT),
            None if ended else draw(st.none() | INSTANT),
            draw(st.dictionaries(TEXT, JSON, max_size=3)),
            goal_until=draw(st.none() | INSTANT),
            goal_at=draw(st.none() | INSTANT),
            unclaimed=True,
        )
        if ended:
            run.ended_at, run.end_kind, run.end_reason = draw(INSTANT), "goal", draw(TEXT)
        found.append(run)
    return found


@LAW
@given(runs(), st.data())
def test_runs_come_back(writer: Writer, entered: list[Run], data: st.DataObject) -> None:
    """A run is loaded as it was written, when it is new and after it has moved."""
    live = Live(SettableClock(NOW), Suppressions(b"k"))
    moved = deepcopy(entered)
    for run in moved:
        run.node = data.draw(st.integers(0, 99))
        run.memory["moved"] = data.draw(JSON)
        if run.ended_at is None and data.draw(st.booleans()):
            run.state, run.wake_at = "ended", None
            run.ended_at, run.end_kind, run.end_reason = NOW, "finished", "ä"

    def work(transaction: Transaction) -> Any:
        people(transaction, 12)
        states = []
        for now, runs in ((NOW, entered), (NOW + 1, moved)):
            changes = Changes(
                entered=runs if now == NOW else [],
                changed={run.id: run for run in runs},
                history=[History(run.id, now, "entry", "entered") for run in runs],
            )
            before = load(transaction, live, *range(1, 13))
            store_changes.write(transaction, changes, before, live.flows, now, nobody)
            loaded = load(transaction, live, *range(1, 13))
            states.append({run.id: run for lane in loaded.lanes.values() for run in lane.runs})
            assert list(loaded.lanes) == list(range(1, 13))
        heads = dict(transaction.rows("select id, history from run"))
        previous = dict(transaction.rows("select id, previous from step_history"))
        return states, heads, previous

    (first, then), heads, previous = tried(writer, work)
    assert first == {run.id: run for run in entered}
    assert then == {run.id: run for run in moved}
    # A run's story is its newest row and what hangs on it.
    chain = [heads[run.id] for run in moved]
    assert all(previous[previous[head]] is None for head in chain)
    assert len({*chain, *(previous[head] for head in chain)}) == 2 * len(moved)


@LAW
@given(
    payload=st.dictionaries(TEXT, JSON, max_size=4),
    count=st.integers(1, 12),
    priority=st.integers(0, 2**31 - 1),
    reason=TEXT,
)
def test_intents_come_back(
    writer: Writer, payload: dict[str, Any], count: int, priority: int, reason: str
) -> None:
    """What a message is made from is kept whole; what was withdrawn is skipped with its reason."""
    live = Live(SettableClock(NOW), Suppressions(b"k"))

    def work(transaction: Transaction) -> Any:
        people(transaction, 1)
        sent = [
            Intent(
                1,
                "send ä",
                visit,
                "customer",
                "email",
                "m",
                NOW,
                1,
                "f",
                1,
                priority,
                False,
                payload,
            )
            for visit in range(1, count + 1)
        ]
        nothing = load(transaction, live, 1)
        changes = Changes(intents=sent)
        store_changes.write(transaction, changes, nothing, live.flows, NOW, nobody)
        rows = transaction.rows(
            "select visit, priority, counts, state, detail from intent order by visit"
        )
        left = Changes(withdrawn=[Cancelled(1, NOW + 1, reason)])
        store_changes.write(transaction, left, nothing, live.flows, NOW, nobody)
        after = transaction.rows("select distinct state, done_at, reason from intent")
        return rows, after, len(load(transaction, live, 1).lanes[1].facts.sent)

    rows, after, counted = tried(writer, work)
    assert [row[:4] for row in rows] == [
        (visit, priority, True, "ready") for visit in range(1, count + 1)
    ]
    assert all(orjson.loads(row[4])["payload"] == payload for row in rows)
    assert after == [("skipped", NOW + 1, reason)]
    assert counted == 0


@LAW
@given(st.lists(st.tuples(TEXT, st.booleans(), WHOLE), min_size=1, max_size=12))
def test_facts_come_back(writer: Writer, told: list[tuple[str, bool, int]]) -> None:
    """Consent, segments, tags and scores are what was said last."""
    live = Live(SettableClock(NOW), Suppressions(b"k"))

    def work(transaction: Transaction) -> Any:
        people(transaction, 1)
        for name, flag, number in told:
            for table, column, at in (
                ("consent", "what, allowed", "at"),
                ("membership", "segment, member", "since"),
            ):
                key, value = column.split(", ")
                transaction.execute(
                    f"insert into {table} (customer, {column}, {at}) values (1, ?, ?, ?)"
                    f" on conflict (customer, {key}) do update set {value} = excluded.{value},"
                    f" {at} = excluded.{at}",
                    (f"x{name}", flag, number),
                )
        transaction.execute(
            "update customer set tags = ?, scores = ?, zone = ? where id = 1",
            (orjson.dumps([name for name, _, _ in told]), b'{"s":[3,5]}', "Asia/Kathmandu"),
        )
        return load(transaction, live, 1).lanes[1].facts

    facts = tried(writer, work)
    last = {f"x{name}": flag for name, flag, _ in told}
    assert facts.consent == last
    assert facts.segments == last
    assert facts.tags == {name for name, _, _ in told}
    assert (facts.scores["s"].points, facts.scores["s"].at) == (3, 5)
    assert facts.zone == "Asia/Kathmandu"
