"""What browsers, RudderStack's client and PHP's clients send, as they send it."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from tests.engine.public.conftest import NOW, Caller, StubService

ORIGIN = {"origin": "https://shop.example"}
TRACK = {"type": "track", "event": "Product Viewed", "anonymousId": "v1"}


def test_a_beacon_with_json_passes_its_preflight(api: Caller, service: StubService) -> None:
    """`sendBeacon` with a JSON blob sends with credentials: the answers name the page's origin, in
    the preflight and after it, and never `*`.
    """
    asked = {**ORIGIN, "access-control-request-method": "POST",
             "access-control-request-headers": "content-type"}  # fmt: skip
    before = api("OPTIONS", "/v1/batch", headers=asked)
    body = orjson.dumps({"batch": [TRACK], "writeKey": "demo-browser"})
    after = api("POST", "/v1/batch", content=body, headers=ORIGIN)
    wrong = api("POST", "/v1/batch", content=b"{}", headers=ORIGIN)
    for answer in (before, after, wrong):
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert before.headers["access-control-allow-headers"] == "content-type"
    assert len(service.events()) == 1


def test_rudderstacks_browser_client(api: Caller, service: StubService) -> None:
    """It asks for its source first, and sends what is left by a beacon, the key in the query."""
    key = base64.b64encode(b"demo-browser:").decode()
    told = api("GET", "/sourceConfig/?p=cdn&v=3.0&writeKey=demo-browser", headers=ORIGIN)
    assert told.status_code == 200
    source = told.json()["source"]
    assert (source["enabled"], source["writeKey"], source["destinations"]) == (
        *(True, "demo-browser", []),
    )
    basic = {**ORIGIN, "authorization": f"Basic {key}"}
    assert api("GET", "/sourceConfig", headers=basic).json()["source"]["id"] == source["id"]
    assert api("GET", "/sourceConfig?writeKey=none", headers=ORIGIN).status_code == 401
    body = orjson.dumps({"batch": [TRACK], "sentAt": "2026-01-05T09:00:00Z"})
    address = "/beacon/v1/batch?writeKey=demo-browser"
    answer = api("POST", address, content=body, headers={"content-type": "text/plain"})
    assert answer.json()["accepted"] == 1
    assert len(service.events()) == 1


@pytest.mark.parametrize("sent", ["1970-01-01T00:00:00Z", "2026-01-05T09:00:00", "soon", 7, {}])
@pytest.mark.parametrize("where", ["batch", "call"])
def test_a_broken_clock_loses_nothing(
    api: Caller, service: StubService, sent: Any, where: str
) -> None:
    """`sentAt` only corrects moments: one of 1970, without a zone or unreadable is left aside."""
    call = {**TRACK, "timestamp": "2026-01-05T08:59:00Z"}
    told = {"batch": [call], "sentAt": sent} if where == "batch" else {**call, "sentAt": sent}
    answer = api.post("/v1/batch" if where == "batch" else "/v1/track", told)
    assert answer.status_code == 200
    assert service.rows("select occurred_at from event") == [(NOW - 60_000,)]


def test_what_php_makes_of_empty_and_gapped_arrays(api: Caller, service: StubService) -> None:
    """An empty object comes as `[]`, a list with gaps as an object by position."""
    products = {"0": {"product_id": "a", "price": 1}, "2": {"product_id": "b", "price": 2}}
    batch = [
        {**TRACK, "properties": [], "context": []},
        {
            "type": "track",
            "event": "Cart Viewed",
            "userId": "u",
            "properties": {"products": products},
        },
        {"type": "identify", "userId": "u", "traits": []},
        {"type": "group", "userId": "u", "groupId": "g", "traits": []},
    ]
    assert api.post("/v1/batch", {"batch": batch}).json()["accepted"] == 4
    items = dict(service.events())["view_cart"]["items"]
    assert [item["id"] for item in items] == ["a", "b"]


def test_an_emptied_address_is_a_value(api: Caller, service: StubService) -> None:
    """`email: ""` clears the address and keeps the rest."""
    api.post("/v1/identify", {"userId": "ada", "traits": {"email": "ada@example.com"}})
    for empty in ("", "  "):
        told = {"userId": "ada", "traits": {"email": empty, "tier": "gold"}}
        assert api.post("/v1/identify", told).status_code == 200
    assert service.customer("ada")["tier"] == "gold"
    assert "email" not in service.customer("ada")
