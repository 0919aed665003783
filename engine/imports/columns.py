"""What shop systems call the columns of their exports, in our words; and rows that belong together.

The tables hold what the vendors document for their CSV exports of customers and orders. Of orders
a column that stands in none of them is left out: those files have dozens that say nothing of a
customer. What a shop has added to its customers is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.imports import headings, mailing
from engine.imports.events import ORDER_WORDS
from engine.imports.reading import Found, Row

SHOPIFY_CUSTOMERS: Final = {
    "Customer ID": "id",
    "Email": "email",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Phone": "phone",
    "Default Address Phone": "phone",
    "Accepts Email Marketing": "consent_email",
    "Accepts Marketing": "consent_email",
    "Accepts SMS Marketing": "consent_sms",
    "Default Address City": "city",
    "Default Address Province Code": "region",
    "Default Address Country Code": "country",
    "Default Address Zip": "postal_code",
    "City": "city",
    "Province Code": "region",
    "Country Code": "country",
    "Zip": "postal_code",
    "Tags": "tags",
}
SHOPIFY_LEFT_OUT: Final = frozenset(
    (
        *("Default Address Company", "Default Address Address1", "Default Address Address2"),
        *("Company", "Address1", "Address2", "Province"),
        *("Total Spent", "Total Orders", "Note", "Tax Exempt"),
    )
)
SHOPIFY_ORDERS: Final = {
    "Name": "order_id",
    "Id": "order_ref",
    "Email": "email",
    "Financial Status": "status",
    "Created at": "timestamp",
    "Currency": "currency",
    "Total": "total",
    "Shipping": "shipping",
    "Taxes": "tax",
    "Discount Amount": "discount",
    "Discount Code": "coupon",
    "Shipping Method": "shipping_method",
    "Payment Method": "payment_method",
    "Shipping Country": "shipping_country",
    "Billing Country": "country",
    "Billing City": "city",
    "Billing Zip": "postal_code",
    "Phone": "phone",
    "Cancelled at": "cancelled_at",
    "Refunded Amount": "refunded",
}
SHOPIFY_ITEMS: Final = {
    "Lineitem sku": "id",
    "Lineitem name": "name",
    "Lineitem price": "price",
    "Lineitem quantity": "quantity",
}
WOO_ORDERS: Final = {
    "order_number": "order_id",
    "order_id": "order_id",
    "customer_id": "customer_id",
    "customer_user": "customer_id",
    "billing_email": "email",
    "customer_email": "email",
    "date": "timestamp",
    "order_date": "timestamp",
    "status": "status",
    "order_status": "status",
    "order_currency": "currency",
    "order_total": "total",
    "tax_total": "tax",
    "shipping_total": "shipping",
    "discount_total": "discount",
    "payment_method": "payment_method",
    "shipping_method": "shipping_method",
    "shipping_country": "shipping_country",
    "billing_first_name": "first_name",
    "billing_last_name": "last_name",
    "billing_phone": "phone",
    "billing_country": "country",
    "billing_city": "city",
    "billing_postcode": "postal_code",
    "refunded_total": "refunded",
}
WOO_ITEMS: Final = {
    "item_sku": "id",
    "item_id": "id",
    "item_name": "name",
    "item_price": "price",
    "item_quantity": "quantity",
}
OWN_ITEMS: Final = frozenset(
    ("item", "item_id", "product_id", "sku", "item_name", "product_name", "item_price", "price")
) | {"quantity", "qty"}
_ORDER_WORDS: Final = frozenset(ORDER_WORDS)
OWN_ORDER: Final = ("order_id", "orderId", "order", "order_number")


@dataclass(slots=True)
class Unit:
    """What is stored or rejected as one: usually a row, for an order the rows of its items."""

    line: int
    told: dict[str, Any] | str
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Contents:
    """A file that has been opened: whose export it is, its columns, and its units in order."""

    found: Found
    form: str
    columns: list[str]
    units: Iterator[Unit]


Adapt = Callable[[Iterable[Row]], Iterator[Unit]]


def adapter(kind: str, columns: Sequence[str]) -> tuple[str, Adapt]:
    """Whose export this is by its heading, and how its rows are read."""
    names = set(columns)
    if kind == "customers" and "First Name" in names and names & _OF_SHOPIFY_CUSTOMERS:
        return "shopify", lambda rows: (_unit(row, _shopify_customer) for row in rows)
    if kind == "customers" and mailing.is_mailchimp(columns):
        return "mailchimp", lambda rows: (_unit(row, mailing.mailchimp) for row in rows)
    if kind == "customers" and mailing.is_listmonk(columns):
        return "listmonk", lambda rows: (_unit(row, mailing.listmonk) for row in rows)
    if kind == "customers" and mailing.is_klaviyo(columns):
        return "klaviyo", lambda rows: (_unit(row, mailing.klaviyo) for row in rows)
    if kind == "orders" and {"Name", "Lineitem name"} <= names:
        return "shopify", lambda rows: _grouped(rows, lambda row: row.get("Name"), _shopify_order)
    if kind == "orders" and all(names & some for some in _OF_WOO):
        return "woocommerce", lambda rows: _grouped(rows, _woo_number, _woo_order)
    ours = {headings.plain(name) for name in columns}
    if kind == "orders" and ours & OWN_ITEMS and ours & set(OWN_ORDER):
        return "headrace", lambda rows: _grouped(map(_headed, rows), _own_number, _own_order)
    return "headrace", lambda rows: (_unit(row, dict) for row in rows)


_OF_SHOPIFY_CUSTOMERS: Final = {
    "Accepts Email Marketing",
    "Accepts Marketing",
    "Default Address City",
    "Total Spent",
}
_OF_WOO: Final = (
    {"order_total", "line_items", "line_item_1", "item_name", "order_currency"},
    {"billing_email", "customer_email"},
    {"date", "order_date"},
)


def _unit(row: Row, read: Callable[[dict[str, Any]], dict[str, Any]]) -> Unit:
    return Unit(row.line, row.reason or read(row.told), [row])


def _grouped(
    rows: Iterable[Row],
    number: Callable[[Mapping[str, Any]], Any],
    read: Callable[[Sequence[dict[str, Any]]], dict[str, Any]],
) -> Iterator[Unit]:
    """Rows of one order stand together; the first says what holds for the whole."""
    held: list[Row] = []
    of: Any = None
    for row in rows:
        if not row.reason and held and number(row.told) in (of, None, ""):
            held.append(row)
            continue
        if held:
            yield Unit(held[0].line, read([each.told for each in held]), held)
            held = []
        if row.reason:
            yield Unit(row.line, row.reason, [row])
        else:
            held, of = [row], number(row.told)
    if held:
        yield Unit(held[0].line, read([each.told for each in held]), held)


def renamed(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The columns that have a name of ours; of two for one, the first that says something."""
    found: dict[str, Any] = {}
    for theirs, ours in names.items():
        value = told.get(theirs)
        if value not in (None, ""):
            found.setdefault(ours, value)
    return found


def _of_shopify(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Shopify puts a `'` before numbers that a spreadsheet would shorten (`'01067`)."""
    return {
        name: value.removeprefix("'") if isinstance(value, str) else value
        for name, value in renamed(told, names).items()
    }


def _shopify_customer(told: dict[str, Any]) -> dict[str, Any]:
    found = _of_shopify(told, SHOPIFY_CUSTOMERS)
    added = told.keys() - SHOPIFY_CUSTOMERS.keys() - SHOPIFY_LEFT_OUT
    for name, value in told.items():
        if name in added and value not in (None, "") and headings.plain(name) not in found:
            found[name] = value
    return found


def _shopify_order(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = _of_shopify(rows[0], SHOPIFY_ORDERS)
    for whole, first, last in (("Billing Name", "first_name", "last_name"),):
        name = str(rows[0].get(whole) or "").strip()
        found[first], _, found[last] = name.partition(" ")
    found["items"] = _items(rows, SHOPIFY_ITEMS)
    return found


def _woo_number(told: Mapping[str, Any]) -> Any:
    return told.get("order_id") or told.get("order_number")


def _woo_order(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    found = renamed(first, WOO_ORDERS)
    for name in first.keys() & _ORDER_WORDS - WOO_ORDERS.keys() - OWN_ITEMS:
        found.setdefault(name, first[name])
    if first.get("order_id") and first.get("order_number"):
        found |= {"order_ref": first["order_id"], "order_number": first["order_number"]}
    if str(found.get("customer_id", "")) == "0":
        del found["customer_id"]  # a guest
    if str(found.get("status", "")).removeprefix("wc-") == "pending":
        found["status"] = "pending payment"
    items = _items(rows, WOO_ITEMS)
    for name, cell in first.items():
        if name.startswith("line_item_") and cell:
            items += _packed(str(cell))
        elif name == "line_items" and cell:
            items += [item for part in str(cell).split(";") for item in _packed(part)]
    if items:
        found["items"] = items
    return found


def _packed(cell: str) -> list[dict[str, Any]]:
    """`name:Tent|product_id:12|sku:T-2|quantity:1|total:189.00` as an item."""
    told: dict[str, str] = {}
    for part in cell.split("|"):
        name, colon, value = part.partition(":")
        if colon and value.strip():
            told[name.strip().lower()] = value.strip()
    identifier = told.get("sku") or told.get("product_id") or told.get("id")
    if not identifier:
        return []
    item: dict[str, Any] = {"id": identifier, "quantity": told.get("quantity", "1")}
    if "name" in told:
        item["name"] = told["name"]
    if "price" in told:
        item["price"] = told["price"]
    elif "total" in told:
        from engine.intake.cells import decimal

        total, count = decimal("line_item", told["total"]), decimal("line_item", item["quantity"])
        item["price"] = str(round(total / count, 2)) if count else told["total"]
    return [item]


def _headed(row: Row) -> Row:
    return row if row.reason else replace(row, told=dict(headings.read(row.told, _ORDER_WORDS)))


def _own_number(told: Mapping[str, Any]) -> Any:
    return next((told[name] for name in OWN_ORDER if told.get(name)), None)


def _own_order(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    if "items" in first:
        return dict(first)
    found = {name: value for name, value in first.items() if name not in OWN_ITEMS}
    items = [
        item
        for row in rows
        if (item := {name: value for name, value in row.items() if name in OWN_ITEMS})
    ]
    if items:
        found["items"] = items
    return found


def _items(rows: Sequence[dict[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    items = []
    for row in rows:
        item = renamed(row, names)
        if item.keys() & {"id", "name"}:
            item.setdefault("id", item.get("name"))
            items.append(item)
    return items
