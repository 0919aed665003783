"""The shop's products in a trial: what is clicked speaks of them, so the test gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dsl import tree
from dsl.project import Project
from editor.trying.writing import Tried
from engine.core.deployment import Deployment
from engine.core.model import Properties
from engine.lab import wording
from engine.service.service import Service
from engine.store import products

_QUOTED: Final = re.compile(r'"([^"\\]{1,200})"')
_GIVEN: Final = re.compile(r'\s*given\s+product\s+"([^"]*)"')
_TOLD: Final = ("name", "price", "old_price", "stock", "category", "brand")
"""What conditions ask for; all else of a product is only shown."""
_MOST: Final = 20


def stocked(
    service: Service, project: Project, deployment: Deployment, tried: Tried
) -> tuple[Tried, dict[str, Properties]]:
    """The same trial, with each product of the catalogue that its lines name and do not give; and
    what messages may show of them, pictures and addresses too.
    """
    lines = [*tried.given, *(one.text for one in tried.plays)]
    given = {found[1] for line in tried.given if (found := _GIVEN.match(line))}
    named = dict.fromkeys(word for line in lines for word in _QUOTED.findall(line))
    with service.database.reader() as reader:
        known = products.some_of(reader, [one for one in named if one not in given][:_MOST])
    more = [_line(one, properties, project, deployment) for one, properties in known.items()]
    return tried.model_copy(update={"given": [*tried.given, *more]}), known


def _line(
    product: str, properties: Mapping[str, Any], project: Project, deployment: Deployment
) -> str:
    told = []
    for name in _TOLD:
        value, kind = properties.get(name), project.product.get(name)
        if value is None:
            continue
        if kind == "money" and isinstance(value, int | float):
            said = f"{value / 10**deployment.types.digits:g}"
        elif isinstance(value, bool | list | dict):
            continue
        elif isinstance(value, int | float):
            said = f"{value:g}"
        else:
            said = wording.value(tree.Text(" ".join(str(value).split())))
        told.append(f"{name}: {said}")
    return f"given product {wording.value(tree.Text(product))} ({', '.join(told)})"
