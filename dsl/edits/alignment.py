"""Which new lines of a block hold the places of which old ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from dsl import tree

Pairs = dict[int, tree.Statement]


def align(
    olds: Sequence[tree.Statement],
    news: Sequence[tree.Statement],
    living: Collection[int],
    moved: Collection[int],
    known: Callable[[tree.Statement], object],
) -> Pairs:
    """Old statements by the identity of the new ones that hold their places, in order.

    First the same objects, as many as stand in the same order, without those that are known to be
    `moved`; then, between those, statements of one kind, where the old one is not `living` on
    somewhere else and the new one is not `known`, as it stood somewhere else.
    """
    place = {id(one): n for n, one in enumerate(olds)}
    chain = _longest(
        [
            (n, place[id(one)])
            for n, one in enumerate(news)
            if id(one) in place and id(one) not in moved
        ]
    )
    pairs: Pairs = {id(news[new]): olds[old] for new, old in chain}
    walls = [(-1, -1), *chain, (len(news), len(olds))]
    for (new_before, old_before), (new_behind, old_behind) in pairwise(walls):
        free = [one for one in olds[old_before + 1 : old_behind] if id(one) not in living]
        for new in news[new_before + 1 : new_behind]:
            twin = next((n for n, one in enumerate(free) if type(one) is type(new)), None)
            if twin is not None and not known(new):
                pairs[id(new)] = free[twin]
                free = free[twin + 1 :]
    return pairs


def _longest(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs whose second part grows, too."""
    tails: list[int] = []
    best: list[int] = []
    back: list[int] = []
    for at, (_, old) in enumerate(places):
        n = bisect_left(tails, old)
        tails[n : n + 1] = [old]
        best[n : n + 1] = [at]
        back.append(best[n - 1] if n else -1)
    chain: list[tuple[int, int]] = []
    at = best[-1] if best else -1
    while at >= 0:
        chain.append(places[at])
        at = back[at]
    return chain[::-1]
