"""Coupon codes in the store: pools of imported ones, who was given what, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from engine.core.coupons import Code, Coupon, Promise, ends, mint
from engine.core.model import Instant
from engine.logs import logger
from engine.store.dialects import TEXTS, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction

_log = logger(__name__)


OUT_OF_CODES: Final = "out of codes"
"""Why an intent waits, or did not go, whose coupon has a pool with nothing left in it."""


def drawn(rows: Rows, promise: Promise) -> Code | None:
    """The code that was drawn for a promise."""
    row = rows.row(
        "select code, valid_until from coupon_code"
        " where run = ? and step = ? and visit = ? and coupon = ?",
        (promise.run, promise.step, promise.visit, promise.name),
    )
    return None if row is None else Code(promise.name, str(row[0]), row[1])


def draw(
    transaction: Transaction,
    promise: Promise,
    coupon: Coupon,
    secret: str,
    customer: int,
    zone: str,
    now: Instant,
) -> Code | None:
    """A code for a promise, for good when the transaction commits: the next of the coupon's pool,
    or one of ours where it has none. None: the pool is empty.
    """
    row = transaction.row(
        "select id, code from coupon_pool where coupon = ? and taken_at is null"
        " order by id limit 1",
        (coupon.name,),
    )
    if row is not None:
        transaction.execute("update coupon_pool set taken_at = ? where id = ?", (now, row[0]))
        code = str(row[1])
    elif transaction.row("select 1 from coupon_pool where coupon = ? limit 1", (coupon.name,)):
        _log.error("no imported code is left", coupon=coupon.name)
        return None
    else:
        code = _made(transaction, promise, coupon, secret)
    until = ends(coupon, now, zone)
    transaction.execute(
        "insert into coupon_code"
        " (code, folded, coupon, customer, run, step, visit, given_at, valid_until)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            code,
            code.upper(),
            coupon.name,
            customer,
            promise.run,
            promise.step,
            promise.visit,
            now,
            until,
        ),
    )
    return Code(coupon.name, code, until)


def _made(transaction: Transaction, promise: Promise, coupon: Coupon, secret: str) -> str:
    """A code of ours that nobody has. The first of a run has the run's own."""
    code = mint(coupon, promise.run, secret)
    number = 0
    while transaction.row("select 1 from coupon_code where folded = ?", (code.upper(),)):
        number += 1
        code = mint(coupon, promise.run, f"{secret}/{promise.step}/{promise.visit}/{number}")
    return code


def _wake(transaction: Transaction, at: Instant) -> None:
    """There are codes: messages that wait for one are looked at again."""
    transaction.execute(
        "update intent set due_at = ? where state = 'ready' and reason = ? and due_at > ?",
        (at, OUT_OF_CODES, at),
    )


def give_back(transaction: Transaction, promise: Promise, at: Instant) -> None:
    """No message told of the code: it goes back to its pool, and nobody was given it."""
    found = drawn(transaction, promise)
    if found is None:
        return
    transaction.execute(
        "delete from coupon_code where code = ? and redeemed_at is null", (found.code,)
    )
    transaction.execute(
        "update coupon_pool set taken_at = null where folded = ? and coupon = ?"
        " and not exists (select 1 from coupon_code where coupon_code.folded = coupon_pool.folded)",
        (found.code.upper(), promise.name),
    )
    _wake(transaction, at)


@dataclass(frozen=True, slots=True)
class Added:
    """What an import of codes did. `left` is how many nobody has yet."""

    coupon: str
    added: int
    known: int
    left: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def add_codes(transaction: Transaction, coupon: str, codes: Iterable[str], at: Instant) -> Added:
    """Put codes into a pool, in their order. One that is known anywhere is left where it is."""
    wanted: dict[str, str] = {}
    for code in codes:
        wanted.setdefault(code.upper(), code)
    known = {
        row[0]
        for table in ("coupon_pool", "coupon_code")
        for row in transaction.rows(
            f"select folded from {table} where folded in {TEXTS}", (texts(wanted),)
        )
    }
    new = [(folded, code) for folded, code in wanted.items() if folded not in known]
    numbers = transaction.numbers("coupon_pool", len(new)) if new else range(0)
    transaction.executemany(
        "insert into coupon_pool (id, coupon, code, folded, added_at) values (?, ?, ?, ?, ?)",
        [
            (number, coupon, code, folded, at)
            for number, (folded, code) in zip(numbers, new, strict=True)
        ],
    )
    _wake(transaction, at)
    (left,) = transaction.rows(
        "select count(*) from coupon_pool where coupon = ? and taken_at is null", (coupon,)
    )[0]
    return Added(coupon, len(new), len(known), left)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code of ours on an order. `others` where it was given to somebody else."""

    coupon: str
    code: str
    others: bool


def redeem(
    transaction: Transaction,
    codes: Iterable[str],
    customer: int,
    at: Instant,
    order: str | None,
    value: int | None,
) -> list[Redeemed]:
    """Note the codes of ours among `codes`, however they were typed; each is redeemed once."""
    folded = sorted({code.strip().upper() for code in codes if code.strip()})
    found = transaction.rows(
        "select code, coupon, customer from coupon_code"
        f" where folded in {TEXTS} and redeemed_at is null order by code",
        (texts(folded),),
    )
    for code, _, _ in found:
        transaction.execute(
            "update coupon_code set redeemed_at = ?, redeemed_by = ?, order_id = ?,"
            " order_value = ? where code = ?",
            (at, customer, order, value, code),
        )
    return [Redeemed(coupon, code, owner != customer) for code, coupon, owner in found]


def overview(reader: Any) -> list[dict[str, Any]]:
    """Per coupon: given, redeemed (by others than those it was given to), revenue in minor units
    of its orders, and what is left in its pool (None: it has no pool). `reader` reads.
    """
    rows: dict[str, dict[str, Any]] = {}

    def of(coupon: str) -> dict[str, Any]:
        return rows.setdefault(
            coupon,
            {
                "coupon": coupon,
                "given": 0,
                "redeemed": 0,
                "by_others": 0,
                "revenue": 0,
                "left": None,
            },
        )

    for coupon, given, redeemed, others, revenue in reader.rows(
        "select coupon, count(*), count(redeemed_at),"
        " sum(case when redeemed_by <> customer then 1 else 0 end),"
        " sum(coalesce(order_value, 0)) from coupon_code group by coupon"
    ):
        of(coupon).update(
            given=given, redeemed=redeemed, by_others=int(others or 0), revenue=int(revenue or 0)
        )
    for coupon, all_of_it, taken in reader.rows(
        "select coupon, count(*), count(taken_at) from coupon_pool group by coupon"
    ):
        of(coupon)["left"] = all_of_it - taken
    return [rows[name] for name in sorted(rows)]
