"""Orders and events out of files."""

from __future__ import annotations

import orjson
import pytest

from tests.engine.imports.counter import Counter

SHOPIFY = """\
Name,Email,Financial Status,Currency,Shipping,Taxes,Total,Discount Code,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Zip,\
Shipping Country,Cancelled at,Refunded Amount
#1,ada@example.com,paid,EUR,4.90,41.00,264.70,WELCOME,2024-05-01 09:59:00 +0200,\
2,Boots - 41,129.90,B-41,Ada Lovelace,'01067,DE,,0.00
#1,ada@example.com,,,,,,,2024-05-01 09:59:00 +0200,1,Mug,9.90,,,,,,
#2,bob@example.com,refunded,EUR,0,0,9.90,,2024-06-01 10:00:00 +0200,\
1,Mug,9.90,,Bob B,,DE,2024-06-02 10:00:00 +0200,9.90
#3,carl@example.com,paid,USD,0,0,9.90,,2024-06-01 10:00:00 +0200,1,Mug,9.90,,Carl,,,,
#4,two@at@example.com,paid,EUR,0,0,9.90,,2024-06-01 10:00:00 +0200,1,Mug,9.90,,Carl,,,,
"""


def test_shopifys_orders(either: Counter) -> None:
    """An order's rows are one purchase at its time; who ordered is made; what became of it too."""
    report = either.take("orders", SHOPIFY)
    assert report["form"] == "shopify"
    assert [(each["line"], each["reason"]) for each in report["skipped"]] == [
        (5, "total: is in USD, the store's currency is EUR"),
        (6, "email: is not an e-mail address"),
    ]
    (first, *others) = either.events("purchase", "refund", "order_cancelled")
    assert first[1]["value"] == 26_470
    assert [(one["id"], one["price"], one["quantity"]) for one in first[1]["items"]] == [
        *(("B-41", 12_990, 2), ("Mug", 990, 1))
    ]
    assert [name for name, _ in others] == ["purchase", "order_cancelled", "refund"]
    ada, _ = either.customers()
    assert (ada["email"], ada["first_name"], ada["last_name"]) == (
        *("ada@example.com", "Ada", "Lovelace"),
    )
    ordered_at = 1_714_550_340_000
    assert ada["created_at"] == ordered_at
    assert either.rows("select occurred_at from event where message_id = 'order #1 purchase'") == [
        (ordered_at,)
    ]


def test_own_orders_with_headings_as_people_write_them(either: Counter) -> None:
    """Rows of one order are one purchase, by whatever its columns are called."""
    told = "Order ID;E-Mail;Date;SKU;Item Price;Quantity\n"
    told += "A1;ada@example.com;2024-06-01;tent;10,00;2\nA1;ada@example.com;2024-06-01;mug;5,00;1\n"
    assert either.take("orders", told)["skipped"] == []
    ((_, order),) = either.events("purchase")
    assert order["order_id"] == "A1"
    assert [(one["id"], one["price"], one["quantity"]) for one in order["items"]] == [
        *(("tent", 1_000, 2), ("mug", 500, 1))
    ]


def test_an_order_counts_once(either: Counter) -> None:
    """An order in two exports, or one that was tracked when it happened, is one purchase."""
    either.take("orders", SHOPIFY)
    either.take("orders", SHOPIFY.replace("Mug", "Cup"), "later.csv")
    line = '{"email":"dora@example.com","event":"purchase","timestamp":"2025-01-01T10:00:00Z"'
    either.take("events", f'{line},"order_id":"D1","value":20}}\n', "tracked.jsonl")
    own = "order_id,email,timestamp,total\nD1,dora@example.com,2025-01-01 11:00,20\n"
    either.take("orders", own, "own.csv")
    assert [told["order_id"] for _, told in either.events("purchase")] == ["#1", "#2", "D1"]


WOO = """\
order_id,order_date,status,order_total,order_currency,customer_id,billing_email,\
billing_first_name,line_item_1,line_item_2
77,2024-05-03 12:00:00,completed,"43,00",EUR,0,dora@example.com,Dora,\
name:Tent|product_id:12|sku:T1|quantity:1|total:33.00,name:Mug|product_id:13|quantity:2|total:10.00
78,2024-05-04 12:00:00,wc-failed,10,EUR,5,eve@example.com,Eve,,
"""


def test_woocommerces_orders(counter: Counter) -> None:
    """WooCommerce's packed items are read; an order that failed is no order."""
    report = counter.take("orders", WOO)
    assert report["form"] == "woocommerce"
    assert report["warnings"] == {"status failed: no order came of it, left out": 1}
    ((_, told),) = counter.events("purchase")
    assert told["value"] == 4_300
    assert [(one["id"], one["price"]) for one in told["items"]] == [("T1", 3_300), ("13", 500)]
    assert [one["email"] for one in counter.customers()] == ["dora@example.com"]


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("order_id,customer_email,timestamp,order_total,coupon,gift", "headrace"),
        ("Order ID,Customer Email,Order Date,Order Total,Coupon,gift", "headrace"),
        ("order_number,billing_email,ordered_at,grand_total,coupon,gift", "headrace"),
        ("order_id,customer_email,order_date,order_total,coupon,gift", "woocommerce"),
    ],
)
def test_orders_as_shops_head_them(counter: Counter, heading: str, form: str) -> None:
    """Headings that a vendor has, too, make no file an export that lacks its own columns."""
    report = counter.take(
        "orders", f"{heading}\n7,dora@example.com,2024-05-03 12:00,43.00,SAVE,card\n"
    )
    assert (report["form"], report["skipped"]) == (form, [])
    ((_, told),) = counter.events("purchase")
    assert (told["order_id"], told["value"], told["coupon"]) == ("7", 4_300, "SAVE")
    assert told.get("gift") == ("card" if form == "headrace" else None)


def test_an_export_may_hold_a_list_of_items(counter: Counter) -> None:
    """WooCommerce's headings beside items as JSON."""
    counter.take(
        "orders",
        "order_id,customer_email,order_date,order_total,items\n"
        '7,dora@example.com,2024-05-03 12:00,43.00,"[{""id"":""T1"",""price"":43}]"\n',
    )
    ((_, told),) = counter.events("purchase")
    assert [(one["id"], one["price"]) for one in told["items"]] == [("T1", 4_300)]


OWN = "order_id;customer_id;email;timestamp;total;item_id;quantity;price\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("o;c;;2025-02-30 10:00;10;T1;1;10", "timestamp: is no moment"),
        ("o;c;;;10;T1;1;10", "timestamp: what happened in the past needs its time"),
        ("o;c;;2025-02-28;ten;T1;1;10", "total: is no amount of money"),
        ("o;c;;2025-02-28;-10;T1;1;10", "total: is below zero"),
        ("o;c;;2025-02-28;10;T1;0;10", "items.quantity: must be above zero"),
        ("o;c;;2025-02-28;;T1;1;", "total: an order needs its total"),
        (";c;;2025-02-28;10;T1;1;10", "order_id: an order needs its number"),
        ("o;;;2025-02-28;10;T1;1;10", "has neither a customer's id nor an e-mail address"),
    ],
)
def test_a_bad_order_is_named(counter: Counter, row: str, reason: str) -> None:
    """Each wrong order is rejected with its line and reason."""
    good = "g;c9;;03.02.2025 10:00;1.234,50;T1;1;1.000,00\n"
    found = counter.reasons("orders", OWN + row + "\n" + good)
    assert list(found) == [2]
    assert found[2].startswith(reason)
    assert counter.events("purchase")[0][1]["value"] == 123_450


def test_an_old_order_changes_nothing_that_is_known(counter: Counter) -> None:
    """What a customer says of themselves today is not undone by what they said long ago."""
    counter.take("customers", "id,email,phone\n1,new@example.com,+4915100000001\n")
    counter.take(
        "orders",
        "order_id,customer_id,email,phone,city,timestamp,total\n"
        "o1,1,old@example.com,+4915100000002,Köln,2024-01-01,10\n",
        "o.csv",
    )
    (one,) = counter.customers()
    assert (one["email"], one["phone"]) == ("new@example.com", "+4915100000001")


def test_events_by_any_name_of_the_customer(counter: Counter) -> None:
    """An event finds its customer by user id, address or visitor; the same event is stored once."""
    lines = [
        {"user_id": "1", "event": "Product Viewed", "timestamp": 1_735_689_600, "item": "T1"},
        {"email": "ada@example.com", "event": "view_item", "time": "2025-01-01 01:00"},
        {"anonymous_id": "v", "event": "view_item", "timestamp": "2025-01-01T00:00:00Z"},
        {"user_id": "1", "event": "view_item"},
        {"user_id": "1", "event": "purchase", "timestamp": "2025-01-01", "value": "much"},
        {"event": "view_item", "timestamp": "2025-01-01"},
    ]
    content = b"\n".join(map(orjson.dumps, lines))
    found = counter.reasons("events", content, "e.jsonl")
    assert sorted(found) == [4, 5, 6]
    counter.take("events", content + b"\n", "again.jsonl")
    assert counter.rows("select name, count(*) from event where name = 'view_item' group by 1") == [
        ("view_item", 3)
    ]
    assert counter.rows(
        "select count(distinct customer), count(distinct occurred_at) from event"
        " where name = 'view_item'"
    ) == [(3, 1)]
