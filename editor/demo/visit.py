"""A visit to the storefront: who somebody says they are, and what lies in their cart."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields
from typing import Any, Self

from fastapi import Request

from editor.demo.products import PRODUCTS, SHOP, Product
from editor.demo.shelf import Shelf, shelf

MOST = 20
"""Pieces of one product in a cart."""


@dataclass(slots=True)
class Visit:
    """Kept in the session's cookie, but for the `shelf`, which is looked at anew each time.
    `visitor` is the anonymousId that the pages track under.
    """

    visitor: str = field(default_factory=lambda: str(uuid.uuid4()))
    customer: str = ""
    name: str = ""
    cart: dict[str, int] = field(default_factory=dict)
    wishes: list[str] = field(default_factory=list)
    checkout: str = ""
    shelf: Shelf = field(default_factory=lambda: PRODUCTS)

    @classmethod
    def of(cls, request: Request) -> Self:
        kept = request.session.get("shop")
        if not isinstance(kept, dict):
            made = cls(shelf=shelf(request))
            made.keep(request)
            return made
        return cls(**kept, shelf=shelf(request))

    def keep(self, request: Request) -> None:
        names = (one.name for one in fields(self) if one.name != "shelf")
        request.session["shop"] = {name: getattr(self, name) for name in names}

    @property
    def lines(self) -> list[tuple[Product, int]]:
        return [
            (self.shelf[product], quantity)
            for product, quantity in self.cart.items()
            if product in self.shelf
        ]

    @property
    def count(self) -> int:
        return sum(quantity for _, quantity in self.lines)

    @property
    def total(self) -> float:
        """EUR."""
        return round(sum(product.price * quantity for product, quantity in self.lines), 2)

    def told(self, base: str) -> dict[str, Any]:
        """The cart as events tell it; `base` is where the shop answers."""
        return {
            "value": self.total,
            "currency": "EUR",
            "items": [product.item(quantity) for product, quantity in self.lines],
            # In its path: what stands behind a "?" is not taken from a page.
            "cart_url": f"{base}{SHOP}/cart" + (f"/saved/{self.saved}" if self.lines else ""),
            "checkout_url": f"{base}{SHOP}/checkout",
            **({"checkout_id": self.checkout} if self.checkout else {}),
        }

    @property
    def saved(self) -> str:
        """The cart as its address carries it: `tent-2p.1~mug.2`."""
        return "~".join(f"{product.id}.{quantity}" for product, quantity in self.lines)

    def restore(self, saved: str) -> None:
        """Put a saved cart back where this one is empty, but for what is sold out or unknown."""
        if self.cart:
            return
        for one in saved.split("~"):
            product, _, quantity = one.rpartition(".")
            if product in self.shelf and not self.shelf[product].sold_out and quantity.isdecimal():
                self.put(product, int(quantity))

    def put(self, product: str, quantity: int) -> None:
        """Set how many of a product lie in the cart; none takes it out."""
        if quantity <= 0:
            self.cart.pop(product, None)
        else:
            self.cart[product] = min(quantity, MOST)
