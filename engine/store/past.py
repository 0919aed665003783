"""What stood at a moment, and what came after it: for who plays the past again. Reads only."""

from __future__ import annotations

from collections.abc import Collection

from engine.core.model import DAY, Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.rows import Rows

_GONE = "state in ('claimed', 'sent', 'unknown', 'failed')"
"""Of an intent: an attempt was made."""


def people(rows: Rows, after: int, until: Instant, limit: int) -> list[Row]:
    """The next customers who were there: number, when they came, zone, properties, tags."""
    return rows.rows(
        "select id, created_at, zone, properties, tags from customer"
        " where id > ? and merged_into is null and created_at <= ? order by id limit ?",
        (after, until, limit),
    )


def these(rows: Rows, customers: Collection[int]) -> list[Row]:
    """The same of these customers."""
    return rows.rows(
        "select id, created_at, zone, properties, tags from customer"
        f" where id in {MEMBERS} and merged_into is null order by id",
        (members(sorted(customers)),),
    )


def heirs(rows: Rows, customers: Collection[int]) -> set[int]:
    """Those of these customers whom another row was merged into."""
    return {
        row[0]
        for row in rows.rows(
            f"select distinct merged_into from customer where merged_into in {MEMBERS}",
            (members(sorted(customers)),),
        )
    }


def size(rows: Rows) -> int:
    """The highest number of a customer, 0 for none."""
    return int(rows.rows("select coalesce(max(id), 0) from customer")[0][0])


def events(
    rows: Rows,
    customers: Collection[int],
    names: Collection[str] | None,
    until: Instant,
    *,
    later: bool = False,
) -> list[Row]:
    """What these customers did up to a moment, and by these names (None: all, and our own in any
    case): customer, number, message id, name, occurred, received, whether it enters, properties;
    by customer, in the order of receipt. `later`: also what was told afterwards as part of the
    past.
    """
    told = "received_at <= ?"
    if later:
        told = "(received_at <= ? or (not enters and occurred_at <= ?))"
    sql = (
        "select customer, id, message_id, name, occurred_at, received_at, enters, properties"
        f" from event where customer in {MEMBERS} and {told}"
    )
    values: tuple[object, ...] = (members(sorted(customers)), until, *((until,) if later else ()))
    if names is not None:
        sql += f" and name in {TEXTS}"
        values += (texts(sorted(names)),)
    return rows.rows(f"{sql} order by customer, id", values)


def proofs(rows: Rows, customers: Collection[int]) -> list[Row]:
    """How consents came and went: customer, what, act, when, source, detail."""
    return rows.rows(
        "select customer, what, act, at, source, detail from consent_proof"
        f" where customer in {MEMBERS} order by customer, id",
        (members(sorted(customers)),),
    )


def consents(rows: Rows, customers: Collection[int]) -> list[Row]:
    """What holds now: customer, what, allowed, since when."""
    return rows.rows(
        f"select customer, what, allowed, at from consent where customer in {MEMBERS}",
        (members(sorted(customers)),),
    )


def memberships(rows: Rows, customers: Collection[int]) -> list[Row]:
    """Who was in which segment when last looked at: customer, segment, member."""
    return rows.rows(
        f"select customer, segment, member from membership where customer in {MEMBERS}",
        (members(sorted(customers)),),
    )


def membership_changes(rows: Rows, customers: Collection[int], since: Instant) -> list[Row]:
    """Who joined or left since: customer, segment, joined, when; the oldest first."""
    return rows.rows(
        "select customer, segment, joined, at from membership_change"
        f" where customer in {MEMBERS} and at >= ? order by customer, id",
        (members(sorted(customers)), since),
    )


# --- runs ----------------------------------------------------------------------------------


def versions_standing(rows: Rows, at: Instant) -> list[Row]:
    """The versions with runs that stood at a moment: flow, number."""
    return rows.rows(
        "select distinct f.name, r.version from run r join flow f on f.id = r.flow"
        " where r.entered_at < ? and (r.ended_at is null or r.ended_at >= ? or r.goal_until >= ?)",
        (at, at, at),
    )


def entries(rows: Rows, customers: Collection[int], at: Instant) -> list[Row]:
    """When flows were last entered before a moment: customer, flow, key, when."""
    found = []
    for ended in ("is null", "is not null"):  # each half has an index by customer
        found += rows.rows(
            "select customer, flow, key, max(entered_at) from run"
            f" where customer in {MEMBERS} and ended_at {ended} and entered_at < ?"
            " group by customer, flow, key",
            (members(sorted(customers)), at),
        )
    return found


def runs(rows: Rows, customers: Collection[int], at: Instant) -> list[Row]:
    """The runs that stood at a moment, or whose goal could still be reached: as the rows are now,
    columns as `engine.store.states.run_of` takes them.
    """
    found = []
    for ended in ("is null", "is not null and (ended_at >= ? or goal_until >= ?)"):
        found += rows.rows(
            "select id, customer, flow, version, key, state, node, entered_at, arrived_at,"
            " coalesce(wake_at, asleep_until), goal_until, goal_at, unclaimed, ended_at, end_kind,"
            f" end_reason, history, memory from run where customer in {MEMBERS} and entered_at < ?"
            f" and ended_at {ended} order by id",
            (members(sorted(customers)), at, *((at, at) if "?" in ended else ())),
        )
    return sorted(found)


def all_runs(rows: Rows, customers: Collection[int]) -> list[Row]:
    """Every run of these customers: id, customer, when it was entered."""
    found = []
    for ended in ("is null", "is not null"):
        found += rows.rows(
            "select id, customer, entered_at from run"
            f" where customer in {MEMBERS} and ended_at {ended}",
            (members(sorted(customers)),),
        )
    return found


def stories(rows: Rows, heads: Collection[int]) -> list[Row]:
    """The history of runs, whose newest rows are given: run, when, node, outcome, detail, until
    when; each run's oldest first.
    """
    return rows.rows(
        "with recursive story (id, previous, run, at, node, outcome, detail, until_at) as ("
        " select id, previous, run, at, node, outcome, detail, until_at from step_history"
        f" where id in {MEMBERS} union all"
        " select h.id, h.previous, h.run, h.at, h.node, h.outcome, h.detail, h.until_at"
        " from step_history h join story s on h.id = s.previous)"
        " select run, at, node, outcome, detail, until_at from story order by run, id",
        (members(sorted(heads)),),
    )


# --- messages ------------------------------------------------------------------------------


def limited(rows: Rows, customers: Collection[int], at: Instant, window: Instant) -> list[Row]:
    """What counted against limits at a moment: customer, when, whether it was gone, channel, run,
    step, visit, recipient.
    """
    return rows.rows(
        "select customer, case when claimed_at < ? then claimed_at else made_at end,"
        " case when claimed_at < ? then 1 else 0 end, channel, run, step, visit, recipient"
        f" from intent where customer in {MEMBERS} and made_at > ? and made_at < ? and counts"
        " and (state not in ('skipped', 'failed') or done_at >= ?)",
        (at, at, members(sorted(customers)), at - window - 2 * DAY, at, at),
    )


def open_intents(rows: Rows, customers: Collection[int], at: Instant) -> list[Row]:
    """What was decided before a moment and had not gone then: columns as
    `engine.delivery.claims.intent_of` takes them. Due at once where it was due before.
    """
    return rows.rows(
        "select run, step, visit, recipient, customer, flow, version, channel, message, made_at,"
        " case when state = 'ready' then due_at else made_at end, priority, counts, attempts,"
        f" detail from intent where customer in {MEMBERS} and made_at < ?"
        " and channel <> 'call' and coalesce(claimed_at, done_at, ?) >= ?",
        (members(sorted(customers)), at, at, at),
    )


def sent(rows: Rows, customers: Collection[int], since: Instant, until: Instant) -> list[Row]:
    """What left for these customers in a time: customer, flow (number), version, step, channel,
    message, when, run, state.
    """
    return rows.rows(
        "select customer, flow, version, step, channel, message, claimed_at, run, state"
        f" from intent where customer in {MEMBERS} and recipient = 0 and {_GONE}"
        " and claimed_at >= ? and claimed_at <= ? order by customer, claimed_at, run, step, visit",
        (members(sorted(customers)), since, until),
    )


def gone_of(rows: Rows, customers: Collection[int], before: Instant) -> list[Row]:
    """What had left at a moment, of these customers' runs that stood then: run, step, customer."""
    found = []
    for ended in ("is null", "is not null and r.ended_at >= ?"):
        found += rows.rows(
            "select distinct i.run, i.step, r.customer from run r join intent i on i.run = r.id"
            f" where r.customer in {MEMBERS} and r.entered_at < ? and r.ended_at {ended}"
            f" and i.{_GONE} and i.claimed_at < ?",
            (
                members(sorted(customers)),
                before,
                *((before,) if "?" in ended else ()),
                before,
            ),
        )
    return found


# --- what somebody held back, and what no history tells ------------------------------------


def acts(rows: Rows, names: Collection[str]) -> list[Row]:
    """What people did to the shop: when, act, detail (JSON); the oldest first."""
    return rows.rows(
        f"select at, act, detail from audit where act in {TEXTS} order by id", (texts(names),)
    )


def imports(rows: Rows, kinds: Collection[str]) -> list[Row]:
    """When files of these kinds were imported: from, to; the earliest first."""
    return rows.rows(
        "select started_at, coalesce(finished_at, started_at) from import_job"
        f" where kind in {TEXTS} order by 1, 2",
        (texts(kinds),),
    )


def pools(rows: Rows) -> set[str]:
    """The coupons whose codes were imported."""
    return {row[0] for row in rows.rows("select distinct coupon from coupon_pool")}


# --- products ------------------------------------------------------------------------------


def product_history(rows: Rows, since: Instant) -> list[Row]:
    """Prices and stock of the products that changed since, with the last before: product, when,
    price, stock; each product's oldest first.
    """
    return rows.rows(
        "select product, at, price, stock from product_history where at >= ?"
        " or id in (select max(id) from product_history where at < ? and product in"
        " (select product from product_history where at >= ?) group by product)"
        " order by product, id",
        (since, since, since),
    )


def last_before(rows: Rows, at: Instant) -> int:
    """The number of the last change of a product before a moment."""
    return int(
        rows.rows("select coalesce(max(id), 0) from product_history where at < ?", (at,))[0][0]
    )


# --- addresses -----------------------------------------------------------------------------


def suppressed(rows: Rows) -> list[Row]:
    """Addresses that get nothing: channel, hash, reason, since when."""
    return rows.rows("select channel, hash, reason, at from suppression")
