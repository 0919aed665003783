"""Customers as people look for them and tell them apart: by name, address, user id."""

from __future__ import annotations

from engine.store.connection import Row
from engine.store.dialects import text_in
from engine.store.rows import Rows


def search(rows: Rows, wanted: str, limit: int) -> list[Row]:
    """The newest customers, or those whose name, address or user id begins with `wanted` (lower
    case): number, properties, user id, how many runs they are in.
    """
    pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return rows.rows(
        "select c.id, c.properties, (select value from identity where kind = 'user'"
        " and customer = c.id limit 1), (select count(*) from run where customer = c.id"
        " and ended_at is null) from customer c where c.merged_into is null"
        f" and (? = '' or lower({text_in('c.properties', 'email')}) like ? escape '\\'"
        f" or lower({text_in('c.properties', 'first_name')}) like ? escape '\\'"
        f" or lower({text_in('c.properties', 'last_name')}) like ? escape '\\'"
        " or c.id in (select customer from identity where lower(value) like ? escape '\\'))"
        " order by c.id desc limit ?",
        (wanted, pattern, pattern, pattern, pattern, limit),
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
