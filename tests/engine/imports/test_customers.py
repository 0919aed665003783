"""Customers out of files: who is whom, what they agreed to, and what is wrong with a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.core.model import DAY
from engine.imports.reading import UnreadableFileError
from tests.engine.imports.counter import Counter
from tests.engine.imports.people import NOW
from tests.harness.workshop import HOUR, Workshop


def consent(counter: Counter) -> dict[str, bool]:
    return {row[0]: bool(row[1]) for row in counter.rows("select what, allowed from consent")}


def test_two_rows_of_one_person_are_one(either: Counter) -> None:
    """Rows meet by user id and by address; who was known by the address alone gets the id."""
    either.take("customers", "email,city\nAda@Example.com,Köln\nada@example.com,Bonn\n")
    (ada,) = either.customers()
    assert (ada["id"], ada["city"]) == ("Ada@example.com", "Bonn")
    either.take("customers", "id,email,first_name\n7,ada@example.com,Ada\n", "b.csv")
    (ada,) = either.customers()
    assert (ada["id"], ada["first_name"], ada["city"]) == ("7", "Ada", "Bonn")
    either.take("customers", "id,city\n7,Mainz\n", "c.csv")
    assert [one["city"] for one in either.customers()] == ["Mainz"]


def test_headings_as_people_write_them(either: Counter) -> None:
    """Words of ours are found in any spelling; what nobody knows keeps its name."""
    told = "E-mail,First Name,User ID,Created At,VIP,Consent Email,Favourite Colour\n"
    told += "ada@example.com,Ada,7,2024-05-01,yes,yes,red\n"
    told += "ben@example.com,Ben,8,31.31.2024,yes,yes,red\n"
    report = either.take("customers", told)
    assert report["skipped"] == []
    assert report["warnings"] == {"created_at: cannot be read, left out": 1}
    ada, _ = either.customers()
    assert {**ada, "created_at": ""} == {
        "id": "7",
        "email": "ada@example.com",
        "first_name": "Ada",
        "created_at": "",
        "vip": True,
        "Favourite Colour": "red",
    }
    assert consent(either) == {"email": True}


def test_a_heading_in_our_words_goes_before_one_like_it(either: Counter) -> None:
    """Two columns that could mean the same: each keeps what it says."""
    either.take("customers", "email,E-Mail,First Name,first_name\na@x.de,b@x.de,Ann,Ada\n")
    (ada,) = either.customers()
    assert (ada["email"], ada["E-Mail"]) == ("a@x.de", "b@x.de")
    assert (ada["first_name"], ada["First Name"]) == ("Ada", "Ann")


def test_an_address_that_changes_within_a_file(either: Counter) -> None:
    """The last address counts; the one before leads to nobody, or to whom it belongs next."""
    either.take("customers", "id,email\n1,a@example.com\n1,b@example.com\n2,a@example.com\n")
    assert either.rows("select value, customer from identity where kind = 'email' order by 1") == [
        *(("a@example.com", 2), ("b@example.com", 1))
    ]


def test_two_accounts_may_share_a_mailbox(counter: Counter) -> None:
    """Two user ids stay two people, and both are found by the address they share."""
    counter.take("customers", "id,email\n1,ada@example.com\n2,ada@example.com\n")
    assert [one["id"] for one in counter.customers()] == ["1", "2"]
    kinds = counter.rows("select kind, customer from identity where kind like '%email' order by 1")
    assert kinds == [("email", 1), ("same email", 2)]


def test_an_account_takes_in_the_mailbox_that_was_known_alone(either: Counter) -> None:
    """A subscriber known by the address, and an account that turns out to have it, become one."""
    either.take("customers", "id,city\n7,Köln\n")
    either.take("customers", "email,first_name,consent_email\nada@example.com,Ada,yes\n", "b.csv")
    assert len(either.customers()) == 2
    either.take("customers", "id,email\n7,ada@example.com\n", "c.csv")
    (ada,) = either.customers()
    assert (ada["id"], ada["first_name"], ada["city"]) == ("7", "Ada", "Köln")
    assert consent(either) == {"email": True}


def test_consent_comes_with_its_proof(either: Counter) -> None:
    """When and where somebody agreed is kept with the address it was for."""
    either.take(
        "customers",
        "id,email,consent_email,consent_email_at,consent_email_source,consent_sms\n"
        "1,ada@example.com,yes,2025-03-01 12:00,checkout form v3,no\n",
    )
    proofs = either.rows(
        "select what, act, source, address, detail from consent_proof order by what"
    )
    what, act, source, address, detail = proofs[0]
    assert (what, act, address) == ("email", "granted", "ada@example.com")
    assert source == "import of file.csv: checkout form v3"
    told_at = 1_740_826_800_000  # noon in Berlin, as the store's clock says
    assert orjson.loads(detail) == {"told_at": told_at, "said": "checkout form v3"}
    assert either.rows("select at from consent where what = 'email'") == [(told_at,)]
    assert consent(either) == {"email": True, "sms": False}


@pytest.mark.parametrize(
    ("columns", "cells", "holds"),
    [
        ("consent_email", "yes", False),
        ("consent_email,consent_email_at", "yes,2025-12-01", False),
        ("consent_email,consent_email_at", "yes,2026-01-04", True),
    ],
)
def test_an_old_file_subscribes_nobody_again(
    counter: Counter, columns: str, cells: str, holds: bool
) -> None:
    """Who unsubscribed stays so unless the file says that they agreed later."""
    counter.now = NOW - 5 * DAY
    counter.take("customers", "id,consent_email\n1,no\n")
    counter.now = NOW
    counter.take("customers", f"id,{columns}\n1,{cells}\n", "b.csv")
    assert consent(counter) == {"email": holds}


BAD: list[tuple[str, str, str]] = [
    ("email", "two@at@example.com", "email: is not an e-mail address"),
    ("email", '"a@example.com\nBcc: b@example.com"', "email: is not an e-mail address"),
    ("consent_email", "perhaps", "consent_email: is neither yes nor no"),
    ("consent_email", "yes,31.31.2025", "consent_email_at: is no moment"),
    ("consent_email", "yes,2031-01-01", "consent_email_at: lies in the future"),
    ("city", "a\x00b", "city: Text must not hold NUL characters."),
    ("id", "x" * 300, "id: must be visible text of at most 255 characters"),
]


@pytest.mark.parametrize(("column", "cell", "reason"), BAD)
def test_a_bad_row_is_named(counter: Counter, column: str, cell: str, reason: str) -> None:
    """Each wrong row is rejected with its line and reason; its neighbours are loaded."""
    heading = column if column != "consent_email" or "," not in cell else f"{column},{column}_at"
    first = "user_id" if column == "id" else "id"
    filler = "," * heading.count(",")
    content = f"{first},{heading}\n1,{filler}\n2,{cell}\n3,{filler}\n"
    found = counter.reasons("customers", content)
    assert list(found) == [3]
    assert found[3].startswith(reason)
    assert "Bcc" not in found[3]
    assert len(counter.customers()) == 2


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("birthday", "1990-02-30"),
        ("birthday", "11/06"),
        ("birthday", "05/06/1990"),
        ("birthday", "0000-00-00"),
        ("created_at", "soon"),
        ("budget", "a lot"),
        ("budget", "19.90 USD"),
        ("vip", "perhaps"),
        ("phone", "ask Ada"),
        ("sizes", "[1"),
    ],
)
def test_a_bad_detail_costs_only_the_detail(counter: Counter, column: str, cell: str) -> None:
    """What cannot be read of a person is left out with a note that names the column."""
    report = counter.take("customers", f"id,city,{column}\n1,Köln,{cell}\n")
    assert (report["rejected"], report["written"]) == (0, 1)
    assert report["warnings"] == {f"{column}: cannot be read, left out": 1}
    assert counter.customers()[0]["city"] == "Köln"
    assert column not in counter.customers()[0] or column == "created_at"


def test_who_nobody_can_be_told_apart_is_rejected(counter: Counter) -> None:
    """A row without an id and an address is nobody; a file without such columns is refused."""
    found = counter.reasons("customers", "id,email,city\n,,Köln\n")
    assert found == {2: "has neither an id nor an e-mail address"}
    with pytest.raises(UnreadableFileError, match="names no column id or email"):
        counter.take("customers", "name,city\nAda,Köln\n", "b.csv")


def test_values_are_read_by_their_declared_types(counter: Counter) -> None:
    """German and English amounts, yes and no, lists and dates end as the declared type says."""
    counter.take(
        "customers",
        "id;budget;vip;sizes;birthday;phone;country;tags\n"
        '1;1.234,50 €;ja;"S, M";24.12.1990;0151 12345678;Deutschland;"vip, new"\n',
    )
    (one,) = counter.customers()
    assert (one["budget"], one["vip"], one["sizes"]) == (123_450, True, ["S", "M"])
    assert (one["birthday"], one["country"], one["phone"]) == ("1990-12-24", "DE", "+4915112345678")
    assert counter.rows("select tags from customer") == [(b'["new","vip"]',)]


def test_formulas_and_markup_are_text(counter: Counter) -> None:
    """What a spreadsheet or a browser would run is kept as the text it is."""
    told = ["=HYPERLINK(1)", "<img onerror=x>", "{{7*7}}", "@SUM(1)"]
    counter.take("customers", "id,city\n" + "".join(f"{n},{t}\n" for n, t in enumerate(told)))
    assert [one["city"] for one in counter.customers()] == told


def test_what_headrace_counts_itself_is_left_out(counter: Counter) -> None:
    """Columns of our own sums are no news, and unreadable details cost no customer."""
    report = counter.take("customers", "id,orders,phone\n1,5,unknown\n")
    assert report["skipped"] == []
    assert sorted(report["warnings"]) == [
        "orders: Headrace counts this itself, the column is left out",
        "phone: cannot be read, left out",
    ]
    assert "orders" not in counter.customers()[0]


SHOPIFY = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,\
Default Address Country Code,Default Address Zip,Phone,Accepts SMS Marketing,Total Spent,Tags
'694,Ada,Lovelace,ada@example.com,yes,München,DE,'01067,'+4915112345678,no,264.70,"vip, beta"
"""


def test_shopifys_customers(counter: Counter) -> None:
    """Shopify's export is known by its heading; apostrophes before numbers go."""
    report = counter.take("customers", SHOPIFY)
    assert (report["form"], report["warnings"]) == ("shopify", {})
    (ada,) = counter.customers()
    assert (ada["id"], ada["postal_code"], ada["phone"]) == ("694", "01067", "+4915112345678")
    assert consent(counter) == {"email": True, "sms": False}


def test_what_a_shop_adds_to_an_export_is_kept(counter: Counter) -> None:
    """Columns that Shopify has not are read as everywhere, its own totals and streets are not."""
    report = counter.take(
        "customers",
        "email,First Name,Accepts Email Marketing,Country,Default Address Country Code,Birth date,"
        "Favourite hill,Note,Total Spent\n"
        "ada@example.com,Ada,yes,Germany,DE,1815-12-10,Zugspitze,pays late,12.50\n"
        "bob@example.com,Bob,no,Austria,,,,,\n",
    )
    assert (report["form"], report["skipped"], report["warnings"]) == ("shopify", [], {})
    ada, bob = counter.customers()
    assert (ada["email"], ada["birthday"], ada["country"]) == (
        "ada@example.com",
        "1815-12-10",
        "DE",
    )
    assert bob["country"] == "AT"
    assert not {"Note", "note", "Total Spent", "total_spent", "Country"} & {*ada, *bob}


FLOW = """\
flow welcome:
  enter when subscribe
  re-enter never
  send email one

flow leaver:
  enter when ordered
  exit when purchase
  wait 9 days
  send email two
"""


def test_imports_enter_no_flow_but_exit(tmp_path: Path, workshop: Any) -> None:
    """Imported people and orders start no flow; an imported purchase ends a run all the same."""
    from engine.imports.running import Plan, run

    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer("bob"), "ordered")
    shop.forward(HOUR)
    file = tmp_path / "a.csv"
    file.write_text("id,email,consent_email\n1,ada@example.com,yes\n")
    run(Plan("customers", file), shop.service.import_target())
    file.write_text("order_id,customer_id,timestamp,total\nA1,bob,2026-01-05 10:30,20\n")
    run(Plan("orders", file), shop.service.import_target())
    shop.forward(DAY)
    assert shop.notebook.messages == []
    assert shop.rows("select state, end_kind from run") == [(2, "event")]
    assert shop.rows("select distinct enters from event where name <> 'ordered'") == [(0,)]


def test_guests_are_not_one_person(either: Counter) -> None:
    """What an export writes for want of an id (`0`, `guest`, `null`) makes one person of nobody."""
    told = "id,email\n0,ada@example.com\nguest,ben@example.com\nnull,eve@example.com\n"
    report = either.take("customers", f"{told}Guest,cy@example.com\n")
    assert report["skipped"] == []
    assert len(either.customers()) == 4
    assert not {"0", "guest", "null", "Guest"} & {one["id"] for one in either.customers()}


def test_untidy_addresses_are_read_as_the_tracking_api_reads_them(counter: Counter) -> None:
    """`mailto:`, a name and blanks around one plain address are no reason to reject a row."""
    told = ["mailto:a@x.de", "\u00a0b@x.de\u00a0", '"""C"" <c@x.de>"', "<d@x.de>"]
    report = counter.take("customers", "email\n" + "\n".join(told) + "\n")
    assert report["skipped"] == []
    assert [one["email"] for one in counter.customers()] == [f"{each}@x.de" for each in "abcd"]
    rows = '{"email": "e@x.de", "consent": true}\n'
    assert counter.take("customers", rows, "b.jsonl")["skipped"] == []
    assert consent(counter) == {"email": True}
