"""Every table. Instants are milliseconds since the epoch, UTC; JSON columns hold orjson bytes.

Rows that change often (`run`, `intent`, `customer`) are narrow and have integer keys; what only
grows (`event`, `step_history`, `consent_proof`, `audit`) is appended to and never updated.
There are no foreign keys in the database: one process writes, and bulk writes would pay for
each check. The names say what refers to what.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId

# --- people --------------------------------------------------------------------------------


NOBODY = 0
"""What no customer's number is."""


class Customer(SQLModel, table=True):
    """A person, known or anonymous. `merged_into` is set where two rows turned out to be one, and
    is `NOBODY` where the person was erased: such a row is only counted.

    `properties` holds every customer property, built-in (email, phone, first_name ..) and
    declared, as the language sees it: money in minor units, dates as ISO text.
    `tags` is a JSON list, `scores` {name: [points, at]}, `cart` {items, url, updated_at}; they
    are None more often than not.
    `zone` is the IANA name, None for the store's.
    """

    __table_args__: ClassVar = (
        Index("customer_of_zone", "zone", "id"),
        Index(
            "customer_merged_into",
            "merged_into",
            sqlite_where=text("merged_into is not null"),
            postgresql_where=text("merged_into is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    created_at: int = Field(sa_type=BigInteger)
    zone: str | None = None
    properties: bytes = Field(default=b"{}", sa_type=Json)
    tags: bytes | None = Field(default=None, sa_type=Json)
    scores: bytes | None = Field(default=None, sa_type=Json)
    cart: bytes | None = Field(default=None, sa_type=Json)
    merged_into: int | None = Field(default=None, sa_type=BigInteger)


class Identity(SQLModel, table=True):
    """By what a customer is found: `kind` is anonymous, user, email, phone or push."""

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    customer: int = Field(sa_type=BigInteger, index=True)
    at: int = Field(sa_type=BigInteger)


class Consent(SQLModel, table=True):
    """What holds now: `what` is a channel, a topic or `tracking`."""

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    what: str = Field(primary_key=True)
    allowed: bool
    at: int = Field(sa_type=BigInteger)


class ConsentProof(SQLModel, table=True):
    """Append-only: how each consent came and went. `address` is what was confirmed."""

    __tablename__ = "consent_proof"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    what: str
    act: str  # asked, confirmed, granted, withdrawn
    at: int = Field(sa_type=BigInteger)
    source: str  # server key, double opt-in, unsubscribe link, flow ..
    address: str = ""
    detail: bytes = Field(default=b"{}", sa_type=Json)


class Suppression(SQLModel, table=True):
    """Addresses that get nothing any more, as a keyed hash: survives the person's erasure.

    `number` rises with each new one: whoever holds the list in memory sees by the newest that it
    has grown.
    """

    number: int = Field(default=0, sa_type=BigInteger, index=True)
    channel: str = Field(primary_key=True)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    reason: str
    at: int = Field(sa_type=BigInteger)


# --- what happened -------------------------------------------------------------------------


class Event(SQLModel, table=True):
    """Append-only. `received_at` never falls with rising `id`: the writer stamps it.

    `enters` is false for what is too old or imported: it counts and exits, but starts nothing.
    """

    __table_args__: ClassVar = (
        Index("event_of_customer", "customer", "name", "occurred_at"),
        UniqueConstraint("message_id", name="event_once"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    message_id: str
    customer: int = Field(sa_type=BigInteger)
    name: str
    occurred_at: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    enters: bool = True
    properties: bytes = Field(default=b"{}", sa_type=Json)


class Pending(SQLModel, table=True):
    """Events that no lane has applied yet. A row goes in the transaction that applies it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)


class Failure(SQLModel, table=True):
    """A poison event or run: why its lane could not be applied. Seen in the trace."""

    __tablename__ = "failure"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    event: int | None = Field(default=None, sa_type=BigInteger)
    run: int | None = Field(default=None, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    reason: str


# --- catalogue -----------------------------------------------------------------------------


class Product(SQLModel, table=True):
    """A product as the language sees it; `price` (minor units) and `stock` also stand apart.

    A variant is a product of its own that names its `parent`.
    """

    id: str = Field(primary_key=True)
    properties: bytes = Field(default=b"{}", sa_type=Json)
    price: int | None = Field(default=None, sa_type=BigInteger)
    stock: int | None = Field(default=None, sa_type=BigInteger)
    parent: str | None = Field(default=None, index=True)
    updated_at: int = Field(sa_type=BigInteger)


class ProductHistory(SQLModel, table=True):
    """Append-only: price and stock after each change."""

    __tablename__ = "product_history"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    product: str = Field(index=True)
    at: int = Field(sa_type=BigInteger)
    price: int | None = Field(default=None, sa_type=BigInteger)
    stock: int | None = Field(default=None, sa_type=BigInteger)


class Interest(SQLModel, table=True):
    """Who did which event about which product: whom a change of the product may concern.

    Kept for the events that published flows ask about, by `engine.store.interests`.
    """

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    product: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    customer: int = Field(primary_key=True, sa_type=BigInteger, index=True)


class CouponCode(SQLModel, table=True):
    """A code that one run gave to one customer.

    `folded` is the code in capitals: people type codes as they like. `redeemed_by` is who bought
    with it, `order_value` (minor units) what they bought for.
    """

    __tablename__ = "coupon_code"
    __table_args__: ClassVar = (
        Index(
            "coupon_code_redeemed_by",
            "redeemed_by",
            sqlite_where=text("redeemed_by is not null"),
            postgresql_where=text("redeemed_by is not null"),
        ),
    )
    code: str = Field(primary_key=True)
    folded: str = Field(default="", index=True)
    coupon: str
    customer: int = Field(sa_type=BigInteger, index=True)
    run: int = Field(sa_type=BigInteger)
    given_at: int = Field(sa_type=BigInteger)
    valid_until: int | None = Field(default=None, sa_type=BigInteger)
    redeemed_at: int | None = Field(default=None, sa_type=BigInteger)
    redeemed_by: int | None = Field(default=None, sa_type=BigInteger)
    order_id: str | None = None
    order_value: int | None = Field(default=None, sa_type=BigInteger)


class CouponPool(SQLModel, table=True):
    """A code that was made elsewhere and imported; `taken_at` None: nobody has it yet."""

    __tablename__ = "coupon_pool"
    __table_args__: ClassVar = (
        Index("coupon_pool_coupon", "coupon"),
        Index(
            "coupon_pool_left",
            "coupon",
            "id",
            sqlite_where=text("taken_at is null"),
            postgresql_where=text("taken_at is null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    coupon: str
    code: str
    folded: str = Field(unique=True)
    added_at: int = Field(sa_type=BigInteger)
    taken_at: int | None = Field(default=None, sa_type=BigInteger)


# --- the shop system -----------------------------------------------------------------------


class ShopRecord(SQLModel, table=True):
    """How much a shop system has told us of one thing, so that late and repeated webhooks change
    nothing: `kind` is customer, order, cart, checkout, product, variant or stock.

    `told_at` is the moment of the newest statement by the shop's own clock.
    """

    __tablename__ = "shop_record"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    shop: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    customer: int | None = Field(default=None, sa_type=BigInteger, index=True)
    told_at: int = Field(default=0, sa_type=BigInteger)
    detail: bytes = Field(default=b"{}", sa_type=Json)


class ShopDelivery(SQLModel, table=True):
    """A webhook that says only what is to be fetched. `due_at` None: fetched or given up."""

    __tablename__ = "shop_delivery"
    __table_args__: ClassVar = (
        UniqueConstraint("shop", "mark", name="shop_delivery_once"),
        Index(
            "shop_delivery_due",
            "due_at",
            sqlite_where=text("due_at is not null"),
            postgresql_where=text("due_at is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    shop: str
    mark: str
    topic: str
    detail: bytes = Field(default=b"{}", sa_type=Json)
    at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    reason: str = ""


# --- flows and runs ------------------------------------------------------------------------


class Publication(SQLModel, table=True):
    """All sources of one publish: {path: text} of the .flow files and of the message files."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    hash: str = Field(unique=True)
    sources: bytes = Field(sa_type=Json)
    messages: bytes = Field(default=b"{}", sa_type=Json)
    published_at: int = Field(sa_type=BigInteger)
    author: str = ""


class FlowVersion(SQLModel, table=True):
    """What a run pins. `hash` covers the flow and the declarations it was compiled with.

    `number` counts the versions of one flow from 1. `live` is true for the one that people enter.
    """

    __tablename__ = "flow_version"
    __table_args__: ClassVar = (UniqueConstraint("flow", "number", name="flow_version_number"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    flow: str
    number: int
    hash: str
    publication: int = Field(sa_type=BigInteger)
    published_at: int = Field(sa_type=BigInteger)
    live: bool


class Run(SQLModel, table=True):
    """One customer's way through one version of one flow.

    `key` is what the run's key has beyond the customer, "" for nothing. `node` is the place in
    the version's program. `memory` is what the machine keeps. `history` is the newest row of
    `step_history`. `live` while the run can still be moved: it has not ended, its goal may
    still be reached, or an intent of it is unclaimed. While its flow is paused, `asleep_until`
    keeps what `wake_at` was.
    """

    __table_args__: ClassVar = (
        Index(
            "run_once",
            "customer",
            "flow",
            "key",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(
            "run_ended",
            "customer",
            "flow",
            sqlite_where=text("ended_at is not null"),
            postgresql_where=text("ended_at is not null"),
        ),
        Index(
            "run_due",
            "wake_at",
            sqlite_where=text("wake_at is not null"),
            postgresql_where=text("wake_at is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    version: int
    key: str = ""
    state: int = Field(sa_type=SmallInteger)  # 0 waiting, 1 held, 2 ended
    node: int
    entered_at: int = Field(sa_type=BigInteger)
    arrived_at: int = Field(sa_type=BigInteger)
    wake_at: int | None = Field(default=None, sa_type=BigInteger)
    asleep_until: int | None = Field(default=None, sa_type=BigInteger)
    goal_until: int | None = Field(default=None, sa_type=BigInteger)
    goal_at: int | None = Field(default=None, sa_type=BigInteger)
    unclaimed: bool = False
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    end_kind: str | None = None
    end_reason: str | None = None
    history: int | None = Field(default=None, sa_type=BigInteger)
    memory: bytes | None = Field(default=None, sa_type=Json)


class StepHistory(SQLModel, table=True):
    """Append-only. The rows of a run hang together through `previous`, newest first.

    So a run's story is read by its rows' numbers, and writing it needs no index: an index over
    `run` would dirty a page of its own for each row.
    """

    __tablename__ = "step_history"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    run: int = Field(sa_type=BigInteger)
    previous: int | None = Field(default=None, sa_type=BigInteger)
    node: str
    at: int = Field(sa_type=BigInteger)
    outcome: str
    detail: str = ""
    until_at: int | None = Field(default=None, sa_type=BigInteger)


class Intent(SQLModel, table=True):
    """Something to be done outside, committed before it is done.

    The key (run, step, visit, recipient) is unique: at most one intent each. What can become of
    `state` stands in `engine.store.intents.MOVES`.
    """

    __table_args__: ClassVar = (
        Index(
            "intent_ready",
            "due_at",
            "customer",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "intent_claimed",
            "claimed_at",
            sqlite_where=text("state = 'claimed'"),
            postgresql_where=text("state = 'claimed'"),
        ),
        Index(
            "intent_paused",
            "flow",
            sqlite_where=text("state = 'paused'"),
            postgresql_where=text("state = 'paused'"),
        ),
        Index("intent_of_customer", "customer", "made_at"),
        {"sqlite_with_rowid": False},
    )
    run: int = Field(primary_key=True, sa_type=BigInteger)
    step: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    recipient: int = Field(primary_key=True, sa_type=SmallInteger)  # 0 customer, 1 staff, 2 webhook
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    version: int
    channel: str  # email, sms, push, whatsapp; call for a webhook
    message: str  # the message, or the webhook's name
    made_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    priority: int = 10
    counts: bool = True  # against the limits
    state: str = "ready"
    attempts: int = 0
    claimed_at: int | None = Field(default=None, sa_type=BigInteger)
    done_at: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""
    provider_id: str = ""
    detail: bytes | None = Field(default=None, sa_type=Json)


class OnSite(SQLModel, table=True):
    """What a `show` step left for this visitor; `until_at` None: until seen."""

    __tablename__ = "on_site"
    __table_args__: ClassVar = (UniqueConstraint("run", "step", "visit", name="on_site_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    flow: int = Field(sa_type=BigInteger)
    version: int
    run: int = Field(sa_type=BigInteger)
    step: str
    visit: int
    surface: str
    message: str
    place: str | None = None
    on_leaving: bool
    from_at: int = Field(sa_type=BigInteger)
    until_at: int | None = Field(default=None, sa_type=BigInteger)
    shown_at: int | None = Field(default=None, sa_type=BigInteger)
    detail: bytes = Field(default=b"{}", sa_type=Json)


class GoalReached(SQLModel, table=True):
    """A run's goal, at most once. `revenue` is in minor units; `holdout` for people held out."""

    __tablename__ = "goal"
    run: int = Field(primary_key=True, sa_type=BigInteger)
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    event: str
    revenue: int = Field(sa_type=BigInteger)
    holdout: bool


class SkippedEntry(SQLModel, table=True):
    """Somebody who could have entered a flow and did not, and why."""

    __tablename__ = "skipped_entry"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    flow: int = Field(sa_type=BigInteger)
    key: str = ""
    at: int = Field(sa_type=BigInteger)
    reason: str


class FlowHold(SQLModel, table=True):
    """A flow that somebody paused or stopped (`state`); no row for one that goes on."""

    __tablename__ = "flow_hold"
    flow: str = Field(primary_key=True)
    state: str
    at: int = Field(sa_type=BigInteger)
    who: str = ""


class VersionMove(SQLModel, table=True):
    """People who are being moved to a version: all runs up to `position` are, `last` is the end."""

    __tablename__ = "version_move"
    flow: str = Field(primary_key=True)
    version: int
    position: int = Field(sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)


class FlowName(SQLModel, table=True):
    """Numbers for flow names, so that hot rows stay narrow."""

    __tablename__ = "flow"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    name: str = Field(unique=True)


# --- time ----------------------------------------------------------------------------------


class Cursor(SQLModel, table=True):
    """How far something has come: product changes the last one that was spread to customers."""

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class Firing(SQLModel, table=True):
    """A schedule line (its number) fires once for a customer and a local date (ISO)."""

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    flow: int = Field(primary_key=True, sa_type=BigInteger)
    line: str = Field(primary_key=True)
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    local_date: str = Field(primary_key=True)


class ScheduleLine(SQLModel, table=True):
    """A line of a flow that is due by the calendar, under a number that outlives edits.

    `says` is the line as the formatter writes it, `subject` what it keeps when only its time is
    edited. `looked_at` is the last moment up to which it has fired. `live` while it is published.
    """

    __tablename__ = "schedule_line"
    __table_args__: ClassVar = (UniqueConstraint("flow", "says", name="schedule_line_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    flow: int = Field(sa_type=BigInteger)
    says: str
    subject: str
    looked_at: int = Field(sa_type=BigInteger)
    live: bool


class ZoneMove(SQLModel, table=True):
    """A customer whose time zone changed, until the schedules have seen it. None: the store's."""

    __tablename__ = "zone_move"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)
    zone_before: str | None = None
    at: int = Field(sa_type=BigInteger)


class SegmentState(SQLModel, table=True):
    """A declared segment: `state` is new or edited until it has been looked at as a whole, then
    settled. `hash` covers its conditions and what they rest on.
    """

    __tablename__ = "segment"
    name: str = Field(primary_key=True)
    hash: str
    state: str
    known_at: int = Field(sa_type=BigInteger)
    looked_at: int | None = Field(default=None, sa_type=BigInteger)


class Membership(SQLModel, table=True):
    """Who was in which segment when last looked at; no row for who never was."""

    __table_args__: ClassVar = (
        Index(
            "membership_of_segment",
            "segment",
            "customer",
            sqlite_where=text("member"),
            postgresql_where=text("member"),
        ),
        {"sqlite_with_rowid": False},
    )
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    segment: str = Field(primary_key=True)
    member: bool
    since: int = Field(sa_type=BigInteger)


class MembershipChange(SQLModel, table=True):
    """Append-only: who joined or left which segment. `found` where that was no joining or leaving
    of the customer's own: found inside at a first look, or by a merge of two customers.
    """

    __tablename__ = "membership_change"
    __table_args__: ClassVar = (Index("membership_change_of_segment", "segment", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    segment: str
    joined: bool
    found: bool = False
    at: int = Field(sa_type=BigInteger)


# --- imports -------------------------------------------------------------------------------


class ImportJob(SQLModel, table=True):
    """How far the import of one file has come, by its content (`digest`, SHA-256 in hex).

    `position` counts the rows that are done, written or rejected; it is changed in the
    transaction that stores them. `warnings` is {sentence: how many rows}. From `next_change` on
    the same rows say something else: a sale begins or ends.
    """

    __tablename__ = "import_job"
    __table_args__: ClassVar = (UniqueConstraint("kind", "digest", name="import_job_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    digest: str
    name: str
    position: int = Field(default=0, sa_type=BigInteger)
    warnings: bytes = Field(default=b"{}", sa_type=Json)
    next_change: int | None = Field(default=None, sa_type=BigInteger)
    started_at: int = Field(sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)


class ImportRejection(SQLModel, table=True):
    """A row that was not taken, by its ordinal. The reason holds no value of the row."""

    __tablename__ = "import_rejection"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    job: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    line: int = Field(sa_type=BigInteger)
    reason: str


class ImportSeen(SQLModel, table=True):
    """The products that a complete feed named, until those it did not name are taken away."""

    __tablename__ = "import_seen"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    job: int = Field(primary_key=True, sa_type=BigInteger)
    product: str = Field(primary_key=True)


# --- what is learned -----------------------------------------------------------------------


class LearnedModel(SQLModel, table=True):
    """What was learned from the events up to `newest` and the product changes up to `changes`:
    `tastes` as arrays, `habits` as the hours of a week. Names of products and searched words, no
    customers.
    """

    __tablename__ = "learned"
    name: str = Field(primary_key=True)
    trained_at: int = Field(sa_type=BigInteger)
    newest: int = Field(sa_type=BigInteger)
    changes: int = Field(sa_type=BigInteger)
    content: bytes = Field(sa_type=LargeBinary)


# --- the house -----------------------------------------------------------------------------


class ApiKey(SQLModel, table=True):
    """A write key, kept as its SHA-256. `kind` is server or browser."""

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    name: str
    kind: str
    hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class AdminUser(SQLModel, table=True):
    """Somebody who may sign in. `role` is viewer, marketer, developer or admin."""

    __tablename__ = "admin_user"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    email: str = Field(unique=True)
    password: str  # argon2id
    role: str
    created_at: int = Field(sa_type=BigInteger)
    sessions_from: int = Field(default=0, sa_type=BigInteger)


class Setting(SQLModel, table=True):
    """What the installation itself remembers: secrets it made, the demo's clock."""

    name: str = Field(primary_key=True)
    value: str


class Audit(SQLModel, table=True):
    """Append-only: who did what."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    at: int = Field(sa_type=BigInteger)
    who: str
    act: str
    detail: bytes = Field(default=b"{}", sa_type=Json)
