"""Coupon codes in the store: pools of imported ones, who was given what, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from engine.core.model import Instant
from engine.logs import logger
from engine.store.dialects import TEXTS, texts
from engine.store.writer import Transaction

_log = logger(__name__)


class ImportedCodes:
    """The pools, inside one transaction: a code that was taken is taken when it commits."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._pools: dict[str, bool] = {}

    def take(self, coupon: str, at: Instant) -> str | None:
        """A code that nobody had, "" when none is left, None for a coupon without a pool."""
        row = self._transaction.row(
            "select id, code from coupon_pool where coupon = ? and taken_at is null"
            " order by id limit 1",
            (coupon,),
        )
        if row is not None:
            self._transaction.execute(
                "update coupon_pool set taken_at = ? where id = ?", (at, row[0])
            )
            return str(row[1])
        if coupon not in self._pools:
            found = self._transaction.row(
                "select 1 from coupon_pool where coupon = ? limit 1", (coupon,)
            )
            self._pools[coupon] = found is not None
        if not self._pools[coupon]:
            return None
        _log.warning("no imported code is left", coupon=coupon)
        return ""


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
