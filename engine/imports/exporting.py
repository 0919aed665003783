"""Customers, events and products out of the store, as rows that `headrace import` takes in again.

Rows are read and written in pieces; the store is never held whole. Amounts stand in the
currency's own unit (`19.90`), moments in ISO 8601.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any, Final, Literal

import orjson

from engine.core.calendar import iso
from engine.core.values import Types
from engine.intake.cells import harmless
from engine.store import consents, customers, events, identities, products
from engine.store.connection import Reader

Kind = Literal["customers", "events", "products"]

_PIECE: Final = 2_000
_COUNTED: Final = frozenset(("orders", "total_spent", "last_order_at", "first_order_at"))
_FIRST: Final = {
    "customers": ("id", "email"),
    "events": (*("message_id", "user_id", "anonymous_id", "event", "timestamp", "properties"),),
    "products": ("id", "name", "price"),
}


def rows(reader: Reader, kind: Kind, types: Types) -> Iterator[dict[str, Any]]:
    """The rows of an export; the reader must see one moment throughout."""
    if kind == "customers":
        return _customers(reader, types)
    if kind == "events":
        return _events(reader, types)
    return _products(reader, types)


def write(reader: Reader, kind: Kind, types: Types, file: IO[str], *, as_json: bool) -> int:
    """Write CSV, or JSON lines, and give the number of rows."""
    count = 0
    if as_json:
        for row in rows(reader, kind, types):
            file.write(orjson.dumps(row).decode())
            file.write("\n")
            count += 1
        return count
    columns = _columns(reader, kind, types)
    out = csv.writer(file)  # ends lines with CR LF, so that a CR in a cell is quoted
    out.writerow(map(harmless, columns))
    for row in rows(reader, kind, types):
        flat = _flat(row)
        out.writerow(_cell(flat.get(name)) for name in columns)
        count += 1
    return count


def _columns(reader: Reader, kind: Kind, types: Types) -> list[str]:
    """Every column that some row has, the usual ones first; found by a reading of its own."""
    if kind == "events":
        return list(_FIRST[kind])
    names: dict[str, None] = {}
    if kind == "customers":
        names.update(dict.fromkeys(_said_of_customers(reader)))
    else:
        for row in rows(reader, kind, types):
            names.update(dict.fromkeys(row))
    first = [name for name in _FIRST[kind] if name in names]
    return first + sorted(names.keys() - {*first})


def _said_of_customers(reader: Reader) -> set[str]:
    """What there are values of, without reading the values."""
    names = {"tags", "timezone"}
    last = 0
    while found := customers.page(reader, last, _PIECE):
        last = found[-1][0]
        for _, properties, *_rest in found:
            names.update(orjson.loads(properties))
    for what in consents.words(reader):
        names |= {f"consent_{what}", f"consent_{what}_at", f"consent_{what}_source"}
    return names - _COUNTED


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Consent as columns; the rest as it is."""
    if "consent" not in row:
        return dict(row)
    flat = {name: value for name, value in row.items() if name != "consent"}
    for what, said in row["consent"].items():
        flat[f"consent_{what}"] = said["agreed"]
        flat[f"consent_{what}_at"] = said["at"]
        flat[f"consent_{what}_source"] = said["source"]
    return flat


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def told(value: Any, kind: str | None, digits: int) -> Any:
    """A stored value as an import reads it."""
    if kind == "money" and isinstance(value, int) and not isinstance(value, bool):
        return format(Decimal(value).scaleb(-digits), "f")
    if kind == "date" and isinstance(value, int) and not isinstance(value, bool):
        return iso(value)
    return value


def _told(properties: Mapping[str, Any], kinds: Mapping[str, str], digits: int) -> dict[str, Any]:
    return {
        name: told(value, kinds.get(name), digits)
        for name, value in properties.items()
        if not name.startswith("$")  # what we noted of an event, and nobody told
        if value is not None
    }


def _customers(reader: Reader, types: Types) -> Iterator[dict[str, Any]]:
    last = 0
    while found := customers.page(reader, last, _PIECE):
        last = found[-1][0]
        numbers = [row[0] for row in found]
        agreed: dict[int, dict[str, Any]] = {}
        for customer, what, allowed, at in consents.all_of(reader, numbers):
            said = {"agreed": bool(allowed), "at": iso(at), "source": ""}
            agreed.setdefault(customer, {})[what] = said
        for customer, proofs in consents.told(reader, numbers).items():
            for proof in proofs:
                proved = agreed.get(customer, {}).get(proof.what)
                if proved is not None and proof.act != "asked":
                    proved["source"] = proof.detail.get("said") or proof.source
        for number, properties, tags, zone in found:
            about: dict[str, Any] = orjson.loads(properties)
            if about.get("id") is None and about.get("email") is None:
                continue  # a visitor whom nobody knows
            row = _told(about, types.customer, types.digits)
            row = {name: value for name, value in row.items() if name not in _COUNTED}
            if zone:
                row["timezone"] = zone
            if tags:
                row["tags"] = orjson.loads(tags)
            if number in agreed:
                row["consent"] = agreed[number]
            yield row


def _events(reader: Reader, types: Types) -> Iterator[dict[str, Any]]:
    last = 0
    while found := events.page(reader, last, _PIECE):
        last = found[-1][0]
        people = {row[2] for row in found}
        names: dict[int, dict[str, str]] = {}
        for kind, value, customer in identities.names(reader, people):
            names.setdefault(customer, {})[kind] = value
        for _, message_id, customer, name, occurred_at, properties in found:
            who = names.get(customer, {})
            if name.startswith("$") or not who:
                continue
            row: dict[str, Any] = {"message_id": message_id}
            if "user" in who:
                row["user_id"] = who["user"]
            else:
                row["anonymous_id"] = who["anonymous"]
            row |= {"event": name, "timestamp": iso(occurred_at)}
            about = _told(orjson.loads(properties), types.events.get(name, {}), types.digits)
            if isinstance(about.get("items"), list):
                about["items"] = [
                    _told(item, types.item, types.digits) if isinstance(item, dict) else item
                    for item in about["items"]
                ]
            row["properties"] = about
            yield row


def _products(reader: Reader, types: Types) -> Iterator[dict[str, Any]]:
    last = ""
    while found := products.page(reader, last, _PIECE):
        last = found[-1][0]
        for _, properties in found:
            yield _told(orjson.loads(properties), types.product, types.digits)
