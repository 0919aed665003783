"""What `products 3 to 8 ..` finds in a test: products that the test gives.

A test that gives no product says nothing about the catalogue; there nothing is found missing.
"""

from __future__ import annotations

from typing import Any

from dsl import tree
from engine.core.conditions.operations import items_of
from engine.core.conditions.scope import Scope
from engine.core.ports import Eligible, Recommend
from engine.lab.script import Script


def recommender(script: Script) -> Recommend | None:
    """Finds given products that are not sold out, but for those that the strategy starts from."""
    given = [it.product for it in script.products]
    if not given:
        return None

    def recommend(
        scope: Scope, strategy: tree.Strategy, most: int, eligible: Eligible | None
    ) -> list[str]:
        known = _known(scope, strategy)
        return [
            product
            for product in given
            if product not in known
            and scope.facts.product(product).get("stock") != 0
            and (eligible is None or eligible(scope, product))
        ][:most]

    return recommend


def _known(scope: Scope, strategy: tree.Strategy) -> set[Any]:
    """What the customer has before them already: nobody is shown that again."""
    match strategy.of:
        case "cart":
            return set(scope.facts.cart.items)
        case "order":
            orders = scope.facts.history.get("purchase", ())
            return {it.get("id") for it in items_of(orders[-1].properties)} if orders else set()
        case "this product":
            return {scope.product}
        case _:
            return set()
