"""What a product's price was and for how long, out of the history of products.

A price is judged ten minutes after the row that began it, by `engine.core.prices`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.core.model import Instant, PriceFall
from engine.core.prices import STANDS, Step, fall_of, price_of
from engine.store import cursors
from engine.store.rows import Rows
from engine.store.writer import Transaction

_CURRENCY: Final = "prices:currency"
_SINCE: Final = "prices:since"
"""Rows up to this one are in a currency that the store had before."""

_END: Final = (1 << 63) - 1

_IS_ANOTHER: Final = (
    "exists (select 1 from product_history as older"
    " where older.product = told.product and older.id < told.id)"
    " and coalesce(price, 0) <> coalesce((select was.price from product_history as was"
    " where was.product = told.product and was.id < told.id order by was.id desc limit 1), 0)"
)
"""Whether the row `told` has another price than the one before it; a first one has none."""


class PriceRow(NamedTuple):
    """A row whose price can be judged: all up to `seq` are done, `fall` is to be told, if any."""

    seq: int
    at: Instant
    fall: PriceFall | None


def next_price(rows: Rows, after: int, now: Instant) -> PriceRow | None:
    """What comes behind a number, of prices that may have stood long enough at `now`."""
    last = rows.row("select id from product_history where id > ? order by id limit 1", (after,))
    if last is None:
        return None
    ((young,),) = rows.rows(
        "select min(id) from product_history where id > ? and at > ?", (after, now - STANDS)
    )
    row = rows.row(
        "select id, product, at from product_history as told where id > ?"
        f" and id < ? and price > 0 and {_IS_ANOTHER} order by id limit 1",
        (after, _END if young is None else young),
    )
    if row is None:
        newest = rows.rows("select max(id) from product_history")[0][0]
        seq = newest if young is None else young - 1
        return PriceRow(seq, now, None) if seq > after else None
    number, product, at = row
    return PriceRow(number, at + STANDS, _fall(rows, number, product, at + STANDS))


def _fall(rows: Rows, number: int, product: str, at: Instant) -> PriceFall | None:
    if rows.row("select 1 from product where parent = ? limit 1", (product,)) is not None:
        return None  # the price of a parent is that of its variants, and they tell it
    steps = _steps(rows, product, at)
    if not steps or steps[-1][0] != number:
        return None  # it did not stand
    fall = fall_of([step for _, step in steps], at)
    if fall is None:
        return None
    ((stock,),) = rows.rows(
        "select stock from product_history where product = ? and at < ? order by id desc limit 1",
        (product, at),
    )
    return PriceFall(product, fall, stock, at, number)


def _steps(rows: Rows, product: str, until: Instant) -> list[tuple[int, Step]]:
    """What a product's price was before a moment, with the numbers of the rows that changed it."""
    return [
        (number, Step(at, price_of(price)))
        for number, at, price in rows.rows(
            "select id, at, price from (select id, at, price, lag(price) over (order by id) as was"
            " from product_history where product = ? and id >"
            f" coalesce((select position from cursor where name = '{_SINCE}'), 0)) as told"
            " where at < ? and coalesce(price, 0) <> coalesce(was, 0) order by id",
            (product, until),
        )
    ]


def next_judged(rows: Rows, after: int) -> Instant | None:
    """When the next price behind a number will have stood long enough; None where none will."""
    row = rows.row(
        f"select at from product_history as told where id > ? and {_IS_ANOTHER}"
        " order by id limit 1",
        (after,),
    )
    return None if row is None else int(row[0]) + STANDS


def keep_currency(transaction: Transaction, currency: str) -> None:
    """Note the store's currency: what prices were in another one says nothing of those in this."""
    code = int.from_bytes(currency.encode(), "big")
    cursors.begin(transaction, _CURRENCY, code)
    if cursors.positions(transaction, [_CURRENCY])[_CURRENCY] != code:
        newest = transaction.rows("select coalesce(max(id), 0) from product_history")[0][0]
        cursors.move(transaction, {_CURRENCY: code, _SINCE: newest})
