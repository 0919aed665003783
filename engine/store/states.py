"""Lanes out of the store: many customers at once, one query per kind of fact.

Only what the published programs can look at is read (`Needs`). Row ids stay sorted, so that
neighbouring rows are read and later written together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import orjson

from engine.core.dispatch import CustomerState
from engine.core.facts import Cart, Facts, Score, Sent
from engine.core.model import DAY, Event, Instant, Properties, Run, RunState
from engine.store.dialects import MEMBERS, TEXTS, Numbers, members, texts
from engine.store.events import APPLIED
from engine.store.rows import Rows
from engine.store.suppression import Suppressions
from engine.store.writer import Row, Transaction

STATES: tuple[RunState, ...] = ("waiting", "held", "ended")
STATE_NUMBERS: dict[str, int] = {state: number for number, state in enumerate(STATES)}
RECIPIENTS = ("customer", "staff", "call")
RECIPIENT_NUMBERS = {recipient: number for number, recipient in enumerate(RECIPIENTS)}


@dataclass(frozen=True, slots=True)
class Needs:
    """What lanes have to know. `events` and `segments` None mean all; `limits` is the longest limit
    (ms).
    """

    events: frozenset[str] | None = None
    limits: Instant = 31 * DAY
    ended: bool = True
    entries: bool = True
    segments: frozenset[str] | None = None


def flow_names(rows: Rows) -> dict[int, str]:
    """All flows that anybody ever entered, by number."""
    return dict(rows.rows("select id, name from flow"))


def flow_number(rows: Rows, flow: str) -> int | None:
    """A flow's number, None where it has none yet."""
    row = rows.row("select id from flow where name = ?", (flow,))
    return None if row is None else int(row[0])


class FlowNumbers:
    """Flow names and the numbers that stand for them in rows, both ways, in memory."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def read(self, transaction: Rows) -> None:
        """Know what the table says, and nothing that was never committed."""
        self._numbers.clear()
        for number, name in flow_names(transaction).items():
            self._numbers[name] = number
            self._names[number] = name

    def number(self, transaction: Transaction, name: str) -> int:
        """The flow's number, given out at first use."""
        number = self._numbers.get(name)
        if number is None:
            number = flow_number(transaction, name)
            if number is None:
                number = transaction.number("flow")
                transaction.execute("insert into flow (id, name) values (?, ?)", (number, name))
            self._numbers[name] = number
            self._names[number] = name
        return number

    def name(self, number: int) -> str:
        return self._names[number]


@dataclass(slots=True)
class Loaded:
    """Lanes by customer, and the newest history row of each of their runs."""

    lanes: dict[int, CustomerState] = field(default_factory=dict)
    heads: dict[int, int | None] = field(default_factory=dict)


def load(
    transaction: Transaction,
    customers: Collection[int],
    *,
    needs: Needs,
    flows: FlowNumbers,
    suppressions: Suppressions,
    catalogue: Mapping[str, Properties],
    zone: str,
    now: Instant,
    since: Instant | None = None,
) -> Loaded:
    """The lanes of these customers. Customers that do not exist (any more) have none.

    `zone` is the store's, for customers without their own; `since` when the earliest happened of
    what is to be applied: goals that were open then are looked at.
    """
    loaded = Loaded()
    lanes = loaded.lanes
    wanted = members(sorted(customers))
    loads = orjson.loads
    suppressed = suppressions.read(transaction)
    for number, own_zone, properties, tags, scores, cart in transaction.rows(
        "select id, zone, properties, tags, scores, cart from customer"
        f" where id in {MEMBERS} order by id",
        (wanted,),
    ):
        facts = Facts(number, own_zone or zone, loads(properties), catalogue=catalogue)
        if tags is not None:
            facts.tags = set(loads(tags))
        if scores is not None:
            facts.scores = {name: Score(*score) for name, score in loads(scores).items()}
        if cart is not None:
            facts.cart = Cart(**loads(cart))
        if suppressed:
            facts.suppressed = suppressions.of(facts.customer)
        lanes[number] = CustomerState(facts)
    _consents(transaction, wanted, lanes)
    _history(transaction, wanted, lanes, needs)
    _sent(transaction, wanted, lanes, needs, now)
    if needs.segments is None or needs.segments:
        for customer, segment, member in transaction.rows(
            f"select customer, segment, member from membership where customer in {MEMBERS}",
            (wanted,),
        ):
            if customer in lanes and (needs.segments is None or segment in needs.segments):
                lanes[customer].facts.segments[segment] = bool(member)
    _runs(transaction, wanted, loaded, needs, flows, now if since is None else min(since, now))
    return loaded


def _consents(transaction: Transaction, wanted: Numbers, lanes: dict[int, CustomerState]) -> None:
    for customer, what, allowed in transaction.rows(
        f"select customer, what, allowed from consent where customer in {MEMBERS}", (wanted,)
    ):
        lane = lanes.get(customer)
        if lane is None:
            continue
        if what == "tracking":
            lane.facts.trackable = bool(allowed)
        else:
            lane.facts.consent[what] = bool(allowed)


def _history(
    transaction: Transaction, wanted: Numbers, lanes: dict[int, CustomerState], needs: Needs
) -> None:
    if needs.events is not None and not needs.events:
        return
    sql = (
        "select customer, id, name, occurred_at, received_at, enters, properties from event"
        f" where customer in {MEMBERS}"
    )
    values: tuple[object, ...] = (wanted,)
    if needs.events is not None:
        sql += f" and name in {TEXTS}"
        values += (texts(sorted(needs.events)),)
    sql += f" and {APPLIED} order by customer, name, occurred_at, id"
    loads = orjson.loads
    for customer, seq, name, occurred_at, received_at, enters, properties in transaction.rows(
        sql, values
    ):
        lane = lanes.get(customer)
        if lane is not None:
            event = Event(name, loads(properties), occurred_at, received_at, seq, bool(enters))
            lane.facts.history.setdefault(name, []).append(event)


def _sent(
    transaction: Transaction,
    wanted: Numbers,
    lanes: dict[int, CustomerState],
    needs: Needs,
    now: Instant,
) -> None:
    if not needs.limits:
        return
    for customer, at, gone, channel, run, step, visit, recipient in transaction.rows(
        "select customer, coalesce(claimed_at, made_at), claimed_at is not null, channel,"
        " run, step, visit, recipient"
        f" from intent where customer in {MEMBERS} and made_at > ? and counts"
        " and state not in ('skipped', 'failed')",
        (wanted, now - needs.limits - 2 * DAY),
    ):
        lane = lanes.get(customer)
        if lane is not None:
            key = f"{run}:{step}:{visit}:{RECIPIENTS[recipient]}"
            lane.facts.sent.append(Sent(at, channel, key, bool(gone)))


_RUN = (
    "select id, customer, flow, version, key, state, node, entered_at, arrived_at, wake_at,"
    " goal_until, goal_at, unclaimed, ended_at, end_kind, end_reason, history, memory from run"
)


def run_of(row: Row, flows: FlowNumbers) -> Run:
    """A `Run` from a row of `_RUN`'s columns."""
    memory = row[17]
    return Run(
        row[0],
        flows.name(row[2]),
        row[3],
        row[1],
        row[4],
        STATES[row[5]],
        row[6],
        row[7],
        row[8],
        row[9],
        orjson.loads(memory) if memory is not None else {},
        row[10],
        row[11],
        bool(row[12]),
        row[13],
        row[14],
        row[15] or "",
    )


def runs_by_id(
    transaction: Transaction, ids: Collection[int], flows: FlowNumbers
) -> dict[int, Run]:
    """These runs as they stand, ended or not."""
    rows = transaction.rows(f"{_RUN} where id in {MEMBERS}", (members(ids),))
    return {row[0]: run_of(row, flows) for row in rows}


def _runs(
    transaction: Transaction,
    wanted: Numbers,
    loaded: Loaded,
    needs: Needs,
    flows: FlowNumbers,
    since: Instant,
) -> None:
    lanes, heads = loaded.lanes, loaded.heads
    # The order of runs within a lane is that of their ids: the same in every replay.
    rows = transaction.rows(
        f"{_RUN} where customer in {MEMBERS} and ended_at is null order by id", (wanted,)
    )
    if needs.ended:
        rows += transaction.rows(
            f"{_RUN} where customer in {MEMBERS} and ended_at is not null"
            " and (unclaimed or (goal_at is null and goal_until >= ?)) order by id",
            (wanted, since - DAY),
        )
    if needs.entries:
        # Each half of the runs has an index by customer, the whole has none.
        for customer, flow, key, entered_at in transaction.rows(
            "select customer, flow, key, max(entered_at) from run"
            f" where customer in {MEMBERS} and ended_at is not null group by customer, flow, key",
            (wanted,),
        ):
            lane = lanes.get(customer)
            if lane is not None:
                lane.entries[flows.name(flow), key] = entered_at
    for row in rows:
        lane = lanes.get(row[1])
        if lane is not None:
            run = run_of(row, flows)
            lane.runs.append(run)
            heads[row[0]] = row[16]
            if needs.entries:
                entered = lane.entries.get((run.flow, run.key), run.entered_at)
                lane.entries[run.flow, run.key] = max(entered, run.entered_at)
