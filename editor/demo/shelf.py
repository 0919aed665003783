"""What stands on the storefront's shelves now: the shop's products with the catalogue's prices and
stock, so that what is imported or told while the demo runs is seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from fastapi import Request

from editor.demo.products import PRODUCTS, Product
from engine.core import offers
from engine.store import products

Shelf = Mapping[str, Product]


def shelf(request: Request) -> Shelf:
    """The products by id, as the catalogue has them."""
    service = request.app.state.demo.service
    with service.database.reader() as reader:
        known = products.stored(reader, PRODUCTS)
    return {
        name: _as_known(product, orjson.loads(known[name])) if name in known else product
        for name, product in PRODUCTS.items()
    }


def _as_known(product: Product, told: Mapping[str, object]) -> Product:
    """A product with what the catalogue says of it: money in minor units, no stock for what the
    shop no longer offers.
    """
    price, stock = told.get("price"), told.get("stock")
    cents = price if isinstance(price, int) else round(product.price * 100)
    old = told.get("old_price")
    before = old if isinstance(old, int) and old > cents else 0
    if not offers.is_offered(told):
        stock = 0
    return product._replace(
        name=str(told.get("name") or product.name),
        price=cents / 100,
        old_price=before / 100,
        stock=int(stock) if isinstance(stock, int | float) else product.stock,
    )
