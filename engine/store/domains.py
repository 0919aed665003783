"""E-mails by the domain that receives them."""

from __future__ import annotations

from typing import Final

from engine.core.model import Instant
from engine.store.dialects import text_in
from engine.store.rows import Rows

_ADDRESS: Final = text_in("c.properties", "email")
# What stands behind the last @: from the end, every letter that the address has elsewhere is taken
# off, which stops at the @; what is left is taken off the front.
DOMAIN: Final = (
    f"coalesce(lower(replace({_ADDRESS}, rtrim({_ADDRESS}, replace({_ADDRESS}, '@', '')), '')), '')"
)
"""SQL: the domain of the address that customer `c` has, "" for none."""


def of_time(rows: Rows, span: tuple[Instant, Instant]) -> dict[str, dict[str, int]]:
    """By domain what became of e-mails of a time: sent, undelivered, bounced, complained; and
    deferred, at this moment.
    """
    found: dict[str, dict[str, int]] = {}

    def put(sql: str, values: tuple[object, ...]) -> None:
        for domain, name, count in rows.rows(sql, values):
            told = found.setdefault(str(domain), {})
            told[str(name)] = told.get(str(name), 0) + int(count)

    put(
        f"select {DOMAIN}, case when i.state = 'failed' then 'undelivered' else 'sent' end,"
        " count(*) from intent i left join customer c on c.id = i.customer"
        " where i.done_at is not null and i.done_at >= ? and i.done_at < ? and i.recipient = 0"
        " and i.channel = 'email' and i.state in ('sent', 'failed')"
        f" group by {DOMAIN}, case when i.state = 'failed' then 'undelivered' else 'sent' end",
        span,
    )
    put(
        f"select {DOMAIN}, case when b.kind = 'complained' then 'complained' else 'bounced' end,"
        " count(*) from feedback b join flow f on f.name = b.flow"
        " left join customer c on c.id = b.customer"
        " where b.at >= ? and b.at < ? and b.channel = 'email'"
        " and b.kind in ('hard_bounce', 'soft_bounce', 'blocked', 'complained')"
        f" group by {DOMAIN},"
        " case when b.kind = 'complained' then 'complained' else 'bounced' end",
        span,
    )
    put(
        f"select {DOMAIN}, 'deferred', count(*) from intent i"
        " left join customer c on c.id = i.customer where i.state = 'ready' and i.attempts > 0"
        f" and i.recipient = 0 and i.channel = 'email' group by {DOMAIN}",
        (),
    )
    return found


def deferred(rows: Rows) -> int:
    """E-mails that wait for another attempt."""
    row = rows.row(
        "select count(*) from intent where state = 'ready' and attempts > 0 and recipient = 0"
        " and channel = 'email'"
    )
    return 0 if row is None else int(row[0])
