"""`/v1/suppressions`: the shop's server asks and says who gets nothing any more."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.customers.erasure import REASON
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from tests.engine.public.conftest import NOW, Caller, StubService

SHOP = ("demo", "")
WHERE = "/v1/suppressions"
ADA = {"address": "Ada@Shop.example", "reason": "asked by phone"}


def ask(api: Caller, method: str, told: Any = None, **query: str) -> Any:
    body = b"" if told is None else orjson.dumps(told)
    return api(method, WHERE, content=body, params=query, auth=SHOP)


def test_said_asked_and_lifted(api: Caller) -> None:
    """An address is suppressed however it is spelt, once, and used again."""
    assert ask(api, "GET", address="ada@shop.example").json() == {
        "suppressed": False, "channel": "email",
    }  # fmt: skip
    assert ask(api, "POST", ADA).json() == {"success": True, "changed": 1}
    assert ask(api, "POST", ADA).json() == {"success": True, "changed": 0}
    found = ask(api, "GET", address=" ada@SHOP.example ").json()
    assert (found["suppressed"], found["reason"]) == (True, "asked by phone")
    assert ask(api, "GET").json()["count"] == 1
    assert ask(api, "DELETE", ADA).json() == {"success": True, "changed": 1}
    assert ask(api, "GET", address="ada@shop.example").json()["suppressed"] is False
    assert ask(api, "DELETE", ADA).status_code == 404


def test_several_are_all_or_none(api: Caller) -> None:
    """One address that is none stops the others of its call, and is named."""
    numbers = [{"address": f"+4915112345{n}", "reason": "left"} for n in range(100, 110)]
    bad = [*numbers, {"address": "nobody", "reason": "x"}]
    refused = ask(api, "POST", {"suppressions": bad})
    assert (refused.status_code, refused.json()["field"]) == (400, "address")
    assert ask(api, "GET", channel="sms").json()["count"] == 0
    assert ask(api, "POST", {"suppressions": numbers}).json()["changed"] == 10
    assert ask(api, "GET", channel="sms").json()["count"] == 10
    assert ask(api, "GET", channel="email").json()["count"] == 0


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"address": "ada@shop.example"},
        {"address": "ada@shop.example", "reason": " "},
        {"address": "ada@shop.example", "reason": "x", "channel": "fax"},
        {"address": "ada@shop.example\r\nBcc: x@y.z", "reason": "x"},
        {"address": 7, "reason": "x"},
        {"address": "x" * 501, "reason": "x"},
        {"suppressions": [1]},
        {"suppressions": [{"address": "ada@shop.example", "reason": "x"}] * 1_001},
    ],
    ids=lambda told: str(told)[:40],
)
def test_what_cannot_be_used(api: Caller, told: Any) -> None:
    """It is said what is wrong, and nothing is stored."""
    assert ask(api, "POST", told).status_code in (400, 413)
    assert ask(api, "GET").json() == {"suppressions": [], "count": 0}


def test_whose_key_it_is(api: Caller) -> None:
    """No key, a wrong one and a browser's see nothing and change nothing."""
    for method in ("GET", "POST", "DELETE"):
        body = orjson.dumps(ADA) if method != "GET" else b""
        assert api(method, WHERE, content=body).status_code == 401
        assert api(method, WHERE, content=body, auth=("demo-browser", "")).status_code == 403
    assert ask(api, "GET").json()["count"] == 0


def test_who_was_erased_stays_so(api: Caller, service: StubService) -> None:
    """No program lifts what an erasure left behind."""

    def erase(tx: Any) -> None:
        listed = Suppressions(bytes.fromhex(secret_of(tx)))
        listed.add(tx, "email", "ada@shop.example", REASON, NOW)

    service.database.writer.run(erase)
    assert ask(api, "DELETE", ADA).status_code == 409
    assert ask(api, "GET", address="ada@shop.example").json()["suppressed"] is True
