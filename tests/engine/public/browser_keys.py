"""A page with a browser key beside a customer whom the shop knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.engine.public.conftest import Caller, StubService

DOCS = Path(__file__).parents[3] / "docs/tracking.md"
PAGE = "demo-browser"
EVIL = "https://evil.example/prize"
KNOWN = {"userId": "ada", "anonymousId": "adas-phone"}
GUESSES = [
    {"userId": "ada"},
    {"anonymousId": "ada"},
    {"anonymousId": "ada@example.com"},
    {"anonymousId": "adas-phone"},
    {"userId": "ada", "anonymousId": "adas-phone"},
    {"userId": "ada", "anonymousId": "evil"},
    {"userId": "evil", "anonymousId": "adas-phone"},
    {"userId": "ada", "anonymousId": "evil", "context": {"signature": "0" * 64}},
    {"userId": "ada", "anonymousId": "evil", "context": {"signature": ["ada"]}},
]


def route_rows() -> dict[str, str]:
    """Route -> what the table of docs/tracking.md says of it under a browser key."""
    text = DOCS.read_text(encoding="utf-8").split("### What a browser key may do at each route")[1]
    found: dict[str, str] = {}
    for line in text.split("###")[0].splitlines():
        if line.startswith("| `"):
            routes, may = line.strip("| ").split(" | ")[:2]
            found |= dict.fromkeys(re.findall(r"`(/[^`]*)`", routes), may)
    return found


def paths(routes: Any) -> Iterator[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from paths(inner.routes)
        else:
            yield re.sub(r"\{(\w+)[^}]*\}", r"{\1}", route.path)


def known(api: Caller) -> None:
    """Ada, whom the shop's server knows, with consent, a cart and a visitor of hers."""
    traits = {"email": "ada@example.com", "firstName": "Ada", "consent": {"email": True}}
    assert api.post("/v1/identify", {**KNOWN, "traits": traits}).status_code == 200
    told = {"userId": "ada", "event": "purchase", "properties": {"order_id": "A-1", "value": 10}}
    assert api.post("/v1/track", told).status_code == 200
    product = {"id": "boots", "name": "Winter boots", "price": 129.9, "url": "https://shop/boots"}
    assert api.post("/v1/products", [product]).status_code == 200


def of_ada(service: StubService) -> list[Any]:
    """All that is Ada's and that a stranger must not change."""
    (ada,) = service.rows("select customer from identity where kind = 'user' and value = 'ada'")[0]
    return [
        service.rows("select properties, tags, scores, zone from customer where id = ?", ada),
        service.rows("select kind, value from identity where customer = ? order by 1, 2", ada),
        service.rows("select what, allowed from consent where customer = ? order by 1", ada),
        service.rows("select act, what from consent_proof where customer = ? order by 1", ada),
        service.rows("select merged_into from customer where id = ?", ada),
    ]


def events_of(service: StubService, user: str) -> list[tuple[str, bytes]]:
    return service.rows(
        "select name, properties from event where customer ="
        " (select customer from identity where kind = 'user' and value = ?) order by id",
        user,
    )
