"""What people did on the site in a time, each counted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.core.model import DAY, Instant
from engine.store.rows import Rows

ON_SITE: Final = (
    *("page_view", "view_item", "view_item_list", "filter_item_list"),
    *("select_item", "search", "view_cart"),
    *("add_to_cart", "remove_from_cart", "add_to_wishlist", "remove_from_wishlist"),
    *("begin_checkout", "notify_me", "form_submitted", "view_promotion", "select_promotion"),
    *("leave_site", "purchase"),
)
"""What tells that somebody was there."""


class Found(NamedTuple):
    """People on the site, and those who ordered; for each act who did it before, and of them who
    ordered.
    """

    people: int
    buyers: int
    acts: list[tuple[int, int]]


def people(rows: Rows, span: tuple[Instant, Instant], acts: Sequence[Sequence[str]]) -> Found:
    """Events are found by their numbers, which rise with the time of their receipt."""

    def first(names: Sequence[str]) -> str:
        told = ", ".join(f"'{name}'" for name in names)
        return f"min(case when name in ({told}) then occurred_at end)"

    columns = ", ".join(f"{first(names)} as act{place}" for place, names in enumerate(acts))
    there = ", ".join(f"'{name}'" for name in ON_SITE)
    counts = "".join(
        f", sum(case when act{place} is not null and (bought is null or act{place} < bought)"
        " then 1 else 0 end),"
        f" sum(case when act{place} < bought then 1 else 0 end)"
        for place in range(len(acts))
    )
    row = rows.row(
        f"select count(*), count(bought){counts} from (select customer,"
        f" {first(('purchase',))} as bought, {columns} from event where id >= ?"
        f" and occurred_at >= ? and occurred_at < ? and name in ({there})"
        " group by customer) each_once",
        (first_received(rows, span[0] - DAY), *span),
    )
    assert row is not None
    number = [int(one or 0) for one in row]
    pairs = list(zip(number[2::2], number[3::2], strict=True))
    return Found(number[0], number[1], pairs)


def first_received(rows: Rows, moment: Instant) -> int:
    """The number of the first event that was received from this moment on, or one below it: they
    were received in the order of their numbers.
    """
    low, high = (
        int(rows.rows(f"select coalesce({which}(id), 0) from event")[0][0])
        for which in ("min", "max")
    )
    while low < high:
        middle = (low + high) // 2
        found = rows.row(
            "select id, received_at from event where id >= ? order by id limit 1", (middle,)
        )
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = int(found[0]) + 1
    return low
