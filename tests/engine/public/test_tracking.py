"""What the tracking API takes, and what it makes of it."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import orjson
import pytest

from engine.core.model import DAY, HOUR
from tests.engine.public.conftest import NOW, Caller, StubService

TRACK = {"userId": "ada", "event": "add_to_cart", "messageId": "m1"}


def test_segment_name_and_money(api: Caller, service: StubService) -> None:
    """`Product Added` in Segment's words is `add_to_cart` in ours, with money in cents."""
    told = {
        "userId": "ada",
        "event": "Product Added",
        "properties": {"product_id": "boots", "name": "Boots", "price": 129.9, "quantity": 2},
    }
    assert api.post("/v1/track", told).json() == {"success": True}
    ((name, properties),) = service.events()
    assert name == "add_to_cart"
    assert properties["item"] == "boots"
    assert properties["items"][0]["price"] == 12_990
    assert properties["value"] == 25_980


def test_ga4_items(api: Caller, service: StubService) -> None:
    """GA4's item and transaction names come out as ours."""
    told = {
        "userId": "ada",
        "event": "purchase",
        "properties": {
            "transaction_id": "T-1",
            "items": [{"item_id": "boots", "item_name": "Boots", "price": "10.00", "quantity": 3}],
        },
    }
    assert api.post("/v1/t", told).status_code == 200
    ((name, properties),) = service.events()
    assert (name, properties["order_id"], properties["value"]) == ("purchase", "T-1", 3_000)
    assert properties["items"][0]["id"] == "boots"


@pytest.mark.parametrize(
    ("path", "told", "name"),
    [
        ("/v1/track", {"event": "Quiz Finished"}, "quiz_finished"),
        ("/v1/t", {"event": "quiz_finished"}, "quiz_finished"),
        ("/v1/page", {"name": "Home"}, "page_view"),
        ("/v1/p", {}, "page_view"),
        ("/v1/screen", {"name": "Home"}, "page_view"),
        ("/v1/identify", {"traits": {"tier": "gold"}}, "$identify"),
        ("/v1/i", {"traits": {"tier": "gold"}}, "$identify"),
        ("/v1/group", {"groupId": "g"}, "$group"),
        ("/v1/alias", {"previousId": "p"}, "$alias"),
    ],
)
def test_every_path(
    api: Caller, service: StubService, path: str, told: dict[str, Any], name: str
) -> None:
    """Each of Segment's calls is stored under its long and its short path."""
    assert api.post(path, {"userId": "ada", **told}).status_code == 200
    assert [row[0] for row in service.rows("select name from event")] == [name]


def test_the_same_message_id_twice(api: Caller, service: StubService) -> None:
    """A retry is answered like the first time and changes nothing."""
    api.post("/v1/track", TRACK)
    before = service.everything()
    again = api.post("/v1/track", TRACK)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    assert service.everything() == before


def test_an_old_identify_does_not_come_back(api: Caller, service: StubService) -> None:
    """A repeated `identify` does not undo what was said after it."""
    first = {"userId": "ada", "messageId": "i1", "traits": {"tier": "gold"}}
    api.post("/v1/identify", first)
    api.post("/v1/identify", {"userId": "ada", "messageId": "i2", "traits": {"tier": "silver"}})
    api.post("/v1/identify", first)
    assert service.customer("ada")["tier"] == "silver"


def test_gzip_without_a_header(api: Caller, service: StubService) -> None:
    """A compressed body is known by its first bytes."""
    assert api.post("/v1/track", gzip.compress(orjson.dumps(TRACK))).status_code == 200
    assert len(service.events()) == 1


def test_a_beacon(api: Caller, service: StubService) -> None:
    """`sendBeacon` sends text/plain with the key in the body."""
    body = orjson.dumps({**TRACK, "writeKey": "demo-browser"})
    answer = api("POST", "/v1/track", content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(service.events()) == 1


def test_preflight(api: Caller) -> None:
    """A page of another site may send events."""
    asked = {"origin": "https://shop", "access-control-request-headers": "content-type,x-retry"}
    answer = api("OPTIONS", "/v1/batch", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "content-type,x-retry"


def test_clock_of_the_sender(api: Caller, service: StubService) -> None:
    """A sender's clock that is an hour behind is corrected by `sentAt`."""
    told = {
        **TRACK,
        "timestamp": "2026-01-05T07:50:00Z",
        "sentAt": "2026-01-05T08:00:00Z",
    }
    api.post("/v1/track", told)
    assert service.rows("select occurred_at, received_at from event") == [(NOW - HOUR // 6, NOW)]


def test_no_event_from_the_future(api: Caller, service: StubService) -> None:
    """An event never happens after it was received."""
    api.post("/v1/track", {**TRACK, "timestamp": "2026-01-05T18:00:00+01:00"})
    assert service.rows("select occurred_at from event") == [(NOW,)]


def test_old_events_enter_nothing(api: Caller, service: StubService) -> None:
    """What is older than 24 hours counts, but starts nothing; neither does an import."""
    for number, told in enumerate(("2026-01-04T09:00:00Z", "2026-01-04T08:59:59Z")):
        api.post("/v1/track", {**TRACK, "messageId": f"t{number}", "timestamp": told})
    api.post("/v1/import", {"batch": [{**TRACK, "type": "track", "messageId": "t3"}]})
    assert [bool(row[0]) for row in service.rows("select enters from event order by id")] == [
        True,
        False,
        False,
    ]


def test_receipt_never_goes_back(api: Caller, service: StubService) -> None:
    """The order of ids is the order of receipt, also when the machine's clock is set back."""
    api.post("/v1/track", TRACK)
    service.clock._at = NOW - DAY
    api.post("/v1/track", {**TRACK, "messageId": "m2"})
    assert service.rows("select received_at from event") == [(NOW,), (NOW,)]


def test_key_in_the_body(api: Caller, service: StubService) -> None:
    """The key may stand in a batch's body instead of the header."""
    told = {"writeKey": "demo", "batch": [{**TRACK, "type": "track"}]}
    assert api("POST", "/v1/batch", content=orjson.dumps(told)).status_code == 200
    assert len(service.events()) == 1


@pytest.mark.parametrize("key", ["nonsense", "gone", ""])
def test_wrong_keys(api: Caller, service: StubService, key: str) -> None:
    """A wrong, revoked or empty key is refused, and nothing changes."""
    before = service.everything()
    answer = api.post("/v1/track", TRACK, key)
    assert answer.status_code == 401
    assert {"code", "message", "field"} <= answer.json().keys()
    assert service.everything() == before


def test_a_revoked_key_stops(api: Caller, service: StubService) -> None:
    """A key that is revoked while it is in use works for a second at most."""
    from engine.intake import keys

    assert api.post("/v1/track", TRACK).status_code == 200
    service.database.writer.run(lambda tx: keys.revoke(tx, "shop", NOW))
    api.app.tracking._keys._keys.clear()  # what a second does
    assert api.post("/v1/track", {**TRACK, "messageId": "m2"}).status_code == 401


def test_basic_auth_that_is_none(api: Caller) -> None:
    """A garbled Authorization header is a wrong key, not a crash."""
    garbled = [b"Basic !!!", b"Basic", b"Bearer ", b"Basic " + base64.b64encode(b"\xff\xfe:")]
    for told in garbled:
        answer = api("POST", "/v1/track", content=b"{}", headers={b"authorization": told})
        assert answer.status_code == 401


def test_answers_per_item(api: Caller, service: StubService) -> None:
    """A batch answers for each item, and a bad item does not hold up its neighbours."""
    batch = [
        {**TRACK, "type": "track"},
        {"type": "track", "userId": "ada"},
        {**TRACK, "type": "track"},
        {"type": "nonsense", "userId": "ada"},
        {"type": "page", "anonymousId": "v1"},
    ]
    answer = api.post("/v1/batch", {"batch": batch})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["rejected"], told["success"]) == (3, 2, False)
    assert [item["status"] for item in told["items"]] == [
        *("accepted", "rejected", "duplicate", "rejected", "accepted")
    ]
    assert told["items"][1]["field"] == "batch[1].event"
    assert [name for name, _ in service.events()] == ["add_to_cart", "page_view"]


def test_traits_by_their_types(api: Caller, service: StubService) -> None:
    """Traits are read as declared; unknown ones are kept; phones become E.164."""
    traits = {
        "firstName": "Ada",
        "email": "Ada@Example.COM",
        "phone": "0151 23456789",
        "budget": "19.90",
        "birthday": "1990-12-10",
        "address": {"city": "Berlin", "country": "Germany", "postalCode": "10115"},
        "timezone": "Mars/Olympus",
        "shoeColour": "red",
        "orders": 99,
    }
    answer = api.post("/v1/identify", {"userId": "ada", "traits": traits})
    stored = service.customer("ada")
    assert stored["email"] == "Ada@example.com"
    assert stored["phone"] == "+4915123456789"
    assert (stored["budget"], stored["birthday"]) == (1_990, "1990-12-10")
    assert (stored["city"], stored["country"], stored["postal_code"]) == ("Berlin", "DE", "10115")
    assert (stored["first_name"], stored["shoeColour"], stored["id"]) == ("Ada", "red", "ada")
    assert "timezone" not in stored
    assert "orders" not in stored
    assert len(answer.json()["ignored"]) == 2


def test_rudder_traits(api: Caller, service: StubService) -> None:
    """RudderStack puts the traits of an `identify` into the context."""
    api.post("/v1/identify", {"userId": "ada", "context": {"traits": {"tier": "gold"}}})
    assert service.customer("ada")["tier"] == "gold"


def test_too_many_events(api: Caller, service: StubService) -> None:
    """A key over its rate is told when to come again."""
    from engine.public.rates import Rates

    seconds = 0.0
    api.app.tracking._rates = Rates(2, clock=lambda: seconds)
    batch = {"batch": [{"type": "page", "anonymousId": "v"} for _ in range(20)]}
    assert api.post("/v1/batch", batch).status_code == 200
    refused = api.post("/v1/batch", batch)
    assert refused.status_code == 429
    seconds = float(refused.headers["retry-after"])
    assert api.post("/v1/batch", batch).status_code == 200


def test_a_full_disk(api: Caller, service: StubService) -> None:
    """A full disk answers 503 and loses nothing; when there is room again, events are taken."""
    pages = service.database.writer.run(lambda tx: tx.rows("pragma page_count")[0][0])
    service.database.writer.run(lambda tx: tx.rows(f"pragma max_page_count = {pages}"))
    big = {**TRACK, "properties": {"note": "x" * 20_000}}
    statuses = [
        api.post("/v1/track", {**big, "messageId": f"f{number}"}).status_code
        for number in range(20)
    ]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 503
    service.database.writer.run(lambda tx: tx.rows("pragma max_page_count = 1000000"))
    assert api.post("/v1/track", {**big, "messageId": "later"}).status_code == 200
    assert len(service.events()) == statuses.count(200) + 1
