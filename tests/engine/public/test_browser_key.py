"""A browser key speaks for its own visitor, and for whom the shop signed."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.core.model import Instant
from engine.intake import keys
from engine.public.app import create_public_app
from engine.public.tracking import BATCHES, BEACON, CALLS, CONFIG
from tests.engine.public.browser_keys import (
    EVIL,
    GUESSES,
    KNOWN,
    PAGE,
    events_of,
    known,
    of_ada,
    paths,
    route_rows,
)
from tests.engine.public.conftest import NOW, Caller, StubService


def test_every_route_has_a_row(service: StubService) -> None:
    """docs/tracking.md says of every public route what a browser key may do there."""
    app = create_public_app(service)  # type: ignore[arg-type]
    raw = {f"/v1/{name}" for name in (*CALLS, *BATCHES, "m")}
    raw |= {BEACON, CONFIG}
    raw |= {"/v1/products", "/v1/products/{id}", "/v1/shops/{shop}"}
    assert all(
        app.tracking.serves(path) for path in raw if path.count("/") == 2 and path != "/v1/products"
    )
    assert set(route_rows()) == raw | set(paths(app.routes))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/import", {"batch": [{"type": "track", "event": "view_item", **KNOWN}]}),
        ("POST", "/v1/products", [{"id": "boots", "name": EVIL}]),
        ("PUT", "/v1/products/boots", {"name": EVIL}),
        ("PATCH", "/v1/products/boots", {"name": EVIL}),
        ("DELETE", "/v1/products/boots", {}),
        ("POST", "/v1/flows/welcome/start", {"userId": "ada"}),
        ("POST", "/v1/flows/welcome/stop", {"userId": "ada"}),
        ("GET", "/v1/suppressions", {}),
        ("POST", "/v1/suppressions", {"address": "ada@shop.example", "reason": "x"}),
        ("DELETE", "/v1/suppressions", {"address": "ada@shop.example", "reason": "x"}),
        ("POST", "/v1/alias", {"userId": "evil", "previousId": "ada"}),
        ("POST", "/v1/alias", {"userId": "evil", "previousId": "adas-phone"}),
        ("POST", "/v1/a", {"userId": "ada", "previousId": "evil"}),
    ],
)
def test_what_is_refused(
    api: Caller, service: StubService, method: str, path: str, body: Any
) -> None:
    """Products, flows by hand, imports and renaming are refused with 403, however the key comes."""
    known(api)
    before = service.everything()
    route = re.sub(r"/v1/(products|flows)/.*", r"/v1/\1", path)
    rows = [may for name, may in route_rows().items() if re.match(rf"{route}\b", name)]
    assert rows
    assert all("403" in may for may in rows)
    ways: list[dict[str, Any]] = [
        {"auth": (PAGE, "")},
        {"headers": {"authorization": f"Bearer {PAGE}"}},
        {"params": {"writeKey": PAGE}},
    ]
    for way in ways:
        answer = api(method, path, content=orjson.dumps(body), **way)
        assert answer.status_code == 403, (way, answer.text)
    assert service.everything() == before


@pytest.mark.parametrize(
    "event",
    [
        *("purchase", "Order Completed", "refund", "Order Refunded", "order_updated", "shipped"),
        *("delivered", "Shipped", "order_shipped", "unsubscribe", "Unsubscribed", "subscribe"),
        *("confirm_subscription", "redeem_coupon", "Email Bounced", "bounce_email"),
        *("Email Marked as Spam", "click_email", "sent_sms"),
    ],
)
def test_what_no_page_can_know(api: Caller, service: StubService, event: str) -> None:
    """Orders, parcels, subscriptions and what messages did are refused of any visitor."""
    known(api)
    before = service.everything()
    for who in ({"anonymousId": "v"}, *GUESSES):
        assert api.post("/v1/track", {**who, "event": event}, PAGE).status_code == 403
        batch = {"batch": [{**who, "type": "track", "event": event}]}
        assert api.post("/v1/batch", batch, PAGE).status_code == 403
    assert service.everything() == before


@pytest.mark.parametrize("who", GUESSES)
def test_nobody_takes_over_a_customer(
    api: Caller, service: StubService, who: dict[str, Any]
) -> None:
    """Telling traits twice for somebody else's userId or visitor writes nothing of theirs."""
    known(api)
    before, events = of_ada(service), events_of(service, "ada")
    evil = {
        "email": "evil@example.com",
        "firstName": EVIL,
        "consent": {"email": False},
        "tags": ["x"],
    }
    for _ in range(2):
        told = api.post("/v1/identify", {**who, "traits": evil}, PAGE)
        assert told.status_code == 200
        assert told.json()["ignored"]
        api.post(
            "/v1/identify", {**who, "context": {**who.get("context", {}), "traits": evil}}, PAGE
        )
        api.post("/v1/group", {**who, "groupId": "g", "traits": evil}, PAGE)
    assert of_ada(service) == before
    assert events_of(service, "ada") == events


@pytest.mark.parametrize("who", [{"userId": "ada"}, {"userId": "ada", "anonymousId": "evil"}])
def test_a_bare_user_id_is_a_hint(api: Caller, service: StubService, who: dict[str, Any]) -> None:
    """What a page tells of a userId that nobody signed is a stranger's; the id is kept."""
    known(api)
    before = events_of(service, "ada")
    told = {**who, "event": "add_to_cart", "properties": {"items": [{"id": "boots"}]}}
    assert "userId" in api.post("/v1/track", told, PAGE).json()["ignored"][0]
    assert events_of(service, "ada") == before
    ((properties,),) = service.rows("select properties from event where name = 'add_to_cart'")
    assert orjson.loads(properties)["$user"] == "ada"


def test_a_signed_user_id_is_the_customer(api: Caller, service: StubService) -> None:
    """By the recipe of the docs, a page speaks for who is signed in, and joins their visitor."""
    known(api)
    api.post("/v1/track", {"anonymousId": "laptop", "event": "view_item"}, PAGE)
    recipe = hmac.new(service.signing.encode(), b"ada", hashlib.sha256).hexdigest()
    told = {"userId": "ada", "anonymousId": "laptop", "context": {"signature": recipe}}
    assert api.post("/v1/identify", {**told, "traits": {"city": "Bonn"}}, PAGE).json() == {
        "success": True
    }
    assert service.customer("ada")["city"] == "Bonn"
    assert service.customer("laptop")["email"] == "ada@example.com"
    assert "view_item" in [name for name, _ in events_of(service, "ada")]
    batch = {"batch": [{**told, "type": "track", "event": "quiz_finished"}]}
    assert api.post("/v1/batch", batch, PAGE).status_code == 200
    assert "quiz_finished" in [name for name, _ in events_of(service, "ada")]


def test_a_signature_is_for_one_key_and_one_person(api: Caller, service: StubService) -> None:
    """Another key's signature, another person's, or one of a revoked key vouches for nobody."""

    def add(transaction: Any) -> str:
        keys.create(transaction, "second", "browser", NOW, "second")
        return keys.signing_secret(transaction, "second")

    other = service.database.writer.run(add)
    known(api)
    before = of_ada(service)
    wrong = (
        keys.signature(other, "ada"),
        keys.signature(service.signing, "bob"),
        keys.signature(PAGE, "ada"),
        keys.signature("", "ada"),
        "",
    )
    for number, signature in enumerate(wrong):
        told = {"userId": "ada", "anonymousId": f"e{number}", "context": {"signature": signature}}
        told["traits"] = {"city": "Evil"}
        assert "ignored" in api.post("/v1/identify", told, PAGE).json()
    assert of_ada(service) == before


def test_a_signed_stranger_takes_no_visitor(api: Caller, service: StubService) -> None:
    """Whoever signs in and names a known customer's visitor does not get that visitor."""
    known(api)
    before = of_ada(service)
    told = {**service.signed("bob"), "anonymousId": "adas-phone"}
    api.post("/v1/identify", {**told, "traits": {"city": "Bonn"}}, PAGE)
    api.post("/v1/alias", {**service.signed("bob"), "previousId": "adas-phone"}, PAGE)
    api.post("/v1/alias", {**service.signed("bob"), "previousId": "ada"}, PAGE)
    assert of_ada(service) == before
    assert service.customer("bob")["city"] == "Bonn"


def test_items_come_from_the_catalogue(api: Caller, service: StubService) -> None:
    """A page says which product and how many; its name, price, picture and links are the shop's."""
    known(api)
    service.settings.store_url = "https://shop.example/store"
    item = {
        "id": "boots",
        "name": EVIL,
        "price": 0.01,
        "image_url": EVIL,
        "url": EVIL,
        "quantity": 2,
    }
    told = {
        "name": EVIL,
        "price": 0.01,
        "value": 0.02,
        "image_url": EVIL,
        "url": EVIL,
        "cart_url": EVIL,
        "checkout_url": "https://shop.example/checkout?next=evil#x",
        "title": EVIL,
    }
    for properties in ({"items": [item], **told}, {"product_id": "boots", "quantity": 2, **told}):
        call = {"anonymousId": "v", "event": "add_to_cart", "properties": properties}
        assert api.post("/v1/track", call, PAGE).status_code == 200
    for name, stored in service.events()[1:]:
        if name == "add_to_cart":
            assert "evil" not in orjson.dumps(stored).decode()
            assert (stored["name"], stored["price"], stored["value"]) == (
                "Winter boots",
                12_990,
                25_980,
            )
            assert stored["items"][0]["id"] == "boots"
            assert stored["checkout_url"] == "https://shop.example/checkout"


def test_what_waits_on_the_site_is_for_its_visitor(api: Caller, service: StubService) -> None:
    """A known customer's messages are shown to no stranger who knows a visitor's id."""
    known(api)
    seen: list[int] = []

    def waiting(_: Any, customer: int, *__: Any) -> list[Any]:
        seen.append(customer)
        return []

    import engine.public.onsite as routes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes.showing, "waiting", waiting)
        for who in GUESSES:
            told = {name: who[name] for name in ("userId", "anonymousId") if name in who}
            more = {"writeKey": PAGE, "signature": "0" * 64}
            assert api("GET", "/v1/onsite", params={**told, **more}).json() == {"messages": []}
        assert seen == []
        signed = {"userId": "ada", "signature": keys.signature(service.signing, "ada")}
        api("GET", "/v1/onsite", params={"writeKey": PAGE, "anonymousId": "adas-phone", **signed})
    assert len(seen) == 1


def test_asking_what_waits_is_limited(api: Caller) -> None:
    """One address cannot ask without end; it is told when to come again."""
    statuses = []
    for _ in range(2_000):  # five a second come back, so a slow machine asks for longer
        answer = api("GET", "/v1/onsite", params={"writeKey": PAGE, "anonymousId": "v"})
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses[:50] == [200] * 50
    assert statuses[-1] == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_what_needs_no_key_tells_nothing(api: Caller, service: StubService) -> None:
    """Routes without a key, and with tokens that are none of ours, tell and change nothing."""
    known(api)
    before = service.everything()
    paths = [
        *("/s.js", "/healthz", "/readyz", "/metrics", f"/v1/projects/{PAGE}/settings"),
        *("/o/ada", "/c/ada", "/u/ada", "/confirm/ada"),
    ]
    for path in paths:
        for method in ("GET", "POST"):
            answer = api(method, path, auth=(PAGE, ""), params={"userId": "ada"})
            assert "ada@example.com" not in answer.text
    assert api.post("/v1/m", {"series": [KNOWN]}, PAGE).status_code == 200
    for shop in ("shopify", "woocommerce", "ecwid"):
        body = {"email": "ada@example.com", "customer": KNOWN}
        assert api.post(f"/v1/shops/{shop}", body, PAGE).status_code >= 400
    assert service.everything() == before


@pytest.mark.parametrize(
    "told",
    [
        *(
            "undefined",
            "null",
            "[object Object]",
            "NaN",
            "0",
            0,
            "guest",
            "Guest",
            "anonymous",
            "(not set)",
        ),
        *("none", "true", "false", "-1", -1, "UNDEFINED", " null ", "{{ customer.id }}", "${user}"),
        "00000000-0000-0000-0000-000000000000",
    ],
)
@pytest.mark.parametrize("key", ["demo", PAGE])
def test_words_that_name_nobody(api: Caller, service: StubService, told: Any, key: str) -> None:
    """What a page fills in for want of an id makes no person of all its visitors."""
    for visitor in ("v1", "v2"):
        call = {"userId": told, "anonymousId": visitor, "event": "view_item"}
        assert "names nobody" in api.post("/v1/track", call, key).json()["ignored"][0]
        traits = {"userId": told, "anonymousId": visitor, "traits": {"city": visitor}}
        api.post("/v1/identify", traits, key)
        api.post("/v1/track", {"anonymousId": told, "event": "view_item"}, key)
    assert service.rows("select count(*) from identity where kind = 'user'") == [(0,)]
    assert (service.customer("v1")["city"], service.customer("v2")["city"]) == ("v1", "v2")
    assert service.rows("select count(*) from customer") == [(4,)]


def test_a_key_comes_with_its_secret(tmp_path: Path) -> None:
    """`key add --browser` tells the secret beside the key, and the server knows it again."""
    from engine.service.operations import change_keys
    from engine.store.database import Database

    database = Database(tmp_path)
    writer = database.open_to_write()
    now: Instant = NOW
    page = writer.run(
        lambda tx: change_keys(tx, {"name": "p", "act": "add", "kind": "browser"}, now)
    )
    server = writer.run(lambda tx: change_keys(tx, {"name": "s", "act": "add"}, now))
    turned = writer.run(lambda tx: change_keys(tx, {"name": "p", "act": "rotate"}, now))
    with database.reader() as reader:
        found = keys.KeyRing(reader).find(page["key"])
    database.close()
    assert found is not None
    assert found.signing == page["signing"] != turned["signing"]
    assert "signing" not in server
    assert found.signing not in repr(found)
