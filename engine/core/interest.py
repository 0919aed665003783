"""Who may be meant by a product's change: by which events a condition asks about "this product".

A change concerns few of millions of customers. Where `for customers who ..` can only hold for
somebody who did one of some events about the product, those who did are found by an index, and the
condition itself is asked of them alone. Pure.
"""

from __future__ import annotations

from dsl import tree


def interest_of(condition: tree.Condition | None) -> frozenset[str] | None:
    """The events of which one about this product must have happened for `condition` to hold.

    None: it may hold for anybody.
    """
    match condition:
        case tree.Did(history, negated=False) if history.of_this_product and _at_all(history):
            return frozenset((history.event,))
        case tree.All(conditions):
            # Each of them must hold, so the narrowest tells.
            found = [one for one in map(interest_of, conditions) if one is not None]
            return min(found, key=lambda one: (len(one), sorted(one)), default=None)
        case tree.AnyOf(conditions):
            every = [interest_of(one) for one in conditions]
            known = [one for one in every if one is not None]
            return frozenset().union(*known) if known and len(known) == len(every) else None
        case _:
            return None


def _at_all(history: tree.History) -> bool:
    """Whether having done it never at all does not do."""
    if history.bound in ("at most", "exactly"):
        return history.bound == "exactly" and bool(history.times)
    return history.times is None or history.times > 0
