"""The catalogue over HTTP: what a shop's server may say of its products."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from tests.engine.public.conftest import Caller, StubService


def product(service: StubService, name: str) -> dict[str, Any]:
    row = service.rows("select properties from product where id = ?", name)
    return orjson.loads(row[0][0]) if row else {}


def test_products_with_variants(api: Caller, service: StubService) -> None:
    """A product brings its variants; each part is answered, the parent follows the good ones."""
    told = {
        "id": "boots",
        "name": "Boots",
        "variants": [
            {"id": "b-41", "price": "129.90", "stock": 2},
            {"id": "b-42", "price": 139.9, "stock": 0},
            {"id": "b-43", "price": -1},
        ],
    }
    answer = api.post("/v1/products", told).json()
    assert (answer["accepted"], answer["rejected"], answer["success"]) == (3, 1, False)
    (item,) = answer["items"]
    assert [each["status"] for each in item["variants"]] == ["accepted", "accepted", "rejected"]
    assert item["variants"][2]["field"] == "products[0].variants[2].price"
    assert item["variants"][2]["message"] == "`price` is below zero."
    assert (product(service, "boots")["price"], product(service, "boots")["stock"]) == (12_990, 2)
    assert product(service, "b-41")["parent"] == "boots"


def test_one_product_by_its_id(api: Caller, service: StubService) -> None:
    """PATCH changes a product that is there, PUT makes one, DELETE ends its sale."""
    assert api(
        "PATCH", "/v1/products/a b", content=b'{"stock":1}', auth=("demo", "")
    ).status_code == (404)
    call = {"auth": ("demo", "")}
    put = api("PUT", "/v1/products/a%20b", content=b'{"price":"9.90","name":"A"}', **call)
    assert (put.status_code, put.json()) == (200, {"success": True})
    assert api("PATCH", "/v1/products/a%20b", content=b'{"stock":3}', **call).status_code == 200
    assert product(service, "a b") == {"id": "a b", "name": "A", "price": 990, "stock": 3}
    assert service.rows("select count(*) from product_history") == [(2,)]
    assert api("PATCH", "/v1/products/a%20b", content=b'{"stock":3}', **call).status_code == 200
    assert service.rows("select count(*) from product_history") == [(2,)]
    assert api("DELETE", "/v1/products/a%20b", **call).status_code == 200
    assert product(service, "a b")["stock"] == 0
    assert api("DELETE", "/v1/products/nothing", **call).status_code == 404
    assert api("GET", "/v1/products/a%20b", **call).status_code == 405
    assert api("DELETE", "/v1/products", **call).status_code == 405


def test_availability_and_number(api: Caller, service: StubService) -> None:
    """Out of stock is none, in stock without a number is not counted, and a number is newer."""
    api.post("/v1/products", {"id": "a", "availability": "out of stock", "stock": 7})
    assert product(service, "a")["stock"] == 0
    api.post("/v1/products", {"id": "a", "availability": "in_stock"})
    assert "stock" not in product(service, "a")
    api.post("/v1/products", {"id": "a", "stock": 2})
    assert product(service, "a") == {"id": "a", "stock": 2}


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"price": 1}, "id"),
        ({"id": ""}, "id"),
        ({"id": "x" * 300}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": True}, "id"),
        ({"id": "a", "price": "cheap"}, "price"),
        ({"id": "a", "price": True}, "price"),
        ({"id": "a", "price": 1e300}, "price"),
        ({"id": "a", "price": "1.00 USD"}, "price"),
        ({"id": "a", "currency": "USD", "price": 1}, "currency"),
        ({"id": "a", "stock": "many"}, "stock"),
        ({"id": "a", "stock": 1e18}, "stock"),
        ({"id": "a", "stock": [1]}, "stock"),
        ({"id": "a", "availability": "soon"}, "availability"),
        ({"id": "a", "parent": {}}, "parent"),
        ({"id": "a", "name": "a\x00b"}, "name"),
        ({"id": "a", "name": "x" * 40_000}, ""),
    ],
)
def test_bad_products(api: Caller, service: StubService, told: Any, field: str) -> None:
    """What cannot be a product is named by its place; its neighbour is taken."""
    answer = api.post("/v1/products", [told, {"id": "good", "price": 1}])
    assert answer.status_code == 200
    first, second = answer.json()["items"]
    assert first["field"] == f"products[0].{field}".rstrip(".")
    assert second == {"status": "accepted"}
    assert service.rows("select id from product") == [("good",)]
    assert api.post("/v1/products", [told]).status_code == 400


def test_the_limits_are_those_of_tracking(api: Caller, service: StubService) -> None:
    """Keys, size, packing and broken JSON are answered as the tracking API answers them."""
    assert api.post("/v1/products", {"id": "a"}, "demo-browser").status_code == 403
    assert api.post("/v1/products", {"id": "a"}, "gone").status_code == 401
    assert api.post("/v1/products", b" " * 600_000).status_code == 413
    assert api.post("/v1/products", gzip.compress(b" " * 9_000_000)).status_code == 413
    assert api.post("/v1/products", b'{"id":"a","id":"b"}').status_code == 400
    assert api.post("/v1/products", b'{"id":').status_code == 400
    assert api.post("/v1/products", b"[" * 1_100 + b"]" * 1_100).status_code == 400
    assert service.rows("select id from product") == []
    packed = gzip.compress(b'{"id":"a","price":1}')
    assert api.post("/v1/products", packed).status_code == 200


def test_nobody_is_its_own_grandparent(api: Caller, service: StubService) -> None:
    """A parent that leads back to the product is left out and named; the rest is kept."""
    rows = [{"id": one, "name": one, "parent": up} for one, up in ("ab", "bc", "ca", "da")]
    answer = api.post("/v1/products", rows).json()
    assert [("ignored" in each) for each in answer["items"]] == [False, False, True, False]
    assert [product(service, each).get("parent") for each in "abcd"] == ["b", "c", None, "a"]
    again = api.post("/v1/products", [{"id": "c", "name": "C", "parent": "a"}]).json()
    assert "parent" in again["items"][0]["ignored"][0]
    assert product(service, "c")["name"] == "C"
