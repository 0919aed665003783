"""The products of a test: what is given and played of them, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.families import parent_after
from engine.core.model import Instant, Occurrence, PriceFall, ProductChange, Properties
from engine.core.prices import LOOKS_BACK, STANDS, Step, fall_of, price_of


class Shelf:
    """`catalogue` is what conditions and messages see; prices are watched until they have stood."""

    def __init__(self, start: Instant, number: Callable[[], int]) -> None:
        """`start` is the test's, `number` numbers what happens."""
        self.catalogue: dict[str, Properties] = {}
        self._start = start
        self._number = number
        self._steps: dict[str, list[Step]] = {}
        self._judged: list[tuple[Instant, str]] = []  # when which price will have stood

    def give(self, product: str, properties: Properties) -> None:
        """What a test begins with: it has been so for as long as anybody looks back."""
        self.catalogue[product] = properties
        self._follow(properties.get("parent"))

    def change(self, product: str, told: Properties, at: Instant) -> list[Occurrence]:
        """What a change of a product is to flows: its own, and that of the product it belongs to.

        A price is told of later, by `falls`.
        """
        before = dict(self.catalogue.get(product, {}))
        after = {**before, **told}
        self.catalogue[product] = after
        self._watch(product, before, after, at)
        found: list[Occurrence] = [ProductChange(product, before, after, at, self._number())]
        parent = after.get("parent")
        whole = self._follow(parent)
        if whole is not None and parent is not None:
            found.append(ProductChange(parent, *whole, at, self._number(), product))
        return found

    def falls(self, now: Instant) -> list[Occurrence]:
        """The lower prices that have stood long enough by now."""
        due = [one for one in self._judged if one[0] <= now]
        self._judged = [one for one in self._judged if one not in due]
        found: list[Occurrence] = []
        for at, product in due:
            steps = [step for step in self._steps[product] if step.at < at]
            fall = fall_of(steps, at) if steps[-1].at + STANDS == at else None
            if fall is not None:
                stock = self.catalogue[product].get("stock")
                found.append(PriceFall(product, fall, stock, at, self._number()))
        return found

    @property
    def moments(self) -> list[Instant]:
        """When prices will have stood long enough."""
        return [at for at, _ in self._judged]

    def _watch(self, product: str, before: Properties, after: Properties, at: Instant) -> None:
        if self._variants(product):
            return  # its price is that of its variants
        given = [Step(self._start - 2 * LOOKS_BACK, price_of(before.get("price")))]
        steps = self._steps.setdefault(product, given)
        price = price_of(after.get("price"))
        if steps[-1].price != price:
            steps.append(Step(at, price))
            self._judged.append((at + STANDS, product))

    def _follow(self, parent: Any) -> tuple[Properties, Properties] | None:
        """Let a parent say what its variants say together: before and after, where it differs."""
        before = self.catalogue.get(parent, {}) if isinstance(parent, str) else {}
        if not isinstance(parent, str) or before.get("parent") is not None:
            return None
        after = parent_after(parent, before, self._variants(parent))
        self.catalogue[parent] = after
        return None if before == after else (before, after)

    def _variants(self, parent: str) -> list[Properties]:
        found = ((key, one) for key, one in self.catalogue.items() if one.get("parent") == parent)
        return [one for _, one in sorted(found, key=lambda it: it[0])]
