"""Customers as people look for them and tell them apart: by name, address, user id."""

from __future__ import annotations

from typing import Final

from engine.store.connection import Row
from engine.store.dialects import text_in
from engine.store.rows import Rows

MOST: Final = 2**63 - 1
"""Above every customer's number."""


_FIRST: Final = text_in("properties", "first_name")
_LAST: Final = text_in("properties", "last_name")
# Each is answered by an index of the same words.
_FOUND: Final = (
    f"select id from customer where {_FIRST} is not null"
    f" and lower({_FIRST}) >= ? and lower({_FIRST}) < ?"
    f" union select id from customer where {_LAST} is not null"
    f" and lower({_LAST}) >= ? and lower({_LAST}) < ?"
    f" union select id from customer where {_FIRST} is not null"
    f" and lower({_FIRST}) = ? and lower({_LAST}) >= ? and lower({_LAST}) < ?"
    " union select customer from identity where kind <> 'anonymous'"
    " and lower(value) >= ? and lower(value) < ?"
)
_SHOWN: Final = (
    "c.id, c.properties, (select value from identity where kind = 'user'"
    " and customer = c.id limit 1), (select count(*) from run where customer = c.id"
    " and ended_at is null)"
)
_LAST_SIGN: Final = "\U0010ffff"
"""No text that begins with others and goes on comes behind them and this."""


def search(rows: Rows, wanted: str, limit: int, before: int | None = None) -> list[Row]:
    """Customers, the newest first: number, properties, user id, how many runs they are in.

    `wanted` (lower case) is how the name, the address or the user id begins, "" for everybody;
    `before` the number that the page ahead ended with, None for the first page.
    """
    older = MOST if before is None else before
    if not wanted:
        return rows.rows(
            f"select {_SHOWN} from customer c where c.merged_into is null and c.id < ?"
            " order by c.id desc limit ?",
            (older, limit),
        )
    first, _, last = wanted.rpartition(" ")
    span, of_last = (wanted, wanted + _LAST_SIGN), (last, last + _LAST_SIGN)
    return rows.rows(
        f"select {_SHOWN} from ({_FOUND}) f join customer c on c.id = f.id"
        " where c.merged_into is null and c.id < ? order by c.id desc limit ?",
        (*span, *span, first.strip(), *of_last, *span, older, limit),
    )


def with_accounts(rows: Rows, limit: int) -> list[Row]:
    """The first customers with a user id: it, first name, last name, city, whether they may get
    mail.
    """
    return rows.rows(
        f"select identity.value, {text_in('properties', 'first_name')},"
        f" {text_in('properties', 'last_name')}, {text_in('properties', 'city')},"
        " exists (select 1 from consent where consent.customer = customer.id"
        " and what = 'email' and allowed)"
        " from customer join identity on identity.customer = customer.id"
        " and identity.kind = 'user' order by customer.id limit ?",
        (limit,),
    )
