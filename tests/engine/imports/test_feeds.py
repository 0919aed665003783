"""Feeds of products as shops already have them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.model import DAY
from engine.imports.reading import UnreadableFileError
from engine.store import products
from tests.engine.imports.counter import Counter
from tests.engine.imports.people import NOW

RSS = """\
<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>T1</g:id><title>for readers</title><g:title>Zelt Grün</g:title>
<link>https://shop.example/t1</link><g:image_link>https://shop.example/t1.png</g:image_link>
<g:price>199.90 EUR</g:price><g:sale_price>149,90 EUR</g:sale_price>
<g:availability>in stock</g:availability><g:product_type>Tents</g:product_type>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
<g:usage_days>90</g:usage_days></item>
<item><g:id>T2</g:id><g:title>Zelt</g:title><g:price>99 USD</g:price></item>
<item><g:id>T3</g:id><g:title>Zelt</g:title><g:price>99 EUR</g:price>
<g:availability>out_of_stock</g:availability></item>
<item><g:id>T1</g:id><g:title>Twice</g:title></item>
</channel></rss>
"""


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_googles_xml(counter: Counter, encoding: str) -> None:
    """RSS in any declared encoding; the price inside of a shipping is not the product's."""
    content = RSS.format(encoding=encoding).encode(encoding)
    report = counter.take("products", content, "feed")
    assert report["form"] == "google"
    assert [(each["line"], each["reason"]) for each in report["skipped"]] == [
        (9, "price: is in USD, the store's currency is EUR"),
        (12, "id: stands in an earlier line already"),
    ]
    tent = counter.product("T1")
    assert (tent["name"], tent["price"], tent["old_price"]) == ("Zelt Grün", 14_990, 19_990)
    assert (tent["category"], tent["usage_days"], "stock" in tent) == ("Tents", 90, False)
    assert counter.product("T3")["stock"] == 0
    assert report["warnings"] == {}


ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title><link rel="self" href="https://shop.example"/>
<entry><title>Mug</title><link href="https://shop.example/mug"/><g:id>M</g:id>
<g:price>9.90 EUR</g:price><g:quantity>4</g:quantity></entry></feed>
"""


def test_googles_atom(counter: Counter) -> None:
    """Atom entries are read like items, with their links."""
    counter.take("products", ATOM, "feed")
    mug = counter.product("M")
    assert (mug["name"], mug["url"], mug["stock"]) == ("Mug", "https://shop.example/mug", 4)


def test_googles_table(counter: Counter) -> None:
    """The tab-separated form, with the specification's headings as people write them."""
    counter.take(
        "products",
        "id\ttitle\timage link\tprice\tavailability\titem_group_id\tdescription\n"
        "B1\tBoots\thttps://shop.example/b.png\t129,90 EUR\tin_stock\tB\t=long\n"
        "B2\tBoots\thttps://shop.example/b.png\t139,90 EUR\tpreorder\tB\tlong\n",
        "feed.txt",
    )
    assert counter.product("B1")["image_url"] == "https://shop.example/b.png"
    assert (counter.product("B2")["stock"], counter.product("B2")["availability"]) == (
        *(0, "preorder"),
    )
    assert counter.product("B")["price"] == 12_990
    assert "description" not in counter.product("B1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (RSS.format(encoding="UTF-8")[:-30], "not XML: no element found|not XML: unclosed"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rss><item><id>&a;</id></item></rss>', "is not read"),
        ("<html><body>404</body></html>", "holds neither <item> nor <entry>"),
        ("name,price\nMug,9\n", "the heading names no id"),
        ('{"products": [{"id": "a"}', "does not end|not JSON"),
    ],
)
def test_feeds_that_are_none(counter: Counter, content: str, reason: str) -> None:
    """A feed that breaks off, calls entities or is an error page is refused with the reason, and
    takes nothing away.
    """
    counter.take("products", "id,stock\nmug,3\n")
    with pytest.raises(UnreadableFileError, match=reason):
        counter.take("products", content, "feed", complete=True)
    assert counter.product("mug")["stock"] == 3


def test_a_sale_holds_for_its_time(counter: Counter) -> None:
    """A sale price counts from its first to its last moment, also when the feed stays the same."""
    content = (
        "id,title,price,sale_price,sale_price_effective_date,link\n"
        "T1,Tent,100 EUR,80 EUR,2026-01-06T00:00+01:00/2026-01-08T00:00+01:00,https://a.example\n"
    )
    prices = []
    for days in range(5):
        counter.now = NOW + days * DAY
        counter.take("products", content, "feed.csv")
        prices.append((counter.product("T1")["price"], counter.product("T1").get("old_price")))
    assert prices == [
        (10_000, None),
        (8_000, 10_000),
        (8_000, 10_000),
        (10_000, None),
        *prices[3:4],
    ]


SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,\
Variant Compare At Price,Image Src,Status
boots,Boots,"<p>Long
text</p>",Alp,Shoes,"a, b",true,Size,41,B-41,shopify,3,deny,129.90,149.90,https://i/1.png,active
boots,,,,,,,,42,B-42,shopify,0,deny,139.90,,,
boots,,,,,,,,,,,,,,,https://i/2.png,
mug,Mug,,Alp,Cups,,true,Title,Default Title,,,,deny,9.90,,https://i/m.png,active
cup,Cup,,Alp,Cups,,true,Title,Default Title,C,shopify,-2,continue,8.90,,,active
old,Old,,Alp,Cups,,true,Title,Default Title,,shopify,7,deny,9.90,,,draft
"""


def test_shopifys_table(either: Counter) -> None:
    """A handle's rows become its variants and their parent; rows of images are none."""
    report = either.take("products", SHOPIFY)
    assert (report["form"], report["skipped"]) == ("shopify", [])
    boots, one = either.product("boots"), either.product("B-41")
    assert (boots["name"], boots["price"], boots["stock"]) == ("Boots", 12_990, 3)
    assert (one["name"], one["parent"], one["old_price"]) == ("Boots - 41", "boots", 14_990)
    assert one["tags"] == ["a", "b"]
    assert "stock" not in either.product("mug")  # nobody counts it
    assert "stock" not in either.product("C")  # it is sold without being there
    assert (either.product("old")["stock"], either.product("old")["availability"]) == (
        *(0, "unavailable"),
    )


def test_shopifys_json(counter: Counter) -> None:
    """`products.json` gives the same products, found out by what stands in it."""
    told: dict[str, Any] = {
        "title": "Boots",
        "handle": "boots",
        "vendor": "Alp",
        "images": [{"src": "https://i/1.png"}],
        "variants": [
            {"sku": "B-41", "option1": "41", "price": "129.90", "inventory_quantity": 3},
            {"sku": "B-42", "option1": "42", "price": "139.90", "available": False},
        ],
    }
    import orjson

    report = counter.take("products", orjson.dumps({"products": [told]}), "products.json")
    assert (report["form"], report["skipped"]) == ("json", [])
    assert (counter.product("boots")["stock"], counter.product("boots")["price"]) == (3, 12_990)
    assert counter.product("B-42")["stock"] == 0


def test_a_complete_feed_takes_away_what_it_does_not_name(either: Counter) -> None:
    """Products missing from a complete feed are no longer offered; a rejected row is named too."""
    either.take("products", "id,price,stock,parent\na,1,1,\nb,1,1,\nc,1,1,\nv,2,2,p\n")
    report = either.take(
        "products", "id,price,stock,parent\na,1,1,\nb,bad,1,\nv,2,2,p\n", "b.csv", complete=True
    )
    assert report["unavailable"] == 1
    assert [either.product(one)["stock"] for one in "abcvp"] == [1, 1, 0, 2, 2]
    either.take("products", "id,price,stock\nc,1,5\n", "c.csv")
    assert either.product("c")["stock"] == 5
    assert "availability" not in either.product("c")


def test_what_has_not_changed_writes_no_history(either: Counter) -> None:
    """Only a product that is another afterwards has a new row in its history."""
    either.take("products", "id,price,stock\na,1,1\nb,1,1\n")
    either.take("products", "id,price,stock\na,1,1\nb,2,1\n", "b.csv")
    assert either.rows("select product, price, stock from product_history order by id") == [
        *(("a", 100, 1), ("b", 100, 1), ("b", 200, 1))
    ]


def test_a_parent_follows_its_variants(either: Counter) -> None:
    """A parent costs what its cheapest variant costs and has the stock of all; one that nobody
    counts makes the parent uncounted; a variant that moves leaves the old parent.
    """

    def put(product: str, **changes: Any) -> None:
        either.writer.run(lambda tx: products.put(tx, product, changes, NOW))

    put("v1", parent="p", price=500, stock=0)
    put("v2", parent="p", price=700, stock=0)
    assert (either.product("p")["price"], either.product("p")["stock"]) == (500, 0)
    put("v2", stock=4)
    assert either.product("p")["stock"] == 4
    put("v1", stock=None)
    assert "stock" not in either.product("p")
    put("v1", **products.GONE)
    assert (either.product("p")["price"], either.product("p")["stock"]) == (700, 4)
    put("v2", parent="q")
    assert either.product("q")["stock"] == 4
    put("g", parent="g", price=100, stock=1)
    put("g2", parent="g", price=50, stock=1)
    assert (either.product("g")["price"], either.product("g")["stock"]) == (100, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,-1,1,", "price: is below zero"),
        ("a,cheap,1,", "price: is no amount of money"),
        ("a,1,many,", "stock: is not a number"),
        ("a,1,1,soon", "availability: is none of"),
        (",1,1,", "id: a product needs its id"),
    ],
)
def test_a_bad_product_is_named(counter: Counter, row: str, reason: str) -> None:
    """Each wrong product is rejected with its line and reason; its neighbours are taken."""
    found = counter.reasons("products", f"id,price,stock,availability\n{row}\nb,1,1,\n")
    assert list(found) == [2]
    assert found[2].startswith(reason)
    assert counter.product("b")["price"] == 100


UNCOUNTED = """\
Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,\
Variant Inventory Qty,Variant Inventory Policy,Variant Price,Status
ebook,E-book,true,Title,Default Title,EB-1,,0,deny,9.00,active
boots,Boots,true,Size,41,BOOT,shopify,3,deny,100.00,active
boots,,,,42,BOOT,shopify,5,deny,110.00,
boots,,,,43,BOOT,,0,deny,120.00,
shoes,Shoes,true,Title,Default Title,BOOT,shopify,8,deny,50.00,active
"""


def test_who_is_not_tracked_is_not_counted(either: Counter) -> None:
    """An empty cell under "Inventory Tracker" says that nobody counts, whatever the quantity is."""
    either.take("products", UNCOUNTED)
    assert "stock" not in either.product("EB-1")
    assert "stock" not in either.product("boots-43")
    either.take("products", UNCOUNTED.replace("Variant Inventory Tracker,", "Barcode,"), "old.csv")
    assert either.product("EB-1")["stock"] == 0


def test_a_sku_that_stands_twice(either: Counter) -> None:
    """Every variant is kept with its own price and stock: the first under the SKU, the others under
    what is their own; importing it again changes nothing.
    """
    for again in (False, True):
        report = either.take("products", UNCOUNTED, again=again)
        assert (report["rejected"], report["written"]) == (0, 7)
    found = {each: either.product(each) for each in ("BOOT", "boots-42", "boots-43", "shoes")}
    assert {each: told["price"] for each, told in found.items()} == {
        "BOOT": 10_000,
        "boots-42": 11_000,
        "boots-43": 12_000,
        "shoes": 5_000,
    }
    assert [found[each].get("stock") for each in ("BOOT", "boots-42", "shoes")] == [3, 5, 8]


def test_a_ring_of_parents_is_left_out(counter: Counter) -> None:
    """A parent that leads back to the product itself is left out with a note."""
    report = counter.take("products", "id,name,parent\na,A,b\nb,B,a\n")
    assert report["warnings"] == {"parent: leads back to the product itself, left out": 1}
    assert counter.product("a")["parent"] == "b"
    assert "parent" not in counter.product("b")


COMPARED = """\
Handle,Title,Variant SKU,Variant Price,Variant Compare At Price,Status
lower,Lower,LOW,100.00,80.00,active
same,Same,SAME,100.00,100.00,active
higher,Higher,HIGH,100.00,120.00,active
"""


def test_an_old_price_is_higher_than_the_price(counter: Counter) -> None:
    """What a shop compares with is an old price only where something was reduced."""
    counter.take("products", COMPARED)
    found = [counter.product(each).get("old_price") for each in ("LOW", "SAME", "HIGH")]
    assert found == [None, None, 12_000]
