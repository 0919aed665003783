"""Property values by their declared type, and the one clock."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SettableClock, SystemClock
from engine.core.values import Types, as_date, money
from tests.harness.stage import BERLIN, BUILTIN, moment

TYPES = Types(currency="EUR", zone=BERLIN)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("18.90", "money", 1890),
        (18.9, "money", 1890),
        (0.145, "money", 15),
        (19.99, "money", 1999),
        (1e300, "money", None),
        ("abc", "money", None),
        (True, "money", None),
        (float("nan"), "money", None),
        ("12", "number", 12),
        ("1.5", "number", 1.5),
        (1 << 70, "number", None),
        ("x", "number", None),
        (5, "text", "5"),
        (True, "text", "true"),
        ({"a": 1}, "text", None),
        ("true", "boolean", True),
        (0, "boolean", False),
        ("maybe", "boolean", None),
        ("2026-02-29", "date", None),
        ("2026-02-28", "date", "2026-02-28"),
        ("2026-01-05T09:00:00Z", "date", moment("2026-01-05 10:00")),
        ("2026-01-05 10:00", "date", moment("2026-01-05 10:00")),
        (1_767_603_600, "date", 1_767_603_600_000),
        (1_767_603_600_000, "date", 1_767_603_600_000),
        ("0001-01-01T00:00:00", "date", None),
        (10**18, "date", None),
        (float("inf"), "date", None),
        ("18:00:00", "time", "18:00"),
        ("25:61", "time", None),
        ("a", "list", ["a"]),
        (None, "money", None),
        ({"x": 1}, None, {"x": 1}),
    ],
)
def test_values_by_type(value, kind, expected):
    """A value becomes what its declared type says, or is missing."""
    assert TYPES.read(value, kind) == expected


@pytest.mark.parametrize(("currency", "expected"), [("EUR", 1234), ("JPY", 12), ("KWD", 12340)])
def test_minor_units_of_currencies(currency, expected):
    """Money is kept in the minor units of the store's currency."""
    assert Types(currency=currency).read("12.34", "money") == expected


@given(st.decimals(-(10**9), 10**9, places=2))
def test_money_is_exact(amount):
    """No amount of two places loses a cent, however it was written."""
    assert money(str(amount), 2) == int(amount * 100)
    assert Decimal(money(float(amount), 2)) / 100 == amount


def test_value_is_the_sum_of_the_items():
    """An event without a value has the sum of price x quantity, with prices from the catalogue."""
    catalogue = {"tent": {"price": 20_000}, "mug": {"price": 900}}
    read = BUILTIN.read_event(
        "purchase", {"items": ["tent", {"id": "mug", "quantity": 2, "price": "8.50"}]}, catalogue
    )
    assert read["value"] == 21_700
    assert BUILTIN.read_event("purchase", {"items": ["none"]}, catalogue).get("value") is None
    assert BUILTIN.read_event("purchase", {"value": 5, "items": ["mug"]}, catalogue)["value"] == 500


def test_a_lone_item_lends_its_properties():
    """An event about one product knows its category and price, whoever told them."""
    catalogue = {"tent": {"price": 20_000, "category": "tents"}}
    read = BUILTIN.read_event("view_item", {"item": "tent", "quantity": 2}, catalogue)
    assert (read["category"], read["price"], read["value"]) == ("tents", 20_000, 40_000)
    assert read["items"] == [{"id": "tent", "quantity": 2}]
    told = BUILTIN.read_event("view_item", {"item": "tent", "price": 150}, catalogue)
    assert (told["price"], told["value"]) == (15_000, 15_000)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_no_value_breaks_the_reading(value):
    """Whatever a client sends as an item, a price or a date is read or missing."""
    for name in ("item", "items", "value", "price", "starts_at", "quantity"):
        BUILTIN.read_event("view_item", {name: value, "currency": "EUR"}, {})
    day = TYPES.read(value, "date")
    assert day is None or as_date(day, BERLIN) is not None


def test_settable_clock():
    """A clock of tests is turned forward, never back."""
    clock = SettableClock(5)
    clock.turn(9)
    assert clock.now() == 9
    with pytest.raises(ValueError, match="never turned back"):
        clock.turn(8)


def test_system_clock_offset(monkeypatch):
    """The offset of the environment shifts the one clock by seconds."""
    monkeypatch.setenv("HEADRACE_CLOCK_OFFSET", "3600")
    ahead = SystemClock().now() - SystemClock(0).now()
    assert 3_599_000 <= ahead <= 3_601_000


@given(
    st.floats(-2e9, 2e9) | st.decimals(-2_000_000, 2_000_000, places=3).map(float),
    st.sampled_from([0, 2, 3]),
)
def test_money_of_a_number_is_that_of_its_text(value: float, digits: int) -> None:
    """An amount that comes as a number is what its decimal text says; half rounds up."""
    assert money(value, digits) == money(repr(value), digits)
