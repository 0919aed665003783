"""The model that is in use, swapped whole: whoever asks sees the old one or the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl import tree
from engine.core.conditions.scope import Scope
from engine.core.model import Instant

if TYPE_CHECKING:
    from engine.core.habits import Habits
    from engine.core.ports import Eligible
    from engine.learning.models import Model
    from engine.learning.recommending import Found, Recommender


class Learned:
    """Answers with what was learned so far; before that, with what the catalogue alone tells."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self._recommender: Recommender | None = None

    def use(self, model: Model) -> None:
        """From now on answer with this one."""
        from engine.learning.recommending import Recommender

        self._recommender = Recommender(model.tastes)
        self.model = model

    @property
    def habits(self) -> Habits | None:
        """When the shop's people are active; None until that is learned."""
        return None if self.model is None else self.model.habits

    def find(
        self, scope: Scope, strategy: tree.Strategy, most: int, eligible: Eligible | None = None
    ) -> list[str]:
        """Only what the strategy itself finds, as `products 3 to 8 ..` counts."""
        found = self.choose(scope, strategy, most, fill=False, eligible=eligible)
        return [one.product for one in found]

    def choose(
        self,
        scope: Scope,
        strategy: tree.Strategy,
        most: int,
        *,
        fill: bool,
        filling: tree.Strategy | None = None,
        eligible: Eligible | None = None,
    ) -> list[Found]:
        """At most `most` products, best first; `filling` up with another strategy, then, with
        `fill`, with best sellers. Only what is `eligible`.
        """
        recommender = self._recommender
        if recommender is None or not recommender.tastes.products:
            # What was learned before the catalogue came knows no product.
            recommender = self._recommender = _untaught(scope)
        return recommender.find(
            scope, strategy, most, fill=fill, filling=filling, eligible=eligible
        )

    @property
    def trained_at(self) -> Instant | None:
        return None if self.model is None else self.model.trained_at


def _untaught(scope: Scope) -> Recommender:
    from engine.learning.reading import nothing_happened
    from engine.learning.recommending import Recommender
    from engine.learning.tastes import train

    return Recommender(train(nothing_happened(), scope.facts.catalogue, scope.now))
