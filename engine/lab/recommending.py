"""What `products 3 to 8 ..` finds in a test: products that the test gives.

What the catalogue and the customer's views tell is asked as in production; of what has to be
learned a test knows nothing, and takes every product for found. A test that gives no product says
nothing about the catalogue; there nothing is found missing.
"""

from __future__ import annotations

from dsl import tree
from engine.core.conditions.scope import Scope
from engine.core.offers import before_them, is_offered, listed
from engine.core.ports import Eligible, Recommend
from engine.lab.script import Script


def recommender(script: Script) -> Recommend | None:
    """Finds given products that are on sale, but for what the customer has before them."""
    given = [it.product for it in script.products]
    if not given:
        return None

    def recommend(
        scope: Scope, strategy: tree.Strategy, most: int, eligible: Eligible | None
    ) -> list[str]:
        known = before_them(scope, strategy, lambda _: False)
        found = listed(scope, strategy)
        return [
            product
            for product in (given if found is None else found)
            if product not in known
            and is_offered(scope.facts.product(product))
            and (eligible is None or eligible(scope, product))
        ][:most]

    return recommend
