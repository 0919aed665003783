"""A batch leaves what its calls leave that are sent one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake import keys
from tests.engine.public.conftest import NOW, Caller, StubService

_WHO = st.fixed_dictionaries(
    {},
    optional={
        "userId": st.sampled_from(["ada", "bob", "undefined", 7, ""]),
        "anonymousId": st.sampled_from(["phone", "laptop", "{{ id }}"]),
    },
)
_ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["boots", "632", "nothing", 632]),
        "product_id": st.sampled_from(["boots", "632", "", 9]),
        "sku": st.sampled_from(["BOOTS-1", "boots"]),
        "variantId": st.just("901"),
        "price": st.sampled_from([129.9, "12.345", 0.145, 12, None, "x"]),
        "quantity": st.sampled_from([1, "2", 0, 1.5]),
        "name": st.just("Winter boots"),
        "brand": st.just("Alp"),
    },
)
_PROPERTIES = st.one_of(
    _ITEM,
    st.fixed_dictionaries(
        {},
        optional={
            "products": st.lists(_ITEM, max_size=3),
            "items": st.lists(_ITEM | st.just("boots"), max_size=2) | _ITEM,
            "item": _ITEM | st.just("boots"),
            "order_id": st.sampled_from(["#1001", "1001", 1002]),
            "revenue": st.sampled_from([12.5, "30"]),
            "value": st.sampled_from([20, None]),
            "note": st.sampled_from(["", "fine", 3, [1], {"a": None}]),
        },
    ),
    st.sampled_from([[], None, "no object"]),
)
_TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["ada@example.com", " bob@example.com", "x", "", "a@b\n.c"]),
        "firstName": st.sampled_from(["Ada", None, ""]),
        "phone": st.sampled_from(["+4915112345678", "0151 12345678", "none"]),
        "consent": st.dictionaries(
            st.sampled_from(["email", "sms", "news", "tracking"]),
            st.sampled_from([True, False, "yes", None, "perhaps"]),
            max_size=2,
        ),
        "consent_at": st.sampled_from(["2026-01-02T09:00:00Z", "lately"]),
        "tags": st.sampled_from([["vip"], "vip", [1]]),
        "timezone": st.sampled_from(["Europe/Paris", "Mars"]),
        "budget": st.sampled_from([19.99, "many"]),
    },
)
_MORE = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.sampled_from(
            ["2026-01-05T08:59:00Z", "2026-01-01T10:00:00+01:00", "2026-01-05T10:00:00", "soon"]
        ),
        "context": st.sampled_from([{"timezone": "Europe/Rome", "locale": "de-DE"}, {}, "none"]),
    },
)
_EVENT = st.sampled_from(
    [
        *("Product Viewed", "Product Added", "add_to_cart", "Order Completed", "Order Refunded"),
        *("Quiz Finished", "", "Email Bounced", "Unsubscribed", "search", "Order Cancelled"),
    ]
)
_CALL = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("track"), "event": _EVENT}, optional={"properties": _PROPERTIES}
    ),
    st.fixed_dictionaries({"type": st.just("identify"), "traits": _TRAITS}),
    st.fixed_dictionaries(
        {"type": st.just("page")}, optional={"properties": _PROPERTIES, "name": st.just("Home")}
    ),
    st.fixed_dictionaries({"type": st.just("group"), "groupId": st.sampled_from(["g", ""])}),
    st.fixed_dictionaries(
        {"type": st.just("alias"), "previousId": st.sampled_from(["phone", "laptop", "bob"])}
    ),
)
_CALLS = st.lists(
    st.builds(
        lambda call, who, more, number: {**call, **who, **more, "messageId": f"m{number}"},
        *(_CALL, _WHO, _MORE, st.integers(0, 12)),
    ),
    min_size=1,
    max_size=8,
)
_PRODUCTS = [
    {"id": "boots", "name": "Winter boots", "price": 129.9, "category": "shoes"},
    {"id": "BOOTS-1", "name": "Boots", "price": 119.9, "parent": "boots"},
]

_tries = itertools.count()


@pytest.fixture
def both(
    tmp_path: Path, new_database: Callable[[], str | None]
) -> Iterator[tuple[StubService, StubService]]:
    """Two shops that know the same."""
    made = []
    for name in ("together", "alone"):
        service = StubService(tmp_path / name, new_database())
        made.append(service)
        for key, kind in (("demo", "server"), ("demo-browser", "browser")):
            service.database.writer.run(
                lambda tx, key=key, kind=kind: keys.create(tx, kind, kind, NOW, key)
            )
        assert Caller(service).post("/v1/products", _PRODUCTS).status_code == 200
    yield made[0], made[1]
    for service in made:
        service.database.close()


def _own(calls: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """The same calls about people, orders and messages that nobody spoke of before."""
    changed = []
    for call in calls:
        own = dict(call)
        for name in ("messageId", "userId", "anonymousId", "previousId"):
            told = own.get(name)
            if isinstance(told, str) and told.isalnum() and told != "undefined":
                own[name] = prefix + told
        for part, name in (("properties", "order_id"), ("traits", "email")):
            inside = own.get(part)
            if isinstance(inside, dict) and inside.get(name):
                own[part] = {**inside, name: f"{prefix}{str(inside[name]).lstrip('# ')}"}
        changed.append(own)
    return changed


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(calls=_CALLS, page=st.booleans())
def test_a_batch_leaves_what_its_calls_leave(
    both: tuple[StubService, StubService], calls: list[dict[str, Any]], page: bool
) -> None:
    """Row by row and answer by answer: who sends a batch is served as who sends its calls in
    their order.
    """
    together, alone = both
    calls = _own(calls, f"t{next(_tries)}")
    key = "demo-browser" if page else "demo"
    told = Caller(together).post("/v1/batch", {"batch": calls}, key).json()["items"]
    for call, item in zip(calls, told, strict=True):
        answer = Caller(alone).post(f"/v1/{call['type']}", call, key)
        body = answer.json()
        if item["status"] == "rejected":
            assert (body["code"], body["message"]) == (item["code"], item["message"])
            assert item["field"].partition("].")[2] == body.get("field", "")
        else:
            assert answer.status_code == 200, (call, body)
            assert body.get("duplicate", False) == (item["status"] == "duplicate")
            assert body.get("ignored") == item.get("ignored")
    assert together.everything() == alone.everything()
