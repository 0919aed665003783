"""Exports as shop systems and newsletter tools write them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.imports.counter import Counter

WOO = """\
ID,Type,SKU,Name,Published,"Is featured?","In stock?",Stock,"Backorders allowed?","Sale price",\
"Regular price",Categories,Tags,Images,Parent,Position,Brands
11,simple,MUG,Mug &amp; Spoon,1,0,1,14,0,,"9,90","Cups, Gifts","new, blue",\
"https://s.example/m.jpg, https://s.example/m2.jpg",,0,Alp
12,variable,BOOT,Boots,1,0,1,,0,,,Shoes > Hiking,,https://s.example/b.jpg,,0,
13,"variation, virtual",BOOT-41,Boots - 41,1,0,1,3,0,99.00,129.00,,,,BOOT,1,
14,variation,,Boots - 42,1,0,0,0,0,,139.00,,,,id:12,2,
15,variation,BOOT-41,Boots - 43,1,0,1,5,notify,,149.00,,,,id:12,3,
16,simple,OLD,Old mug,-1,0,1,4,0,,5.00,,,,,0,
17,simple,E-BOOK,E-book,1,0,1,,0,,5.00,,,,,0,
"""


def test_woocommerces_products(either: Counter) -> None:
    """Prices, sales, stock, pictures and variations of WooCommerce's own product export."""
    report = either.take("products", WOO)
    assert (report["form"], report["skipped"], report["warnings"]) == ("woocommerce", [], {})
    mug = either.product("MUG")
    assert (mug["name"], mug["price"], mug["stock"]) == ("Mug & Spoon", 990, 14)
    assert (mug["image_url"], mug["category"]) == ("https://s.example/m.jpg", "Cups")
    assert (mug["tags"], mug["brand"]) == (["new", "blue"], "Alp")
    boot = either.product("BOOT-41")
    assert (boot["price"], boot["old_price"], boot["parent"]) == (9_900, 12_900, "12")
    assert (either.product("14")["stock"], either.product("15")["price"]) == (0, 14_900)
    family = either.product("12")
    assert (family["name"], family["price"], family["stock"]) == ("Boots", 9_900, 8)
    assert either.product("OLD")["availability"] == "unavailable"
    assert "stock" not in either.product("E-BOOK")
    line = b'{"user_id":"u","event":"Product Viewed","timestamp":"2026-01-01","product_id":11}'
    either.take("events", line, "e.jsonl")
    assert either.events("view_item")[0][1]["items"][0]["id"] == "MUG"


def test_woocommerces_products_in_german(counter: Counter) -> None:
    """The same exporter on a German site, with a comma in the amounts."""
    report = counter.take(
        "products",
        "ID,Typ,Artikelnummer,Name,Veröffentlicht,Vorrätig?,Lager,Regulärer Preis,Bilder\n"
        '1,simple,T-1,Tasse,1,1,3,"12,50",https://s.example/t.jpg\n',
    )
    assert report["form"] == "woocommerce"
    assert (counter.product("T-1")["price"], counter.product("T-1")["stock"]) == (1_250, 3)


def test_a_woocommerce_sale_with_an_end(counter: Counter) -> None:
    """A sale without a beginning holds until the end of its last day."""
    heading = (
        "ID,Type,SKU,Name,Sale price,Regular price,Date sale price starts,Date sale price ends"
    )
    for day, price in (("2026-01-05", 800), ("2026-01-04", 1_000)):
        counter.take("products", f"{heading}\n1,simple,A,Cup,8,10,,{day}\n", f"{day}.csv")
        assert counter.product("A")["price"] == price


MAILCHIMP = (
    """\
"Email Address","First Name","Last Name",Address,"Phone Number",Birthday,MEMBER_RATING,OPTIN_TIME,\
OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
ada@example.com,Ada,Lovelace,,,11/06,2,"2024-02-01 10:00:00",,"2024-02-01 10:05:00",203.0.113.9,\
,,Europe/Berlin,DE,BE,"2025-01-01 00:00:00",1,e1,,"""
    '"""VIP"",""Summer, 2025"""'
    """
"""
)


def test_mailchimp(counter: Counter) -> None:
    """An audience: consent with its time, tags in quotes, a birthday without a year left out."""
    report = counter.take("customers", MAILCHIMP)
    assert (report["form"], report["rejected"]) == ("mailchimp", 0)
    assert report["warnings"] == {"birthday: cannot be read, left out": 1}
    (ada,) = counter.customers()
    assert (ada["first_name"], ada["country"], ada["timezone"]) == ("Ada", "DE", "Europe/Berlin")
    assert "leid" not in {name.lower() for name in ada}
    assert counter.rows("select tags from customer") == [(b'["Summer, 2025","VIP"]',)]
    assert counter.rows("select what, allowed from consent") == [("email", 1)]
    left = MAILCHIMP.replace("NOTES,TAGS", "UNSUB_TIME,TAGS").replace(
        "e1,,", 'e1,"2025-06-01 10:00:00",'
    )
    counter.take("customers", left, "unsubscribed.csv")
    assert counter.rows("select what, allowed from consent") == [("email", 0)]


def test_klaviyo(counter: Counter) -> None:
    """Profiles with consent in Klaviyo's words; who was never asked has said nothing."""
    report = counter.take(
        "customers",
        "Email,Klaviyo ID,First Name,Phone Number,State / Region,Zip Code,Email Marketing Consent,"
        "Email Marketing Consent Timestamp\n"
        "a@example.com,01H,Ada,+4915112345678,Berlin,10115,SUBSCRIBED,2025-01-02T10:00:00+00:00\n"
        "b@example.com,01J,Bob,,,,NEVER_SUBSCRIBED,\n"
        "c@example.com,01K,Cy,,,,UNSUBSCRIBED,2025-01-02T10:00:00+00:00\n",
    )
    assert report["skipped"] == []
    assert counter.rows("select customer, allowed from consent order by customer") == [
        (1, 1),
        (3, 0),
    ]
    assert counter.customers()[0]["postal_code"] == "10115"


def test_klaviyo_knows_whom_it_stopped_writing_to(counter: Counter) -> None:
    """Whose address bounced or complained is nobody to write to, although they once agreed."""
    counter.take(
        "customers",
        "Email,First Name,Email Marketing Consent,Email Suppressions\n"
        'a@example.com,Ada,SUBSCRIBED,"[""HARD_BOUNCE""]"\n'
        "b@example.com,Bob,SUBSCRIBED,MARKED_AS_SPAM\n"
        "c@example.com,Cy,SUBSCRIBED,[]\n",
    )
    agreed = "select customer from consent where allowed order by customer"
    assert counter.rows(agreed) == [(3,)]


def test_klaviyo_lists_the_channels_of_a_consent(counter: Counter) -> None:
    """`["email", "sms"]` is a consent for both, an empty list is none, and nobody is lost."""
    report = counter.take(
        "customers",
        "Email,First Name,Phone Number,$consent,Email Marketing Consent\n"
        'a@example.com,Ada,+4915112345678,"[""email"", ""sms""]",\n'
        "b@example.com,Bob,,[],\n"
        'c@example.com,Cy,,"[""email""]",UNSUBSCRIBED\n'
        "d@example.com,Di,,,Double Opt-in\n",
    )
    assert (report["written"], report["rejected"]) == (4, 0)
    agreed = "select customer, what from consent where allowed order by customer, what"
    assert counter.rows(agreed) == [(1, "email"), (1, "sms"), (4, "email")]


def test_mailchimp_writes_zeros_for_no_time(counter: Counter) -> None:
    """A time of zeros is none: the person is kept, without a consent."""
    report = counter.take(
        "customers",
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\n"
        "a@example.com,Ada,2,0000-00-00 00:00:00,0000-00-00 00:00:00,1,e1\n"
        "b@example.com,Bob,2,2024-05-01 10:00:00,2024-05-01 10:00:00,2,e2\n",
    )
    assert report["rejected"] == 0
    assert counter.rows("select customer from consent where allowed") == [(2,)]


def test_listmonk(counter: Counter) -> None:
    """Attributes in a JSON cell are properties; who is blocked has withdrawn."""
    report = counter.take(
        "customers",
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        'u-1,a@example.com,Ada Lovelace,"{""city"": ""Berlin"", ""tier"": ""gold""}",enabled,'
        "2024-01-01T10:00:00Z,2024-01-01T10:00:00Z\n"
        "u-2,b@example.com,Bob,{},blocklisted,2024-01-01T10:00:00Z,2025-01-01T10:00:00Z\n",
    )
    assert (report["form"], report["rejected"]) == ("listmonk", 0)
    ada, _ = counter.customers()
    assert (ada["first_name"], ada["city"], ada["tier"]) == ("Ada", "Berlin", "gold")
    assert counter.rows("select customer, allowed from consent") == [(2, 0)]


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("Vorname;Nachname;Emailadresse;Newsletter", {"first_name": "x", "last_name": "x"}),
        ("Name;E-Mail-Adresse;PLZ;Ort", {"name": "x", "city": "x", "postal_code": "x"}),
        ("First Name;Email (Billing);City (Billing)", {"first_name": "x", "city": "x"}),
        ("Kundennummer;E-Mail;Telefon", {"id": "x"}),
    ],
)
def test_excels_separator_and_headings(
    counter: Counter, heading: str, found: dict[str, Any]
) -> None:
    """`sep=;`, blank rows and headings in English and German."""
    cells = [
        "ada@example.com" if "mail" in name.lower() else "ja" if name == "Newsletter" else "x"
        for name in heading.split(";")
    ]
    blank = ";" * heading.count(";")
    content = f"sep=;\r\n{heading}\r\n{blank}\r\n{';'.join(cells)}\r\n{blank}\r\n"
    report = counter.take("customers", content.encode("utf-8-sig"))
    assert (report["read"], report["rejected"]) == (1, 0)
    (ada,) = counter.customers()
    assert {name: ada.get(name) for name in found} == found
    assert ada["email"] == "ada@example.com"
    if "Newsletter" in heading:
        assert counter.rows("select what, allowed from consent") == [("email", 1)]


def test_orders_of_people_with_a_phone_only(either: Counter) -> None:
    """An order without an address is of whoever has the phone number, who is made where needed."""
    either.take("customers", "id,phone\nu1,+4915112345678\n", "c.csv")
    report = either.take(
        "orders",
        "Order Number,Order Status,Order Date,Phone (Billing),First Name (Billing),"
        "Country Code (Billing),Order Total Amount,SKU,Item Name,Quantity,Item Cost\n"
        "1,Completed,2025-11-01 10:00,0151 12345678,Ada,DE,20.00,MUG,Mug,2,10.00\n"
        "2,Completed,2025-11-02 10:00,+49 30 1234567,Bob,DE,9.90,CUP,Cup,1,9.90\n"
        "3,Completed,2025-11-03 10:00,+49 30 1234567,Bob,DE,9.90,CUP,Cup,1,9.90\n",
    )
    assert report["skipped"] == []
    bought = either.rows("select customer, properties from event where name = 'purchase'")
    assert len({customer for customer, _ in bought}) == 2
    assert len(either.customers()) == 2
    assert [told["value"] for _, told in either.events("purchase")] == [2_000, 990, 990]


@pytest.mark.parametrize(
    ("said", "stock"),
    [("limited availability", None), ("LimitedAvailability", None), ("in\u00a0stock", None),
     ("sold out", 0), ("https://schema.org/OutOfStock", 0)],
)  # fmt: skip
def test_words_for_availability(counter: Counter, said: str, stock: int | None) -> None:
    """What feeds say of availability, and ids with blanks that nobody sees."""
    content = (
        f"id,title,link,item_group_id,availability\nA1,Tent,https://a.example,A\u00a01,{said}\n"
    )
    assert counter.reasons("products", content) == {}
    assert counter.product("A1").get("stock") == stock
    assert counter.product("A1")["parent"] == "A 1"
