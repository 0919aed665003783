"""What a block of products may hold, as far as no learning is needed for it. Pure.

Source: semantics, "Product blocks". Tests of the language and the service ask the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from dsl import tree
from engine.core.conditions.operations import items_of, moments
from engine.core.conditions.scope import Scope
from engine.core.families import group_of
from engine.core.model import DAY, Instant
from engine.core.products import period_of
from engine.core.signals import BOUGHT

JUST_BOUGHT: Final = 30 * DAY
"""For so long nobody is shown what they bought and may want again: what has `usage_days` (for less,
if it is used up before), and what many buy again."""

LASTING: Final = 400 * DAY
"""For so long nobody is shown anything else that they bought: one tent is enough."""

_VISIT: Final = 7 * DAY
"""Views this far behind the latest one are what was `viewed`."""
_VIEWED_LAST: Final = 10

MOST_VIEWED: Final = 60
"""So many products back it is remembered what was looked at."""

ON_SALE: Final = "$on_sale"
"""In a product's properties: when it was first known as on sale (an instant), 0 while it never was.
What the catalogue began with has none.
"""

_AVAILABLE: Final = frozenset({"", "in_stock", "instock", "available"})


def is_offered(properties: Mapping[str, Any]) -> bool:
    """Whether a product that the shop told of is neither sold out nor taken away.

    A product without a stock number is not counted.
    """
    availability = str(properties.get("availability") or "").lower().replace(" ", "_")
    stock = properties.get("stock")
    return availability in _AVAILABLE and (stock is None or _number(stock) > 0)


def sellable(catalogue: Mapping[str, Mapping[str, Any]], product: str) -> bool:
    """Whether it may be shown. A shop that told of no product is taken at its events' word."""
    if not catalogue:
        return True
    properties = catalogue.get(product)
    return properties is not None and is_offered(properties)


def listed(scope: Scope, strategy: tree.Strategy) -> list[str] | None:
    """What the catalogue and the customer's views alone tell, in the strategy's order; None for a
    strategy that has to be learned.
    """
    match strategy.kind, strategy.of:
        case "recently viewed", _:
            return _looked_at(scope)
        case "dearer than", "order":
            return _dearer(scope, order_of(scope))
        case "dearer than", _:
            this = this_product(scope)
            return _dearer(scope, [] if this is None else [this])
        case "new in last", _:
            return _new(scope, period_of(strategy))
    return None


def before_them(
    scope: Scope, strategy: tree.Strategy, bought_again: Callable[[str], bool]
) -> set[str]:
    """What a block does not show because this customer has it before them already: what lies in the
    cart, what they bought, the entering product and the items of the entering order; each with the
    product that it is a variant of. `recently viewed` shows the entering product.

    `bought_again` tells of a product whether many buy it more than once.
    """
    facts = scope.facts
    hidden = set(facts.cart.items)
    for event in facts.history.get(BOUGHT, ()):
        for product in _ids(event.properties):
            used = _number(facts.product(product).get("usage_days"))
            stays = JUST_BOUGHT if used > 0 or bought_again(product) else LASTING
            stays = min(stays, round(used * DAY)) if used > 0 else stays
            if scope.now - event.occurred_at < stays:
                hidden.add(product)
    if strategy.of == "order":
        hidden.update(order_of(scope))
    if strategy.kind == "similar to" and strategy.of == "viewed":
        hidden.update(lately(scope))
    if scope.entry.get("order_id"):
        hidden.update(_ids(scope.entry))
    this = this_product(scope)
    own = set() if this is None else {this, group_of(this, facts.catalogue)}
    hidden |= {group_of(product, facts.catalogue) for product in hidden}
    return hidden - own if strategy.kind == "recently viewed" else hidden | own


def this_product(scope: Scope) -> str | None:
    """The product that the run is about."""
    this = scope.product or (scope.item or {}).get("id")
    return this if isinstance(this, str) else None


def order_of(scope: Scope) -> list[str]:
    """The products of the order that the run is about, else of the customer's latest."""
    entered = _ids(scope.entry) if scope.entry.get("order_id") else []
    past = scope.facts.history.get(BOUGHT)
    return entered or (_ids(past[-1].properties) if past else [])


def viewed(scope: Scope, within: Instant | None = None) -> list[str]:
    """What was looked at, the latest first; `within` (ms) counts back from the latest."""
    past = scope.facts.history.get("view_item", [])
    catalogue = scope.facts.catalogue
    found: dict[str, None] = {}
    for event in reversed(past):
        if within is not None and past[-1].occurred_at - event.occurred_at > within:
            break
        for product in _ids(event.properties):
            found[group_of(product, catalogue)] = None
        if len(found) >= MOST_VIEWED:
            break
    return list(found)


def lately(scope: Scope) -> list[str]:
    """The products of the latest visit, the latest first."""
    return viewed(scope, within=_VISIT)[:_VIEWED_LAST]


def _looked_at(scope: Scope) -> list[str]:
    """What was looked at, the entering product before all others."""
    found, this = viewed(scope), this_product(scope)
    first = None if this is None else group_of(this, scope.facts.catalogue)
    return sorted(found, key=lambda one: one != first)


def _dearer(scope: Scope, products: Iterable[str]) -> list[str]:
    """Products of the category of the dearest of these, above its price and at most twice it, the
    nearest first.
    """
    catalogue = scope.facts.catalogue
    known = [(_number(catalogue.get(one, {}).get("price")), one) for one in products]
    price, dearest = max((one for one in known if one[0] > 0), default=(0.0, ""))
    category = catalogue.get(dearest, {}).get("category")
    if not category:
        return []
    found = [
        (_number(properties.get("price")), product)
        for product, properties in catalogue.items()
        if properties.get("category") == category
        and price < _number(properties.get("price")) <= 2 * price
        and group_of(product, catalogue) == product
    ]
    return [product for _, product in sorted(found)]


def _new(scope: Scope, period: Instant) -> list[str]:
    """Products that are on sale for no longer than this (ms), the newest first: since the shop
    created them, where it told that, else since they were first known as on sale.
    """
    catalogue = scope.facts.catalogue
    found = []
    for product, properties in catalogue.items():
        told = moments([properties.get("created_at")], scope.facts.zone)
        since = told[0] if told else properties.get(ON_SALE)
        if not isinstance(since, int) or not scope.now - period < since <= scope.now:
            continue
        if group_of(product, catalogue) == product:
            found.append((-since, product))
    return [product for _, product in sorted(found)]


def _ids(properties: Mapping[str, Any]) -> list[str]:
    """The ids of the products that an event is about, each once."""
    told = [item.get("id") for item in items_of(properties)] + [properties.get("item")]
    return list(dict.fromkeys(one for one in told if isinstance(one, str)))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
