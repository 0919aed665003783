"""Which events tell what. Imports nothing heavy: programs are compiled with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VIEWED: Final[Mapping[str, float]] = {
    "view_item": 1.0,
    "select_item": 1.0,
    "add_to_wishlist": 2.0,
    "add_to_cart": 2.0,
}
BOUGHT: Final = "purchase"
SEARCHED: Final = "search"
WEIGHTS: Final[Mapping[str, float]] = {**VIEWED, BOUGHT: 4.0}
"""How much an act tells of a taste."""

LOOKS: Final = ("view_item", "select_item")
"""Looks at one product."""

NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "bought with": frozenset({BOUGHT}),
    "similar to": frozenset({BOUGHT, "view_item"}),
    "from search": frozenset({BOUGHT, SEARCHED}),
    "for customer": frozenset(WEIGHTS),
    "recently viewed": frozenset({BOUGHT, "view_item"}),
    "bestsellers": frozenset({BOUGHT}),
    "dearer than": frozenset({BOUGHT}),
    "new in last": frozenset({BOUGHT}),
}
"""The events of the customer that a strategy looks at, by its kind."""

ACTIVE: Final[Mapping[str, float]] = {
    **dict.fromkeys(("click_email", "click_sms", "click_push", "click_whatsapp", "purchase"), 1.0),
    **dict.fromkeys(("open_email", "open_push", "open_whatsapp"), 0.3),
}
"""What tells when somebody is active, and how much. An open may have been a machine's."""
