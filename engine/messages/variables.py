"""Which variables a message may print, and which can never be set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dsl.names import vocabulary
from dsl.project import Project
from engine.messages.uses import Use, properties

ALWAYS = frozenset(
    (
        "now",
        "message",
        "flow",
        "language",
        "subject",
        "preheader",
        "unsubscribe_url",
        "preferences_url",
        "view_url",
        "confirm_url",
        "purposes",
        "transactional",
        "content",
    )
)
"""Variables without properties."""
STORE = frozenset(["name", "url", "currency", "language", "timezone"])
COUPON = frozenset(["name", "code", "title", "expires", "valid_until"])
_OF_LISTS = frozenset(("size", "first", "last"))


@dataclass(frozen=True, slots=True)
class Known:
    """What may be set in one message: for each name its properties (None: any)."""

    roots: Mapping[str, frozenset[str] | None]
    never: Mapping[str, str]
    """Names that exist but are never set in this message, with the reason."""

    def is_property(self, root: str, name: str) -> bool:
        wanted = self.roots[root]
        return wanted is None or name in wanted or name in _OF_LISTS


def known(project: Project, uses: Iterable[Use]) -> Known:
    """What a message may speak of, over all of its uses. Without a use nothing is ruled out."""
    used = list(uses)
    product = frozenset(project.product)
    roots: dict[str, frozenset[str] | None] = {
        **dict.fromkeys(ALWAYS, frozenset[str]()),
        "customer": frozenset(project.customer),
        # In a loop over `products`, one that filled a place says so.
        "product": product | {"filled"},
        "item": product | frozenset(vocabulary.ITEM),
        "products": frozenset({"filled"}),
        "cart": frozenset(vocabulary.CART),
        "order": properties(project, "purchase"),
        "store": STORE,
        "score": frozenset(project.scores),
        "coupon": COUPON,
        "entry": _union(use.entry for use in used) if used else None,
        "event": _union(use.event for use in used) if used else None,
    }
    never: dict[str, str] = {}
    flows = ", ".join(sorted({use.flow for use in used}))
    if used and not any(use.has_coupon for use in used):
        never["coupon"] = f"{flows} never gives a coupon before it"
    if used and not any(use.has_products for use in used):
        never["products"] = f"no send of it has a `products` line ({flows})"
    return Known(roots, never)


def _union(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    names: frozenset[str] = frozenset()
    for each in sets:
        if each is None:
            return None
        names |= each
    return names
