"""Which invented people come, how often, and what each of them does by themselves.

They are drawn in blocks, each from the seed and its own number: a person is the same however many
there are, and whoever draws them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple
from zlib import crc32

import numpy as np

from engine.core.model import HOUR, MINUTE, Instant
from engine.lab.behaviour import ANSWERS, CHAIN, MONTH, ONCE, Profile

BLOCK: Final = 512
"""So many people are drawn together."""

MAILED: Final = ("sent_email", "open_email", "click_email")
"""What becomes of a mail of another flow."""

_SELDOM: Final = frozenset(("unsubscribe", "refund", "order_cancelled", "payment_failed"))

Act = tuple[Instant, int, str, int]
"""When, in which order, what, with which product (its number)."""


class Crowd:
    """People by their numbers, from 1; each with what they do by themselves in [start, end)."""

    def __init__(
        self,
        profile: Profile,
        seed: int,
        span: tuple[Instant, Instant],
        products: int,
        *,
        heard: Collection[str] | None,
        triggers: Collection[str],
        asked: Collection[str],
        mails: Collection[str],
        letting_in: Collection[str] | None,
        begin: Instant,
    ) -> None:
        """`heard` are the events that anything asks for (None: all), `triggers` those that let
        people into the flow, `asked` what else is spoken of, `mails` what its first lines ask of
        the past: with an event of mails among these, people get some of other flows. Who does none
        of `letting_in` from `begin` on is not lived (None: everybody is).
        """
        self._heard = heard
        self._mails = not {*triggers, *mails}.isdisjoint(MAILED)
        self._letting_in = letting_in
        self._begin = begin
        self._profile = profile
        self._seed = seed
        self._span = span
        self._products = products
        self._chain = [heard is None or name in heard for name in CHAIN]
        self._rates = {
            name: rate
            for name in sorted({*triggers, *asked, *profile.events})
            if (heard is None or name in heard)
            and not name.startswith(("$", *ANSWERS))
            and name not in CHAIN
            and (rate := self._rate(name, name in triggers)) > 0
        }

    def _rate(self, name: str, enters: bool) -> float:
        told = self._profile.events.get(name)
        if told is not None:
            return told
        if enters:
            return self._profile.trigger * self._profile.visits
        return self._profile.other / 10 if name in _SELDOM else self._profile.other

    def blocks(
        self, customers: int, part: int = 0, parts: int = 1
    ) -> Iterator[tuple[int, list[tuple[int, list[Act]]]]]:
        """Every `parts`-th block from the `part`-th on: how many people it is, and the number of
        each that has to be lived, with what they do, by time.
        """
        for first in range(part * BLOCK, customers, parts * BLOCK):
            size = min(BLOCK, customers - first)
            yield size, self._block(first // BLOCK, size)

    def _block(self, block: int, size: int) -> list[tuple[int, list[Act]]]:
        # All blocks are drawn as wholes: a person is the same however many there are.
        draws = np.random.default_rng((self._seed, block))
        come, read = self._kinds(np.random.default_rng((self._seed, block, 3)))
        parts = [*self._visits(draws, come)]
        if self._mails:
            parts += self._mailed(np.random.default_rng((self._seed, block, 4)), read)
        for name, rate in self._rates.items():
            draws = np.random.default_rng((self._seed, block, crc32(name.encode())))
            parts.append(self._others(draws, name, rate))
        who = np.concatenate([one.who for one in parts])
        at = np.concatenate([one.at for one in parts])
        kind = np.repeat(np.arange(len(parts)), [len(one.who) for one in parts])
        product = np.concatenate([one.product for one in parts])
        names = [one.name for one in parts]
        order = np.lexsort((kind, at, who))
        order = order[at[order] < self._span[1]]
        place = np.arange(len(order))
        lived = np.arange(size)
        if self._letting_in is not None:
            lets = np.array([name in self._letting_in for name in names])
            chosen = np.zeros(BLOCK, bool)
            chosen[who[lets[kind] & (at >= self._begin) & (at < self._span[1])]] = True
            kept = chosen[who[order]]
            order, place = order[kept], place[kept]
            lived = np.flatnonzero(chosen[:size])
        who = who[order]
        acts: list[Act] = list(
            zip(
                at[order].tolist(),
                place.tolist(),
                map(names.__getitem__, kind[order].tolist()),
                product[order].tolist(),
                strict=True,
            )
        )
        begin = np.searchsorted(who, lived).tolist()
        end = np.searchsorted(who, lived, "right").tolist()
        first = block * BLOCK + 1
        return [
            (first + person, acts[since:until])
            for person, since, until in zip(lived.tolist(), begin, end, strict=True)
        ]

    def _kinds(self, draws: np.random.Generator) -> tuple[Any, Any]:
        """Of each person how often they come, 1 as all on average, and how eagerly they read: 0 not
        at all, 2 for regulars.
        """
        profile, drawn = self._profile, draws.random(BLOCK)
        regulars, dormant = profile.regulars, profile.dormant
        others = max(1.0 - regulars - dormant, 1e-9)
        rest = max(1.0 - regulars * profile.often, 0.0) / others
        come = np.where(drawn < regulars, profile.often, rest)
        come[drawn >= 1.0 - dormant] = 0.0
        return come, np.where(drawn < regulars, 2, np.where(drawn >= 1.0 - dormant, 0, 1))

    def _mailed(self, draws: np.random.Generator, read: Any) -> Iterator[_Part]:
        """What the shop's other flows send, and what becomes of it."""
        profile, (start, end) = self._profile, self._span
        how_many = draws.poisson(profile.mailed * (end - start) / MONTH, BLOCK)
        who = np.repeat(np.arange(BLOCK), how_many)
        at = draws.integers(start, end, len(who))
        opened = np.array((0.0, profile.opened, (1.0 + profile.opened) / 2))[read[who]]
        clicked = np.array((0.0, profile.clicked, (1.0 + profile.clicked) / 2))[read[who]]
        opens = draws.random(len(who)) < opened
        clicks = opens & (draws.random(len(who)) < clicked)
        later = (
            at + MINUTE + (draws.exponential(max(profile.delay, 0.0), len(who)) * HOUR).astype(int)
        )
        every = np.ones(len(who), bool)
        for name, chosen, when in (
            (MAILED[0], every, at), (MAILED[1], opens, later), (MAILED[2], clicks, later + MINUTE),
        ):  # fmt: skip
            if self._heard is None or name in self._heard:
                those = np.flatnonzero(chosen)
                yield _Part(who[those], when[those], name, np.zeros(len(those), int))

    def _visits(self, draws: np.random.Generator, come: Any) -> Iterator[_Part]:
        profile, (start, end) = self._profile, self._span
        how_many = draws.poisson(profile.visits * come * (end - start) / MONTH, BLOCK)
        who = np.repeat(np.arange(BLOCK), how_many)
        at = draws.integers(start, max(end - HOUR, start + 1), len(who))
        product = draws.integers(0, self._products, len(who))
        more = draws.geometric(min(1 / max(profile.views, 1.0), 1.0), len(who)) - 1
        heard, goes_on = self._chain, np.ones(len(who), bool)
        shares = (1.0, profile.viewed, profile.carted, profile.checkout, profile.bought)
        for place, (name, share) in enumerate(zip(CHAIN, shares, strict=True)):
            goes_on = goes_on & (draws.random(len(who)) < share)
            if heard[place]:
                chosen = np.flatnonzero(goes_on)
                yield _Part(who[chosen], at[chosen] + place * MINUTE, name, product[chosen])
            if name == "view_item" and heard[place]:
                again = np.repeat(np.flatnonzero(goes_on), more[goes_on])
                others = draws.integers(0, self._products, len(again))
                later = draws.integers(MINUTE // 2, MINUTE, len(again))
                yield _Part(who[again], at[again] + later, name, others)

    def _others(self, draws: np.random.Generator, name: str, rate: float) -> _Part:
        start, end = self._span
        length = end - start
        how_many = (
            np.ones(BLOCK, int)
            if name in ONCE and name not in self._profile.events
            else draws.poisson(rate * length / MONTH, BLOCK)
        )
        who = np.repeat(np.arange(BLOCK), how_many)
        at = draws.integers(start, end, len(who))
        return _Part(who, at, name, draws.integers(0, self._products, len(who)))


class _Part(NamedTuple):
    who: Any
    at: Any
    name: str
    product: Any
