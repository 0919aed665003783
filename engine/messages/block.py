"""The products of a message: a list that says whether another strategy filled it up."""

from __future__ import annotations

from typing import Any


class Block(list[dict[str, Any]]):
    """`products.filled` in a template: whether any place was filled; of one product,
    `product.filled`. Else a list like any other.
    """

    def __getitem__(self, key: Any) -> Any:
        if key == "filled":
            return any(one.get("filled") for one in self)
        return super().__getitem__(key)


class ByItsId(dict[str, Any]):
    """A product that an event calls by its id: it prints and compares as that, and can be asked
    for its name.
    """

    def __str__(self) -> str:
        return str(self["id"])

    def __liquid__(self) -> str:
        """What comparisons in a template look at."""
        return str(self["id"])
