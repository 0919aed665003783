"""What customers were is known for every moment since it is kept, whoever changed it."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.model import HOUR, Instant
from engine.customers.erasure import erase
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.store import past_properties
from tests.harness.workshop import Workshop

SHOP = """\
flow marking:
  enter when ordered
  set customer.city to entry.note
  add tag "buyer"
  wait 30 minutes
  set customer.city to "Bonn"
  remove tag "guest"
"""
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("traits"), st.fixed_dictionaries({}, optional={
            "city": st.sampled_from(["Bonn", "Kiel", None]),
            "tags": st.lists(st.sampled_from(["guest", "vip"])),
            "first_name": st.sampled_from(["Ada", "Eva"]),
        })),
        st.tuples(st.just("ordered"), st.sampled_from(["Bonn", "Jena"])),
        st.tuples(st.just("purchase"), st.integers(1, 5)),
        st.tuples(st.just("merge"), st.none()),
        st.tuples(st.just("wait"), st.none()),
    ),
    min_size=2,
    max_size=8,
)  # fmt: skip
_numbers = itertools.count()
Profile = tuple[dict[str, Any], list[str]]


def tell(shop: Workshop, kind: str, user: str, **told: Any) -> None:
    now = shop.clock.now()
    call = Incoming(kind, f"p{next(_numbers)}", user=user, source="key shop", **told)  # type: ignore[arg-type]
    shop.service.writer.run(lambda tx: take(tx, [call], shop.service.deployment.types, now))
    shop.forward()


def stands(shop: Workshop, customer: int) -> Profile:
    ((properties, tags),) = shop.rows("select properties, tags from customer where id=?", customer)
    return orjson.loads(properties), orjson.loads(tags) if tags else []


def stood(shop: Workshop, customer: int, at: Instant) -> Profile:
    properties, tags = stands(shop, customer)
    with shop.service.database.reader() as reader:
        rows = past_properties.since(reader, [customer], at)
    for *_, before in reversed(rows):
        for name, was in orjson.loads(before).items():
            if name == past_properties.TAGS:
                tags = was
            elif was is None:
                properties.pop(name, None)
            else:
                properties[name] = was
    return properties, tags


def test_what_somebody_was_is_what_they_are_with_what_was_before(workshop) -> None:
    """After calls, orders, steps of flows and merges each earlier state is found again."""
    shop = workshop(SHOP)

    @settings(max_examples=15, deadline=None)
    @given(ACTS)
    def live(acts: list[tuple[str, Any]]) -> None:
        known: list[tuple[Instant, Profile]] = []
        user = f"u{next(_numbers)}"
        tell(shop, "identify", user, traits={"email": f"{user}@shop.example", "tags": ["guest"]})
        ((number,),) = shop.rows(
            "select customer from identity where kind = 'user' and value = ?", user
        )
        for kind, what in acts:
            shop.forward(HOUR)
            known.append((shop.clock.now(), stands(shop, number)))
            if kind == "traits":
                tell(shop, "identify", user, traits=what)
            elif kind == "ordered":
                tell(shop, "track", user, event="ordered", properties={"note": what})
            elif kind == "purchase":
                order = {"order_id": str(next(_numbers)), "value": what}
                tell(shop, "track", user, event="purchase", properties=order)
            elif kind == "merge":
                visitor = f"v{next(_numbers)}"
                tell(shop, "identify", "", anonymous=visitor, traits={"city": "Ulm", "age": 7})
                tell(shop, "identify", user, anonymous=visitor)
        shop.forward(HOUR)
        for at, before in known:
            assert stood(shop, number, at) == before

    live()


def test_an_erased_person_leaves_no_past_and_old_changes_are_forgotten(workshop) -> None:
    """The past goes with the person; what is older than it is kept for goes with the time."""
    shop = workshop(SHOP)
    for user in ("ada", "eva"):
        tell(shop, "identify", user, traits={"email": f"{user}@shop.example"})
        shop.forward(HOUR)
        tell(shop, "identify", user, traits={"city": "Bonn"})
    count = "select count(*) from property_change"
    assert shop.rows(count) == [(2,)]
    ((ada,),) = shop.rows("select customer from identity where kind = 'user' and value = 'ada'")
    service, now = shop.service, shop.clock.now()
    service.writer.run(lambda tx: erase(tx, ada, service.live.suppressions, now, "a test"))
    assert shop.rows(count) == [(1,)]
    past_properties.forget_before(service.database, now)
    assert shop.rows(count) == [(1,)]
    with service.database.reader() as reader:
        assert past_properties.kept_since(reader) == 0
    past_properties.forget_before(service.database, now + 1)
    assert shop.rows(count) == [(0,)]
    with service.database.reader() as reader:
        assert past_properties.kept_since(reader) == now + 1
