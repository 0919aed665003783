"""What people are called on pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from editor.language import _
from engine.store import customers as stored
from engine.store.rows import Rows


class Person(NamedTuple):
    """`name` is the best that is known of somebody, `user` the shop's own number of them."""

    name: str
    email: str
    user: str
    number: int = 0


def people_of(rows: Rows, customers: Iterable[int]) -> dict[int, Person]:
    """The people of these numbers."""
    wanted = sorted(set(customers))
    found = {one: Person(_("Customer %(number)s") % {"number": one}, "", "", one) for one in wanted}
    for number, properties, *_rest in stored.described(rows, wanted):
        told = orjson.loads(properties or b"{}")
        names = [told.get("first_name"), told.get("last_name")]
        name = " ".join(str(one) for one in names if one)
        email, user = str(told.get("email") or ""), str(told.get("id") or "")
        called = name or email or user or _("Visitor %(number)s") % {"number": number}
        found[number] = Person(called, email, user, number)
    return found
