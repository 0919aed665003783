"""The plain values of the engine: what happens, who stands where, and what comes out.

Every moment is an `Instant`: milliseconds since the epoch, UTC. Nothing here reads a clock or a
database. Rows that are only written are named tuples (cheap to make, ready for `executemany`);
what changes while it lives is a slotted class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Instant = int
"""Milliseconds since the epoch, UTC."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Properties = dict[str, Any]
"""Values as `engine.core.values` normalises them: JSON, money as integer minor units, a date as
`YYYY-MM-DD` text or, with a time, as an `Instant`."""

# --- what happens --------------------------------------------------------------------------


@dataclass(slots=True)
class Event:
    """Something that a customer did.

    `occurred_at` is when, `received_at` when we learned of it (never earlier). `seq` orders
    events that were received at the same instant and names the event for good (its row id).
    `enters` is false for imports; `counts` for a purchase that was counted when an import told it.
    Message events (`click_email` ..) carry `message`, and `flow`,
    `run` (its id) and `step` (the node's id) where they are known.
    """

    name: str
    properties: Properties
    occurred_at: Instant
    received_at: Instant
    seq: int = 0
    enters: bool = True
    counts: bool = True

    @property
    def at(self) -> Instant:
        """The effective time, by which occurrences are ordered."""
        return self.received_at

    @property
    def fresh(self) -> bool:
        """Whether it may enter flows; older than 24 hours, and imports, only count and exit."""
        return self.enters and self.received_at - self.occurred_at <= DAY


@dataclass(slots=True)
class ProductChange:
    """A product's stock or price is another than before; the catalogue already has the new one.

    `before` and `after` are the product's properties (at least `price` and `stock`). `variant` is
    set where the product is one with variants: the one by which it changed.
    """

    product: str
    before: Properties
    after: Properties
    at: Instant
    seq: int = 0
    variant: str | None = None

    @property
    def shown(self) -> str:
        """What an entry is about."""
        return self.variant or self.product


class Fall(NamedTuple):
    """A price that only fell: `reference` (minor units) is what it is compared with, `prices` what
    it was since, in order, each for ten minutes at least.
    """

    reference: float
    prices: tuple[float, ...]


@dataclass(slots=True)
class PriceFall:
    """A product's price is lower, and has stood for ten minutes at `at`.

    `stock` is what there was of it then.
    """

    product: str
    fall: Fall
    stock: float | None
    at: Instant
    seq: int = 0

    @property
    def shown(self) -> str:
        """What an entry is about."""
        return self.product

    @property
    def price(self) -> float:
        return self.fall.prices[-1]


@dataclass(slots=True)
class SegmentMove:
    """The customer joined (or left) a segment. Lanes find these by themselves.

    `enters` is false where no flow may be entered by it: what an import, an event of long ago or
    an edit of the segment brought about counts and exits, as imports do.
    """

    segment: str
    joined: bool
    at: Instant
    seq: int = 0
    enters: bool = True


@dataclass(slots=True)
class Firing:
    """A line `enter every ..`, `enter once ..` or a date line of `flow` is due.

    `line` is its index in `Program.schedules`; `local_date` (ISO) belongs to its unique key
    (flow, line, customer, local date); `at` is the exact moment it stands for.
    """

    flow: str
    line: int
    local_date: str
    at: Instant
    seq: int = 0


@dataclass(slots=True)
class ManualStart:
    """By API, by hand, or by `start flow` of another flow."""

    flow: str
    properties: Properties
    at: Instant
    seq: int = 0


@dataclass(slots=True)
class ManualStop:
    """Ends all runs of this customer in `flow`, whatever their key."""

    flow: str
    at: Instant
    seq: int = 0


@dataclass(slots=True)
class Refresh:
    """Nothing happened but time: memberships that change by time alone are looked at.

    `edited` are segments whose conditions are others than before: what changes in them enters
    no flow.
    """

    at: Instant
    seq: int = 0
    edited: tuple[str, ...] = ()


Occurrence = (
    Event | ProductChange | PriceFall | SegmentMove | Firing | ManualStart | ManualStop | Refresh
)

# --- who stands where ----------------------------------------------------------------------

RunState = Literal["new", "waiting", "held", "ended"]
"""`new` lasts until a run has taken its first steps; `engine.core.machine.state` alone says what
follows what."""

EndKind = Literal["finished", "exit", "event", "condition", "stopped", "merged", "moved"]
"""Why a run ended: its last step, an `exit` step, `exit when`, `exit if`, `stop flow`, ..."""


@dataclass(slots=True)
class Run:
    """One customer's way through one flow.

    `key` is what `per`, an item's or a product's id add to the customer ("" for plain flows).
    `node` is an index into the program's ops; a waiting run stands at the wait, a held one at the
    send. `memory` is JSON: what the entry was, visits, counters, coupons; see
    `engine.core.machine.state`.
    `unclaimed` says that an intent of this run may still go (it waits, is on its way, or failed and
    may be tried again): exits apply till then.
    `version` and `version`'s program are pinned at entry.
    """

    id: int
    flow: str
    version: int
    customer: int
    key: str
    state: RunState
    node: int
    entered_at: Instant
    arrived_at: Instant
    wake_at: Instant | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    goal_until: Instant | None = None
    goal_at: Instant | None = None
    unclaimed: bool = False
    ended_at: Instant | None = None
    end_kind: EndKind | None = None
    end_reason: str = ""


Outcome = Literal["entered", "done", "skipped", "waiting", "held", "ended", "failed", "moved"]


class History(NamedTuple):
    """What became of a step. The last row of a run tells where it stands.

    `node` is the node's id in the graph, `detail` a fragment of a sentence for people (a reason,
    which arm, which channel), `until` the end of a wait or of quiet hours.
    """

    run: int
    at: Instant
    node: str
    outcome: Outcome
    detail: str = ""
    until: Instant | None = None


# --- what comes out ------------------------------------------------------------------------

Recipient = Literal["customer", "staff"]
Channel = Literal["email", "sms", "push", "whatsapp"]


@dataclass(slots=True)
class Intent:
    """A message that shall go out. (run, step, visit, recipient) is its unique key.

    `step` is the node's id. `staff` is the name of the staff address for `recipient` staff, and
    `to` an address written in the flow. `payload` is what the message may speak of beside the
    customer: entry, event, item, product, coupon, subject, products (a strategy). `order` counts
    what its run decided on: the order in which it reached them. `over` a limit it is skipped
    (None), goes "anyway", or waits for room up to a moment.
    """

    run: int
    step: str
    visit: int
    recipient: Recipient
    channel: Channel
    message: str
    ready_at: Instant
    customer: int
    flow: str
    version: int
    priority: int
    transactional: bool
    payload: Properties
    staff: str | None = None
    to: str | None = None
    order: int = 0
    over: Instant | Literal["anyway"] | None = None

    @property
    def key(self) -> str:
        """The idempotency key that every attempt at every provider carries."""
        return f"{self.run}:{self.step}:{self.visit}:{self.recipient}"


class Show(NamedTuple):
    """Something to be shown to this visitor on the site, until `until` (None: until seen)."""

    run: int
    step: str
    visit: int
    customer: int
    surface: str
    message: str
    where: str | None
    on_leaving: bool
    at: Instant
    until: Instant | None
    payload: Properties


class Call(NamedTuple):
    """A declared webhook to be called, with its values."""

    run: int
    step: str
    visit: int
    customer: int
    webhook: str
    values: Properties
    at: Instant
    order: int = 0


class Emitted(NamedTuple):
    """An event that a step recorded (`track`, `subscribe`, `unsubscribe`).

    For the run's own customer (`other` is None) the lane has already applied it: it is only to be
    stored. Otherwise `other` is the id, user id or e-mail address of whom it belongs to, and it
    is still to be applied there.
    """

    customer: int
    event: Event
    other: str | int | None
    run: int
    step: str


class GoalReached(NamedTuple):
    """`revenue` is in minor units and 0 for all but the latest run of the flow."""

    run: int
    flow: str
    customer: int
    at: Instant
    event: str
    revenue: int
    holdout: bool


class Refunded(NamedTuple):
    """`value` (minor units) of the `event` that happened at `at` was paid back: goals that it
    reached brought in so much less.
    """

    customer: int
    event: str
    at: Instant
    value: int


class EntrySkipped(NamedTuple):
    """Somebody could have entered and did not; `reason` reads well in a trace. What the calendar
    tries day after day and is refused in the same way again is kept once.
    """

    customer: int
    flow: str
    key: str
    at: Instant
    reason: str
    by_calendar: bool = False


class Cancelled(NamedTuple):
    """A run that had already ended by itself was left by an exit: its unclaimed intents end."""

    run: int
    at: Instant
    reason: str


FactKind = Literal["property", "tag", "score", "consent", "segment"]


class FactChange(NamedTuple):
    """`value` None clears a property; tags and segments are True or False, scores the pair
    (points, as of `at`), consent True or False (`name` is a channel or a topic). `before` is what a
    property was, and whether there was the tag.
    """

    customer: int
    kind: FactKind
    name: str
    value: Any
    at: Instant
    before: Any = None
