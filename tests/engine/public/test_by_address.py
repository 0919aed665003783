"""A server's call without a userId, about whoever alone has its address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.public.conftest import Caller, StubService


@pytest.fixture
def url(database_url: str | None) -> str | None:
    """Both databases: who is meant is decided by what they find."""
    return database_url


def _call(api: Caller, path: str, key: str = "demo", **told: Any) -> None:
    answer = api.post(f"/v1/{path}", told, key)
    assert answer.status_code == 200, answer.text


def _whose(service: StubService, event: str) -> list[str | None]:
    return [
        user
        for (user,) in service.rows(
            "select (select value from identity where kind = 'user' and identity.customer ="
            " event.customer) from event where name = ? order by id",
            event,
        )
    ]


@pytest.mark.parametrize("address", ["hal@example.com", " HAL@Example.com "])
def test_a_guests_call_is_about_the_customer_with_the_address(
    api: Caller, service: StubService, address: str
) -> None:
    """Identify, order and what follows count for the customer; pages stay strangers."""
    _call(api, "identify", userId="hal", traits={"email": "hal@example.com"})
    _call(api, "identify", anonymousId="a1", traits={"email": address, "city": "Bonn"})
    order = {"order_id": "1", "value": 20, "email": address}
    _call(api, "track", anonymousId="a2", event="purchase", properties=order)
    _call(api, "track", anonymousId="a1", event="search")
    _call(api, "track", "demo-browser", anonymousId="a1", event="view_item")
    assert service.customer("hal")["city"] == "Bonn"
    assert (_whose(service, "purchase"), _whose(service, "search")) == (["hal"], ["hal"])
    assert _whose(service, "view_item") == [None]
    _call(api, "identify", "demo-browser", anonymousId="a1", traits={"city": "Rome"})
    assert service.customer("hal")["city"] == "Bonn"


def test_two_accounts_with_one_address_stay_apart(api: Caller, service: StubService) -> None:
    """Where several have the address nobody is meant, and a userId of its own is never attached."""
    for user in ("hal", "hal-2"):
        _call(api, "identify", userId=user, traits={"email": "hal@example.com"})
    _call(api, "track", anonymousId="a", event="purchase",
          properties={"order_id": "1", "email": "hal@example.com"})  # fmt: skip
    assert _whose(service, "purchase") == [None]
    assert service.rows("select count(*) from identity where kind = 'user'") == [(2,)]


def test_a_page_is_never_matched(api: Caller, service: StubService) -> None:
    """A page's key is never matched, whatever it tells."""
    _call(api, "identify", userId="hal", traits={"email": "hal@example.com"})
    _call(api, "identify", "demo-browser", anonymousId="a", traits={"email": "hal@example.com"})
    _call(api, "track", "demo-browser", anonymousId="a", event="view_item")
    assert _whose(service, "view_item") == [None]
    assert service.rows("select 1 from identity where kind = 'linked'") == []
