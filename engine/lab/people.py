"""Who invented people are, where no shop says it: whom one may write to, tags, words of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.core.facts import Facts
from engine.core.model import DAY, Instant
from engine.core.wanted import CUSTOMER, Wanted
from engine.lab.behaviour import Profile, mixed

_YEARS: Final = 1_000
"""Days before the season within which people came to the shop."""

_OTHER: Final = "another"
"""What those say who do not say what a flow asks for."""

_SCALE: Final = 1 << 16


class People:
    """Drawn by their number; `wanted` is what the flow's first lines ask of them."""

    def __init__(self, profile: Profile, seed: int, start: Instant, wanted: Wanted) -> None:
        self._profile = profile
        self._seed = seed
        self._start = start
        self._wanted = wanted
        self._tags = sorted(wanted.tags)
        self._words = sorted(wanted.words.get(CUSTOMER, {}).items())
        self._channels = [
            (name, round(share * _SCALE))
            for name, share in (
                ("email", profile.email), ("sms", profile.sms), ("push", profile.push),
            )
        ]  # fmt: skip

    def be(self, facts: Facts, number: int) -> None:
        """Somebody of this number: as one of the shop's own, or made up."""
        facts.customer = {
            "email": f"c{number}@customer.example", "phone": "+4915100000000", "push": "token",
            "first_name": f"C{number}",
        }  # fmt: skip
        people = self._profile.people
        if people:
            told = people[number % len(people)]
            facts.customer |= told.properties
            facts.tags = set(told.tags)
            consent = told.consent
            facts.consent = (
                {"email": True, "sms": True, "push": True} if consent is None else dict(consent)
            )
            return
        drawn = mixed(self._seed, number, 11)
        facts.customer["created_at"] = self._start - DAY - drawn % _YEARS * DAY
        drawn >>= 10
        for name, share in self._channels:
            facts.consent[name] = drawn % _SCALE < share
            drawn >>= 16
        for place, tag in enumerate(self._tags):
            if self._of_share(self._profile.tagged, number, 12, place):
                facts.tags.add(tag)
        for place, (name, words) in enumerate(self._words):
            if self._of_share(self._profile.fitting, number, 13, place):
                facts.customer[name] = words[number % len(words)]

    def words(self, event: str, declared: Mapping[str, str]) -> list[tuple[str, list[str]]]:
        """What the flow's first lines want an event's properties to say: words of which one is
        said, by as many as fit.
        """
        share = min(max(self._profile.fitting, 0.01), 1.0)
        return [
            (name, [*words, *[_OTHER] * round(len(words) * (1 / share - 1))])
            for name, words in sorted(self._wanted.words.get(event, {}).items())
            if declared.get(name) == "text"
        ]

    def _of_share(self, share: float, *of: Any) -> bool:
        return mixed(self._seed, *of) % _SCALE < share * _SCALE
