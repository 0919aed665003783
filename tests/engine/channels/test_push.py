"""Web push: a browser subscribes, a message is decrypted by it, and what is gone is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from engine.channels.driver import Device
from engine.channels.drivers.web_push import encrypted, notification, together
from engine.channels.transport import Envelope, delivered, not_taken, refused, unknown
from engine.customers import erasure
from engine.customers.merging import merge
from tests.harness.providers import HANG_UP, serving
from tests.harness.push_service import Browser, PushService, bytes_of, decrypt
from tests.harness.push_shop import PushShop
from tests.harness.workshop import HOUR


def test_the_decryption_is_that_of_the_document() -> None:
    """The example of RFC 8291, section 5: so the tests' own browser is a browser."""
    private = ec.derive_private_key(
        int.from_bytes(bytes_of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"),
        ec.SECP256R1(),
    )
    body = bytes_of(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
        "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulc"
        "y4a-fN"
    )
    found = decrypt(body, private, bytes_of("BTBZMqHH6r4Tts7J_aSIgg"))
    assert found == b"When I grow up, I want to be a watermelon"


def test_what_is_sent_only_this_browser_reads() -> None:
    """Another browser, or another secret, reads nothing; the same text never looks the same."""
    ada, eve = Browser("/a"), Browser("/e")
    keys = ada.as_json()["keys"]
    device = Device("a", "", bytes_of(keys["p256dh"]), bytes_of(keys["auth"]))
    body = encrypted(b"hello", device)
    assert decrypt(body, ada.private, ada.secret) == b"hello"
    assert body != encrypted(b"hello", device)
    for private, secret in ((eve.private, ada.secret), (ada.private, b"x" * 16)):
        with pytest.raises(InvalidTag):
            decrypt(body, private, secret)


def test_a_notification_is_text_and_fits() -> None:
    """Whatever a product is called: plain text, a web address, and never too large."""
    text = '<b>{{ x }}</b> "\r\n' + "😀" * 5000
    told = notification("k", Envelope("push", "a", 0, subject=text, text=text, link="javascript:x"))
    assert len(told) < 3_900
    read = orjson.loads(told)
    assert read["link"] == ""
    assert read["body"].startswith('<b>{{ x }}</b> "')
    assert len(read["tag"]) == 32


def test_one_browser_that_took_it_is_enough() -> None:
    """What one browser may have taken is not sent again for another's sake."""
    gone, busy, lost, took = (
        refused("gone"),
        not_taken("busy", wait=5),
        unknown("?"),
        delivered("1"),
    )
    assert together([gone, busy, took, lost]) is took
    assert together([gone, busy, lost]) is lost
    assert together([gone, busy, not_taken("busier", wait=9)]) is busy
    assert together([gone]) is gone


# --- with a shop ------------------------------------------------------------------------------


@pytest.fixture
def push() -> PushService:
    return PushService()


@pytest.fixture
def shop(tmp_path: Path, push: PushService, database_url: str | None) -> Iterator[PushShop]:
    with serving(push) as url:
        made = PushShop(tmp_path, push, url, database_url)
        yield made
        made.service.stop()


def test_a_browser_subscribes_and_is_reached(shop: PushShop, push: PushService) -> None:
    """A visitor's browser gets what the flow sends, with consent and its proof; no second row."""
    ada = Browser("/push/ada")
    assert shop.subscribe(ada, "v1", prompt="push_prompt").json() == {"success": True}
    customer = shop.owner(ada)
    assert customer is not None
    shop.look_at(customer)
    [request] = push.requests
    assert ada.read(request) == {
        "title": "Back in stock",
        "body": "Hello",
        "link": "https://shop.example/p/1",
        "tag": request.headers["Topic"],
    }
    [(state, place)] = shop.rows("select state, provider_id from intent")
    assert (state, place) == ("sent", "https://push.example/m/1")
    [(act, source, address, detail)] = shop.rows(
        "select act, source, address, detail from consent_proof where what = 'push'"
    )
    assert (act, source) == ("granted", "browser permission")
    assert len(address) == 32
    told = orjson.loads(detail)
    assert (told["permission"], told["prompt"]) == ("granted", "push_prompt")
    assert shop.rows("select count(*) from push_device") == [(1,)]


def test_telling_it_again_changes_nothing(shop: PushShop) -> None:
    """Each page tells of its browser; only what is new is kept."""
    ada = Browser("/push/ada")
    for _ in range(3):
        assert shop.subscribe(ada, "v1").status_code == 200
    assert shop.rows("select count(*) from consent_proof where what = 'push'") == [(1,)]
    assert shop.rows("select count(*) from customer") == [(1,)]


def test_a_known_customers_browsers_each_get_it(shop: PushShop, push: PushService) -> None:
    """A signed userId brings a browser to the customer; of several one that took it is enough."""
    ada = shop.customer("ada")
    phone, laptop = Browser("/push/phone"), Browser("/push/laptop")
    for one in (phone, laptop):
        assert shop.subscribe(one, "v9", **shop.signed("ada")).status_code == 200
    assert shop.owner(phone) == shop.owner(laptop) == ada
    push.answers["/push/phone"] = (500, b"")
    shop.look_at(ada)
    assert sorted(one.path for one in push.requests) == ["/push/laptop", "/push/phone"]
    assert shop.rows("select state from intent") == [("sent",)]


def test_nobody_says_that_they_are_another(shop: PushShop, push: PushService) -> None:
    """A bare userId, a wrong signature, or the visitor id of a known customer brings no browser to
    them: their pushes stay theirs.
    """
    ada = shop.customer("ada")
    at = shop.clock.now()
    shop.service.writer.run(
        lambda tx: tx.execute(
            "insert into identity (kind, value, customer, at) values ('anonymous', 'va', ?, ?)",
            (ada, at),
        )
    )
    tries: list[dict[str, Any]] = [
        {"userId": "ada"},
        {"userId": "ada", "signature": "0" * 64},
        {"anonymousId": "va"},
    ]
    for number, more in enumerate(tries):
        evil = Browser(f"/push/evil{number}")
        assert shop.subscribe(evil, more.pop("anonymousId", ""), **more).status_code == 200
        assert shop.owner(evil) != ada
    assert shop.rows("select 1 from consent where customer = ? and what = 'push'", ada) == []
    shop.look_at(ada)
    assert push.requests == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    shop: PushShop, push: PushService, status: int
) -> None:
    """What the push service says is gone gets nothing more; the other browser goes on, and when
    that is gone too, the customer cannot be reached by pushes.
    """
    ada = shop.customer("ada")
    phone, laptop = Browser("/push/phone"), Browser("/push/laptop")
    for one in (phone, laptop):
        shop.subscribe(one, "", **shop.signed("ada"))
    push.answers["/push/laptop"] = (status, b"")
    shop.look_at(ada)
    assert shop.owner(laptop) is None
    shop.look_at(ada)
    assert [one.path for one in push.requests].count("/push/laptop") == 1
    assert shop.rows("select state from intent") == [("sent",), ("sent",)]
    push.answers["/push/phone"] = (status, b"")
    shop.look_at(ada)
    assert shop.rows("select count(*) from push_device") == [(0,)]
    [(properties,)] = shop.rows("select properties from customer where id = ?", ada)
    assert "push" not in orjson.loads(properties)
    count = len(push.requests)
    shop.look_at(ada)
    assert len(push.requests) == count
    assert shop.subscribe(Browser("/push/new"), "", **shop.signed("ada")).status_code == 200
    shop.look_at(ada)
    again = [one.path for one in push.requests[count:]]
    assert again == ["/push/new"] * 2, "what could not reach them meanwhile, and what is new"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((413, b""), "failed"),
        ((400, b""), "failed"),
        ((429, b"", {"Retry-After": "60"}), "ready"),
        ((503, b""), "ready"),
        (HANG_UP, "unknown"),
    ],
)
def test_what_a_push_service_says(
    shop: PushShop, push: PushService, answer: Any, state: str
) -> None:
    """Too large is final, "later" is tried again, and what nobody knows is not."""
    ada = Browser("/push/ada")
    shop.subscribe(ada, "v1")
    push.answers["/push/ada"] = answer
    customer = shop.owner(ada)
    assert customer is not None
    shop.happen(customer, "view_item")
    shop.forward()
    assert shop.rows("select state from intent") == [(state,)]
    assert shop.owner(ada) == customer
    del push.answers["/push/ada"]
    shop.forward(6 * HOUR)
    assert len(push.requests) == (2 if state == "ready" else 1)


def test_an_address_inside_is_not_called(shop: PushShop, push: PushService) -> None:
    """A page may tell of any address: only what is outside is asked, and never by http."""
    told = Browser("/push/ada").as_json()
    for endpoint in ("http://push.example/x", "https://push.example\n/x", "ftp://x", "x" * 3000, 7):
        told["endpoint"] = endpoint
        assert shop.subscribe(Browser("/x"), "v1", subscription=told).status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        {"subscription": None},
        {"subscription": {"endpoint": "https://p.example/x"}},
        {
            "subscription": {
                "endpoint": "https://p.example/x",
                "keys": {"p256dh": "AA", "auth": "AA"},
            }
        },
        {"permission": "default"},
        {"permission": None},
        {"anonymousId": 7},
        {"writeKey": "none"},
    ],
)
def test_what_cannot_be_read_is_refused(shop: PushShop, told: dict[str, Any]) -> None:
    """Broken calls have an answer that says what is wrong, and keep nothing."""
    assert shop.subscribe(Browser("/x"), "v1", **told).status_code in (400, 401)
    assert shop.rows("select count(*) from push_device") == [(0,)]


def test_a_key_that_is_none_is_forgotten_when_it_is_used(shop: PushShop, push: PushService) -> None:
    """65 bytes that are no point of the curve can be told, and end nothing but themselves."""
    told = Browser("/push/ada").as_json()
    told["keys"]["p256dh"] = "BA" + "A" * 85
    assert shop.subscribe(Browser("/x"), "v1", subscription=told).status_code == 200
    [(customer,)] = shop.rows("select customer from push_device")
    shop.look_at(customer)
    assert push.requests == []
    assert shop.rows("select state from intent") == [("failed",)]
    assert shop.rows("select count(*) from push_device") == [(0,)]


def test_the_permission_can_be_taken_back(shop: PushShop, push: PushService) -> None:
    """A browser that says so takes nothing more, and without another the consent is withdrawn."""
    ada = shop.customer("ada")
    phone, laptop = Browser("/push/phone"), Browser("/push/laptop")
    for one in (phone, laptop):
        shop.subscribe(one, "", **shop.signed("ada"))
    allowed = "select allowed from consent where customer = ? and what = 'push'"
    for one, still in ((phone, True), (laptop, False)):
        was = one.as_json()["endpoint"]
        assert shop.subscribe(one, "", permission="denied", was=was).status_code == 200
        assert [bool(yes) for (yes,) in shop.rows(allowed, ada)] == [still]
    shop.look_at(ada)
    assert push.requests == []


def test_a_browser_with_a_new_address_is_the_same(shop: PushShop, push: PushService) -> None:
    """Who knows the old address is that browser: it stays its customer's, without a signature."""
    ada = shop.customer("ada")
    before, after = Browser("/push/before"), Browser("/push/after")
    shop.subscribe(before, "", **shop.signed("ada"))
    shop.subscribe(after, "", was=before.as_json()["endpoint"])
    assert (shop.owner(before), shop.owner(after)) == (None, ada)
    shop.look_at(ada)
    assert [one.path for one in push.requests] == ["/push/after"]


def test_browsers_go_over_in_a_merge_and_go_with_the_erased(
    shop: PushShop, push: PushService
) -> None:
    """Who signs in keeps the browser; who is erased has none."""
    ada = shop.customer("ada")
    one = Browser("/push/one")
    shop.subscribe(one, "v1")
    visitor = shop.owner(one)
    assert visitor is not None
    shop.service.writer.run(lambda tx: merge(tx, ada, visitor, shop.clock.now()))
    assert shop.owner(one) == ada
    shop.look_at(ada)
    assert [one.path for one in push.requests] == ["/push/one"]
    shop.service.writer.run(
        lambda tx: erasure.erase(tx, ada, shop.service.live.suppressions, shop.clock.now(), "test")
    )
    assert shop.rows("select count(*) from push_device") == [(0,)]


def test_the_key_is_made_once(shop: PushShop, push: PushService) -> None:
    """A restart sends under the same key: browsers subscribed to that one."""
    told = shop.client.get("/v1/push?writeKey=demo-browser").json()["publicKey"]
    ada = Browser("/push/ada")
    shop.subscribe(ada, "v1")
    shop.reopen()
    assert shop.client.get("/v1/push?writeKey=demo-browser").json()["publicKey"] == told
    customer = shop.owner(ada)
    assert customer is not None
    shop.look_at(customer)
    assert len(push.requests) == 1
    assert shop.client.get("/v1/push?writeKey=x").status_code == 401


def test_what_is_not_offered_is_not_there(shop: PushShop) -> None:
    """The scripts are served with what browsers ask of them."""
    worker = shop.client.get("/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert shop.client.get("/push.js").status_code == 200
