"""Google Merchant feeds: RSS 2.0 or Atom with the `g:` namespace, and the same as a table.

XML is read as a stream, an item at a time, without entities or anything from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from engine.imports.columns import Unit
from engine.imports.reading import Found, Row, UnreadableFileError

NAMES: Final = {
    "id": "id",
    "title": "name",
    "link": "url",
    "image_link": "image_url",
    "price": "price",
    "sale_price": "sale_price",
    "sale_price_effective_date": "sale_price_effective_date",
    "availability": "availability",
    "item_group_id": "parent",
    "brand": "brand",
    "product_type": "category",
    "google_product_category": "category",
    "quantity": "stock",
    "inventory": "stock",
    "stock": "stock",
    "sell_on_google_quantity": "stock",
}
LEFT_OUT: Final = frozenset(
    """
    description mobile_link additional_image_link lifestyle_image_link virtual_model_link
    availability_date expiration_date unit_pricing_measure unit_pricing_base_measure gtin mpn
    identifier_exists condition adult multipack is_bundle age_group color gender material pattern
    size size_type size_system product_length product_width product_height product_weight
    product_detail product_highlight ads_redirect promotion_id excluded_destination
    included_destination shopping_ads_excluded_country pause shipping shipping_label
    shipping_weight shipping_length shipping_width shipping_height ships_from_country
    max_handling_time min_handling_time transit_time_label tax tax_category
    energy_efficiency_class certification installment subscription_cost loyalty_program
    cost_of_goods_sold pubdate guid updated published author summary content
    custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
    """.split()  # noqa: SIM905 - easier to read than a list
)
"""What the specification has and a flow does not need. Anything else is the shop's own."""

_CHUNK: Final = 1 << 16
MAX_ITEM: Final = 1 << 20


def is_heading(columns: Sequence[str]) -> bool:
    names = {plain_name(name) for name in columns}
    return {"id", "title"} <= names and bool(names & _TELLING)


_TELLING: Final = {"link", "image_link", "availability", "item_group_id", "sale_price"}


def plain_name(name: str) -> str:
    """`g:image_link` and `Image link` as `image_link`."""
    return name.strip().lower().removeprefix("g:").replace(" ", "_")


def product(told: Mapping[str, Any]) -> dict[str, Any]:
    """An item of the feed under our names."""
    found: dict[str, Any] = {}
    named = {plain_name(name): value for name, value in told.items()}
    for theirs, ours in NAMES.items():
        value = named.get(theirs)
        if value not in (None, ""):
            found.setdefault(ours, value)
    if found.get("parent") == found.get("id"):
        found.pop("parent", None)
    for name, value in named.items():
        if name not in NAMES and name not in LEFT_OUT and value not in (None, ""):
            found.setdefault(name, value)
    return found


def read_xml(found: Found) -> Iterator[Unit]:
    """The items of a feed.

    Raises:
        UnreadableFileError: it is not XML, or wants more than an item may.
    """
    parser = make_parser()
    items = _Items(parser)
    parser.setContentHandler(items)
    try:
        with found.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
                yield from items.drain()
        parser.close()
    except SAXParseException as error:
        where = f"line {error.getLineNumber()}, column {(error.getColumnNumber() or 0) + 1}"
        reason = f"{found.path}: not XML: {error.getMessage()} ({where})"
        raise UnreadableFileError(reason) from None
    except (SAXException, DefusedXmlException, LookupError, ValueError) as error:
        raise UnreadableFileError(f"{found.path}: this XML is not read: {error}") from None
    if not items.root:
        raise UnreadableFileError(f"{found.path}: no feed: it holds neither <item> nor <entry>")


class _Items(ContentHandler):
    """Collects items; only what stands directly inside one is read (a shipping has prices too)."""

    def __init__(self, place: Any) -> None:
        """`place` tells the line that is read."""
        super().__init__()
        self._place = place
        self.root = ""
        self._done: list[Unit] = []
        self._depth = 0  # inside an item
        self._line = 0
        self._told: dict[str, str] = {}
        self._ours: set[str] = set()
        self._text: list[str] = []
        self._size = 0

    def drain(self) -> list[Unit]:
        done, self._done = self._done, []
        return done

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        local = name.rpartition(":")[2].lower()
        if not self._depth:
            if local in ("rss", "feed", "rdf", "channel", "products", "item", "entry"):
                self.root = self.root or local
            if local in ("item", "entry"):
                self._depth, self._line = 1, self._place.getLineNumber()
                self._told, self._ours, self._size = {}, set(), 0
            return
        self._depth += 1
        self._text = []
        link = self._depth == 2 and local == "link" and "href" in attrs
        if link and attrs.get("rel", "alternate") == "alternate":
            self._told.setdefault("link", attrs["href"])

    def characters(self, content: str) -> None:
        if self._depth == 2:
            self._size += len(content)
            if self._size <= MAX_ITEM:
                self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        if not self._depth:
            return
        self._depth -= 1
        prefix, _, local = name.rpartition(":")
        local = local.lower()
        if self._depth == 1:
            text = "".join(self._text).strip()
            # A feed may have a plain <title> for readers and a <g:title> for the shop.
            if text and (local not in self._told or (prefix and local not in self._ours)):
                self._told[local] = text
                if prefix:
                    self._ours.add(local)
            self._text = []
        elif not self._depth:
            cells = [self._told.get("id", ""), self._told.get("title", "")]
            row = Row(self._line, dict(self._told), cells=cells)
            reason = f"the item has more than {MAX_ITEM:,} characters"
            told = product(self._told) if self._size <= MAX_ITEM else reason
            self._done.append(Unit(self._line, told, [row]))
