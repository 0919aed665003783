"""The example shop's segments as somebody would write them by hand in SQL, as fast as they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.core.model import DAY, Instant

Written = Callable[[str, Instant], tuple[str, tuple[Any, ...]]]

_PEOPLE = "select id from customer where merged_into is null and "
_DONE = " and id not in (select id from pending)"


def _text(dialect: str, column: str, name: str) -> str:
    if dialect == "sqlite":
        return f"json_extract(cast({column} as text), '$.{name}')"
    return f"({column} ->> '{name}')"


def _number(dialect: str, column: str, name: str) -> str:
    text = _text(dialect, column, name)
    return text if dialect == "sqlite" else f"{text}::bigint"


def _newsletter(dialect: str, _now: Instant) -> tuple[str, tuple[Any, ...]]:
    email = _text(dialect, "c.properties", "email")
    return (
        "select c.id from consent k join customer c on c.id = k.customer where k.what = 'email'"
        f" and k.allowed and c.merged_into is null and {email} <> ''"
    ), ()


def _vip(dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    value = _number(dialect, "e.properties", "value")
    ambassador = (
        "exists (select 1 from json_each(cast(c.tags as text)) where value = 'ambassador')"
        if dialect == "sqlite"
        else """c.tags @> '["ambassador"]'"""
    )
    return (
        f"select c.id from (select e.customer, count(*) as orders, sum({value}) as total"
        f" from event e where e.name = 'purchase' and e.occurred_at > {now - 365 * DAY}{_DONE}"
        f" group by e.customer having sum({value}) >= 100000) as h"
        " join customer c on c.id = h.customer where c.merged_into is null"
        f" and (h.orders >= 4 or {ambassador})"
    ), ()


def _since(names: str, at: Instant) -> str:
    return f"select customer from event where name in ({names}) and occurred_at > {at}{_DONE}"


def _engaged(_dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    some = _since("'open_email', 'click_email', 'purchase'", now - 90 * DAY)
    return f"{_PEOPLE} id in ({some})", ()


def _lapsed(_dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    return (
        "select c.id from (select customer from event where name = 'purchase'"
        f"{_DONE} group by customer having max(occurred_at) < {now - 90 * DAY}) as h"
        " join customer c on c.id = h.customer where c.merged_into is null"
    ), ()


def _asleep(dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    created = _number(dialect, "c.properties", "created_at")
    some = _since("'open_email', 'click_email', 'purchase'", now - 180 * DAY)
    inside = (
        f"c.id not in ({some})"
        if dialect == "sqlite"
        else f"not exists (select 1 from ({some}) as h where h.customer = c.id)"
    )
    return (
        "select c.id from customer c join consent k on k.customer = c.id and k.what = 'tracking'"
        f" and k.allowed where c.merged_into is null and {created} < {now - 180 * DAY}"
        f" and {inside} and c.id in (select customer from event where name = 'sent_email'"
        f" and occurred_at > {now - 180 * DAY} and occurred_at <= {now - 60 * DAY}"
        " group by customer having count(*) >= 3)"
    ), ()


def _searched_yesterday(_dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    searched = _since("'search'", now - DAY)
    others = _since("'view_item', 'purchase'", now - DAY)
    return f"{_PEOPLE} id in ({searched}) and id not in ({others})", ()


def _shoe_fans(dialect: str, now: Instant) -> tuple[str, tuple[Any, ...]]:
    category = _text(dialect, "properties", "category")
    viewed, bought = (_since(f"'{n}'", now - 30 * DAY) for n in ("view_item", "purchase"))
    one = (
        "exists (select 1 from json_each(cast(properties as text), '$.items') as i"
        " where json_extract(i.value, '$.category') = 'shoes')"
        if dialect == "sqlite"
        else """properties -> 'items' @> '[{"category": "shoes"}]'"""
    )
    return (
        f"{_PEOPLE} id in ({viewed} and {category} = 'shoes'"
        " group by customer having count(*) >= 3)"
        f" and id not in ({bought} and {one})"
    ), ()


def _spring_campaign(dialect: str, _now: Instant) -> tuple[str, tuple[Any, ...]]:
    message = _text(dialect, "properties", "message")
    return (
        f"{_PEOPLE} id in (select customer from event where name = 'click_email'"
        f" and {message} = 'spring_sale'{_DONE})"
    ), ()


def _munich_women(dialect: str, _now: Instant) -> tuple[str, tuple[Any, ...]]:
    code = _text(dialect, "properties", "postal_code")
    return (
        f"{_PEOPLE} {_text(dialect, 'properties', 'gender')} = 'female'"
        f" and (substr({code}, 1, 2) = '80' or substr({code}, 1, 2) = '81')"
    ), ()


WRITTEN: Final[Mapping[str, Written]] = {
    "newsletter": _newsletter,
    "vip": _vip,
    "engaged": _engaged,
    "lapsed": _lapsed,
    "asleep": _asleep,
    "searched_yesterday": _searched_yesterday,
    "shoe_fans": _shoe_fans,
    "spring_campaign": _spring_campaign,
    "munich_women": _munich_women,
}
