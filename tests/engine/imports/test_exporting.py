"""What is exported can be imported again, and is the same afterwards."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import calendar
from engine.core.model import HOUR
from engine.imports import exporting
from engine.imports.exporting import Kind
from engine.store import products
from tests.engine.imports.counter import TYPES, Counter
from tests.engine.imports.people import NOW

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n=+-@'\";,"), max_size=12
).filter(lambda text: text == text.strip() and text)
NAME = st.text("abcxyz", min_size=1, max_size=6)
MONEY = st.integers(0, 10**9)
MOMENT = st.integers(1, NOW // 1_000).map(lambda seconds: seconds * 1_000)
SAID = st.fixed_dictionaries({"agreed": st.booleans(), "at": MOMENT, "source": TEXT})
PERSON = st.fixed_dictionaries(
    {"id": NAME.map(lambda name: f"u-{name}")},
    optional={
        "email": NAME.map(lambda name: f"{name}@example.com"),
        "first_name": TEXT,
        "city": TEXT,
        "own_word": TEXT,
        "budget": MONEY.map(lambda minor: f"{minor / 100:.2f}"),
        "vip": st.booleans(),
        "sizes": st.lists(TEXT, min_size=1, max_size=3),
        "tags": st.lists(TEXT, min_size=1, max_size=3, unique=True),
        "birthday": st.dates().map(str).filter(lambda day: day > "1900"),
        "created_at": MOMENT.map(calendar.iso),
        "timezone": st.sampled_from(["Europe/Berlin", "America/New_York"]),
        "consent": st.dictionaries(
            st.sampled_from(["email", "sms", "news", "tracking"]),
            SAID.map(lambda said: {**said, "at": calendar.iso(said["at"])}),
            min_size=1,
        ),
    },
)


def reduced(row: dict[str, Any]) -> dict[str, Any]:
    """A product whose old price is one: a file's that is not above the price is left out."""
    is_none = "old_price" in row and row["old_price"] <= row.get("price", -1)
    return {name: value for name, value in row.items() if not (is_none and name == "old_price")}


PRODUCT = st.fixed_dictionaries(
    {"id": NAME},
    optional={
        "name": TEXT,
        "price": MONEY,
        "old_price": MONEY,
        "stock": st.integers(-5, 10**6),
        "rating": st.floats(0, 5).map(lambda value: round(value, 2)),
        "tags": st.lists(TEXT, min_size=1, max_size=3),
        "created_at": MOMENT,
        "parent": NAME.map(lambda name: f"p-{name}"),
    },
).map(reduced)
HAPPENED = st.fixed_dictionaries(
    {
        "user_id": NAME,
        "event": st.sampled_from(["view_item", "purchase", "quiz_done"]),
        "timestamp": MOMENT.map(calendar.iso),
    },
    optional={
        "value": MONEY.map(lambda minor: f"{minor / 100:.2f}"),
        "url": TEXT,
        "note": TEXT,
        "items": st.lists(
            st.fixed_dictionaries(
                {"id": NAME, "quantity": st.integers(1, 9)},
                optional={"price": MONEY.map(lambda minor: f"{minor / 100:.2f}"), "name": TEXT},
            ),
            min_size=1,
            max_size=3,
        ),
    },
)
STATE = {
    "customers": "select c.properties, c.tags, c.zone, i.kind, i.value from customer c"
    " join identity i on i.customer = c.id order by i.kind, i.value",
    "products": "select id, properties, price, stock, parent from product order by id",
    "events": "select message_id, name, occurred_at, enters, properties from event"
    " where substr(name, 1, 1) <> '$' order by message_id",
}


def exported(counter: Counter, kind: Kind, *, as_json: bool) -> str:
    text = io.StringIO(newline="")
    with counter.database.reader() as reader:
        exporting.write(reader, kind, TYPES, text, as_json=as_json)
    return text.getvalue()


def state(counter: Counter, kind: Kind) -> list[Any]:
    return parsed(counter, STATE[kind])


def parsed(counter: Counter, sql: str) -> list[Any]:
    def read(value: Any) -> Any:
        return orjson.loads(value) if isinstance(value, bytes) else value

    return [tuple(map(read, row)) for row in counter.rows(sql)]


def test_events_of_the_engine_come_back(tmp_path: Path) -> None:
    """What the engine itself recorded is exported and imported like what was told."""
    one, other = Counter(tmp_path / "one"), Counter(tmp_path / "other")
    try:
        one.take("customers", "id,email,consent_email\n1,ada@example.com,yes\n")
        content = exported(one, "events", as_json=False)
        assert other.take("events", content)["skipped"] == []
        assert state(other, "events") == state(one, "events") != []
    finally:
        one.close()
        other.close()


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Counter]]:
    """Where rows are, and two places for them to go to; emptied for each example."""
    made = [Counter(tmp_path_factory.mktemp(name)) for name in ("one", "csv", "json")]
    yield made
    for each in made:
        each.close()


def empty(counter: Counter) -> None:
    def work(transaction: Any) -> None:
        for table in (
            *("customer", "identity", "consent", "consent_proof", "event", "pending"),
            *("product", "product_history", "import_job", "import_rejection"),
            *("shop_record", "coupon_code"),
        ):
            transaction.execute(f"delete from {table}")
        transaction._numbers.clear()

    counter.writer.run(work)


def there_and_back(counters: list[Counter], kind: Kind, rows: list[dict[str, Any]]) -> None:
    one, *others = counters
    for each in counters:
        empty(each)
    if kind == "products":
        told = [(row["id"], row) for row in rows]
        one.writer.run(lambda tx: products.put_many(tx, told, NOW))
    else:
        one.take(kind, b"\n".join(map(orjson.dumps, rows)), "in.jsonl")
    for other, as_json in zip(others, (False, True), strict=True):
        other.now = NOW + HOUR
        content = exported(one, kind, as_json=as_json)
        report = other.take(kind, content, "out.jsonl" if as_json else "out.csv")
        assert report["skipped"] == []
        assert state(other, kind) == state(one, kind)


@settings(max_examples=12, deadline=None)
@given(rows=st.lists(PERSON, min_size=1, max_size=4))
def test_customers_come_back(counters: list[Counter], rows: list[dict[str, Any]]) -> None:
    """Export and import of customers, as CSV and as JSON lines, change nothing."""
    there_and_back(counters, "customers", rows)


@settings(max_examples=12, deadline=None)
@given(rows=st.lists(PRODUCT, min_size=1, max_size=4, unique_by=lambda row: row["id"]))
def test_products_come_back(counters: list[Counter], rows: list[dict[str, Any]]) -> None:
    """Export and import of products, with their parents, change nothing."""
    there_and_back(counters, "products", rows)


@settings(max_examples=12, deadline=None)
@given(rows=st.lists(HAPPENED, min_size=1, max_size=4))
def test_events_come_back(counters: list[Counter], rows: list[dict[str, Any]]) -> None:
    """Export and import of events keep their ids, times, amounts and items."""
    there_and_back(counters, "events", rows)


def test_a_spreadsheet_runs_nothing_of_an_export(either: Counter) -> None:
    """Cells that begin like a formula are prefixed; visitors whom nobody knows are left out."""
    either.take("customers", "id,email,phone,city\n1,a@example.com,+4915112345678,=1+1\n")
    line = b'{"anonymous_id":"v","event":"view_item","timestamp":"2025-01-01"}'
    either.take("events", line, "e.jsonl")
    (row,) = csv.DictReader(io.StringIO(exported(either, "customers", as_json=False)))
    assert (row["phone"], row["city"]) == ("'+4915112345678", "'=1+1")
    (event,) = csv.DictReader(io.StringIO(exported(either, "events", as_json=False)))
    assert (event["anonymous_id"], event["user_id"]) == ("v", "")


ITEM = st.fixed_dictionaries(
    {"id": NAME},
    optional={
        "product_id": NAME,
        "sku": NAME,
        "variant_id": st.integers(1, 99),
        "quantity": st.integers(1, 9),
        "price": MONEY.map(lambda minor: f"{minor / 100:.2f}"),
    },
)
TOLD = st.fixed_dictionaries(
    {"event": st.sampled_from(["Product Viewed", "Order Completed", "Product List Viewed"])},
    optional={"products": st.lists(ITEM, min_size=1, max_size=3), "value": st.just("9.90")},
)


@settings(max_examples=10, deadline=None)
@given(
    told=st.lists(TOLD, max_size=3),
    first=st.sampled_from(["customers", "events"]),
    agreed=st.lists(st.sampled_from(["yes", "no"]), max_size=3),
    sold=st.lists(PRODUCT, max_size=3),
)
def test_a_shop_moves_into_a_fresh_install(
    counters: list[Counter],
    told: list[dict[str, Any]],
    first: Kind,
    agreed: list[str],
    sold: list[dict[str, Any]],
) -> None:
    """All exports of a shop imported elsewhere give the same customers, consents, products and
    events, each once, whichever comes first.
    """
    from engine.intake.incoming import Incoming
    from engine.intake.ingest import take
    from engine.intake.names import event_name, event_properties

    one, other, _ = counters
    for each in counters:
        empty(each)
    one.take("customers", "id,email,first_name\nu1,ada@example.com,Ada\n", "ada.csv")

    def happen(transaction: Any) -> None:
        for number, answer in enumerate(agreed):
            call = Incoming("identify", f"c{number}", user="u1", source="key shop")
            call.consent, call.occurred_at = {"email": answer == "yes"}, NOW + number
            take(transaction, [call], TYPES, NOW + number)
        for number, each in enumerate(told):
            properties = {name: value for name, value in each.items() if name != "event"}
            call = Incoming("track", f"t{number}", user="u1", event=event_name(each["event"]))
            call.properties, call.occurred_at = event_properties(properties), NOW + number
            take(transaction, [call], TYPES, NOW + 10 + number)

    one.writer.run(happen)
    # Prices come later: they must not be filled into what happened before.
    rows = [(row["id"], row) for row in sold]
    one.writer.run(lambda tx: products.put_many(tx, rows, NOW))
    other.now = NOW + HOUR
    order: list[Kind] = ["products", first, "events" if first == "customers" else "customers"]
    for kind in order:
        content = exported(one, kind, as_json=True)
        assert other.take(kind, content, f"{kind}.jsonl")["skipped"] == []
    for sql in (
        STATE["customers"],
        STATE["products"],
        STATE["events"].replace("enters, ", ""),  # what is imported enters no flow
        "select customer, what, allowed, at from consent order by customer, what",
    ):
        assert parsed(other, sql) == parsed(one, sql)
