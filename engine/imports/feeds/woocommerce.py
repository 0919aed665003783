"""WooCommerce's products: the CSV that its own exporter writes, in English or in German.

A variable product is known by its number, as its webhooks tell it, and has the price and the
stock of its variations; anything else by its SKU, or by its number where another one has the SKU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any, Final

from engine.imports.columns import Unit
from engine.imports.reading import Row

_COLUMNS: Final = {
    "id": ("ID",),
    "type": ("Type", "Typ"),
    "sku": ("SKU", "Artikelnummer"),
    "name": ("Name",),
    "published": ("Published", "Veröffentlicht"),
    "begin": ("Date sale price starts", "Datum, an dem Angebotspreis beginnt"),
    "end": ("Date sale price ends", "Datum, an dem Angebotspreis endet"),
    "in_stock": ("In stock?", "Vorrätig?", "Auf Lager?"),
    "stock": ("Stock", "Lager", "Lagerbestand", "Bestand", "Inventar", "Lager / Inventar"),
    "backorders": ("Backorders allowed?", "Lieferrückstände erlaubt?", "Lieferrückstand erlaubt?"),
    "sale": ("Sale price", "Angebotspreis"),
    "price": ("Regular price", "Regulärer Preis"),
    "categories": ("Categories", "Kategorien"),
    "tags": ("Tags", "Schlagwörter"),
    "images": ("Images", "Bilder"),
    "parent": ("Parent", "Übergeordnetes Produkt", "Übergeordnet"),
    "brands": ("Brands", "Marken"),
    "url": ("External URL", "Externe URL"),
}
_KINDS: Final = {"variabel": "variable", "variante": "variation", "einfach": "simple"}


def is_heading(columns: Sequence[str]) -> bool:
    names = set(columns)
    return all(names & set(_COLUMNS[each]) for each in ("price", "type", "name"))


def read_table(rows: Iterable[Row]) -> Iterator[Unit]:
    """A unit a row. Variations stand behind the product that they belong to."""
    reader = _Reader()
    for row in rows:
        yield Unit(row.line, row.reason or reader.product(row.told), [row])


class _Reader:
    def __init__(self) -> None:
        self._families: dict[str, str] = {}  # the SKU of a variable product -> its id
        self._hidden: set[str] = set()  # variable products that are not offered
        self._skus: dict[int, int] = {}  # who has an id already

    def product(self, told: Mapping[str, Any]) -> dict[str, Any] | str:
        cells = {
            name: next((str(told[each]).strip() for each in theirs if told.get(each)), "")
            for name, theirs in _COLUMNS.items()
        }
        kinds = [each.strip().lower() for each in cells["type"].split(",")]
        kind = next((k for each in kinds if (k := _KINDS.get(each, each)) in _FAMILY), "simple")
        number, sku = cells["id"].removeprefix("id:"), unescape(cells["sku"])
        if not number and not sku:
            return "ID: a product needs its ID or its SKU"
        found: dict[str, Any] = {
            "name": unescape(cells["name"]),
            "category": _category(cells["categories"]),
            "tags": [unescape(each.strip()) for each in cells["tags"].split(",") if each.strip()],
            "brand": unescape(cells["brands"].split(",")[0].strip()),
            "image_url": cells["images"].split(",")[0].strip(),
            "url": cells["url"],
        }
        found = {name: value for name, value in found.items() if value}
        hidden = cells["published"].lower() in ("0", "-1", "no", "nein", "false")
        if kind == "variable":
            found["id"] = identifier = number or sku
            if sku and sku != identifier:
                found["shop_number"] = sku  # what pages may call it by
            if sku:
                self._families[sku] = identifier
            if hidden:
                self._hidden.add(identifier)
            return found
        found["id"] = self._identifier(number, sku)
        if number and number != found["id"]:
            found["shop_number"] = number
        if kind == "variation" and cells["parent"]:
            parent = cells["parent"]
            found["parent"] = family = self._families.get(
                unescape(parent), parent.removeprefix("id:")
            )
            hidden = hidden or family in self._hidden
        return found | _price(cells) | _stock(cells, hidden=hidden)

    def _identifier(self, number: str, sku: str) -> str:
        owner = hash(number or sku)
        if sku and self._skus.setdefault(hash(sku), owner) == owner:
            return sku
        return number or sku


_FAMILY: Final = ("variable", "variation")


def _category(cell: str) -> str:
    """The last of the first path: `Clothing > Jackets, Sale` is about jackets."""
    return unescape(cell.split(",", maxsplit=1)[0].rsplit(">", maxsplit=1)[-1].strip())


def _price(cells: Mapping[str, str]) -> dict[str, Any]:
    if not cells["price"]:
        return {"price": cells["sale"]} if cells["sale"] else {}
    found: dict[str, Any] = {"price": cells["price"], "old_price": None}
    if cells["sale"]:
        found["sale_price"] = cells["sale"]
        begin, end = cells["begin"], cells["end"]
        if begin or end:
            whole = f"{end}T23:59:59" if end and ":" not in end else end
            found["sale_price_effective_date"] = f"{begin}/{whole}"
    return found


def _stock(cells: Mapping[str, str], *, hidden: bool) -> dict[str, Any]:
    if hidden:
        return {"availability": "unavailable"}
    there, count = cells["in_stock"].lower(), cells["stock"]
    if there in ("0", "no", "nein", "false"):
        return {"availability": "out_of_stock"}
    counted = bool(count) and count.replace(".", "", 1).removeprefix("-").isdigit()
    backorders = cells["backorders"].lower() not in ("", "0", "no", "nein")
    if not counted or (backorders and float(count) <= 0):
        return {"availability": "in_stock"}  # nobody counts it, or it is sold without being there
    return {"availability": None, "stock": count}
