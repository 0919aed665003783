"""Whose feed of products a file is, told by what stands in it, and its products in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.imports import headings
from engine.imports.columns import Contents, Unit
from engine.imports.feeds import google, shopify, woocommerce
from engine.imports.json_rows import json_items, json_lines
from engine.imports.reading import Csv, Found, UnreadableFileError
from engine.intake.products import WORDS

_ID = ("id", "product_id", "item_id", "sku")
_WORDS = frozenset(WORDS)


def open_feed(found: Found, form: str = "auto") -> Contents:
    """The products of a file. `form` says whose feed it is; `auto` looks.

    Raises:
        UnreadableFileError: it is no feed of products.
    """
    if found.shape == "empty":
        return Contents(found, "empty", [], iter(()))
    if found.shape == "xml":
        if form not in ("auto", "google"):
            raise UnreadableFileError(f"{found.path} is XML, which --from {form} does not read")
        return Contents(found, "google", ["id", "title"], _once(google.read_xml(found)))
    if found.shape != "csv":
        if form in ("google", "csv"):
            raise UnreadableFileError(f"{found.path} is JSON, which --from {form} does not read")
        return Contents(found, "json", ["row"], _once(_json(found)))
    table = Csv(found)
    if form == "shopify" or (form == "auto" and shopify.is_heading(table.columns)):
        return Contents(
            found, "shopify", table.columns, _once(shopify.read_table(table, table.columns))
        )
    if form == "auto" and woocommerce.is_heading(table.columns):
        return Contents(found, "woocommerce", table.columns, _once(woocommerce.read_table(table)))
    if form == "google" or (form == "auto" and google.is_heading(table.columns)):
        units = (Unit(row.line, row.reason or google.product(row.told), [row]) for row in table)
        return Contents(found, "google", table.columns, _once(units))
    if form == "json":
        raise UnreadableFileError(f"{found.path} is not JSON")
    if not {headings.plain(name) for name in table.columns}.intersection(_ID):
        shown = ", ".join(table.columns[:8])
        raise UnreadableFileError(f"{found.path}: the heading names no id (it has: {shown})")
    units = (
        Unit(row.line, row.reason or dict(headings.read(row.told, _WORDS)), [row]) for row in table
    )
    return Contents(found, "csv", table.columns, _once(units))


def _json(found: Found) -> Iterator[Unit]:
    rows = json_lines(found) if found.shape == "jsonl" else json_items(found)
    ids = shopify.Identifiers()
    for row in rows:
        if not row.reason and isinstance(row.told.get("variants"), list) and row.told["variants"]:
            yield from shopify.products_of(row.told, row.line, row, ids)
        else:
            yield Unit(row.line, row.reason or row.told, [row])


def _once(units: Iterator[Unit]) -> Iterator[Unit]:
    """Each id once: the first stands. Only a number of each id is kept in memory."""
    seen: set[int] = set()
    for unit in units:
        told: Any = unit.told
        if not isinstance(told, str):
            identifier = next((told[name] for name in _ID if told.get(name)), None)
            if isinstance(identifier, str | int):
                number = hash(str(identifier))
                if number in seen:
                    unit.told = "id: stands in an earlier line already"
                seen.add(number)
        yield unit
