"""What one can choose that is not offered: events with their properties, changes of customer and
products.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from dsl import tree
from dsl.names import vocabulary
from dsl.project import Project
from editor.language import _
from editor.trying.offers import titles_of
from editor.views.stories import titled
from engine.service.service import Service
from engine.store import products

_TELLING: Final = (
    "item", "items", "value", "quantity", "order_id", "channel", "topic", "message", "search_term",
    "category", "coupon", "reason", "path", "step",
)  # fmt: skip
"""Properties that every shop's events have and conditions ask for."""
_COUNTED: Final = frozenset(
    {"id", "orders", "total_spent", "last_order_at", "first_order_at", "tags", "consent"}
)
_OF_PRODUCTS: Final = ("price", "stock", "old_price", "category")
_MOST_PRODUCTS: Final = 200


def words(project: Project) -> list[dict[str, Any]]:
    """`{"head", "title", "kind", "fields": [[name, type]]}`, events by their titles."""
    said = titles_of(project)
    own = {
        (one.name, line.name)
        for one in project.all_declarations
        if isinstance(one, tree.Event)
        for line in one.properties
        if isinstance(line, tree.Property)
    }
    found = []
    for event, kinds in project.events.items():
        usual = vocabulary.EVENTS.get(event, {}).keys() - vocabulary.COMMON.keys()
        about = "items" if usual & {"order_id", "checkout_id"} else "item"
        usual |= {about, "value", *(["path"] if event == "page_view" else [])}
        fields = [[name, kinds[name]] for name in _TELLING if name in kinds and name in usual]
        fields += [[name, kind] for name, kind in kinds.items() if (event, name) in own
                   and [name, kind] not in fields]  # fmt: skip
        found.append({"head": event, "title": titled(event, said), "kind": "event",
                      "fields": fields})  # fmt: skip
    found.sort(key=lambda one: str(one["title"]).casefold())
    customer = [[name, kind] for name, kind in project.customer.items() if name not in _COUNTED]
    declared = [
        line.name
        for one in project.all_declarations
        if isinstance(one, tree.Properties) and one.subject == "product"
        for line in one.properties
        if isinstance(line, tree.Property)
    ]
    product = [[name, project.product[name]] for name in (*_OF_PRODUCTS, *declared)
               if name in project.product]  # fmt: skip
    return [
        *found,
        {"head": "set customer", "title": _("The customer changes"), "kind": "customer",
         "fields": customer},
        {"head": "product", "title": _("A product changes"), "kind": "product",
         "fields": [["product", "text"], *product]},
    ]  # fmt: skip


def products_of(service: Service, project: Project) -> list[tuple[str, str]]:
    """Products to choose from, by id and name: those of the tests, then the shop's."""
    found: dict[str, str] = {}
    for test in project.tests:
        for line in test.lines:
            if isinstance(line, tree.GivenProduct):
                found.setdefault(line.product, line.product)
    with service.database.reader() as reader:
        for product, told in products.page(reader, "", _MOST_PRODUCTS):
            found[product] = str(orjson.loads(told).get("name") or product)
    return sorted(found.items(), key=lambda one: one[1].casefold())
