"""A world for one test: a customer, products, and a time that jumps from one due moment to the next.

Source: semantics, "Tests in the language". The lane is the one that production uses; here its
customer lives in memory, and its changes become a chronicle instead of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from dsl import tree
from engine import calendar
from engine.facts import CONTACT, Facts
from engine.lab.boundaries import Boundaries
from engine.lab.chronicler import Chronicler
from engine.lab.literals import arguments
from engine.lab.outcome import Chronicle
from engine.lab.script import Cue, Script
from engine.lane import Lane, apply, settle
from engine.model import (
    DAY,
    Changes,
    Event,
    Firing,
    Instant,
    Occurrence,
    ProductChange,
    Properties,
    Refresh,
)
from engine.shop import Shop

CUSTOMER = 1
"""The id of the one customer of a test."""

MOST_MOMENTS = 20_000
"""A test that visits more due moments than this is taken for one that never ends."""

_STAND_IN: dict[str, Any] = {
    "email": "customer@example.com",
    "phone": "+49000000000",
    "push": "token",
}
"""Contact data for a channel that `can_receive` names without any being given."""


class World:
    """One customer of a shop in virtual time. `run` may be called once."""

    def __init__(
        self, shop: Shop, script: Script, chronicler: Chronicler, boundaries: Boundaries | None
    ) -> None:
        self.shop = shop
        self.script = script
        self.told = chronicler
        self.boundaries = boundaries
        self.now = script.start
        self.catalogue: dict[str, Properties] = {}
        self.lane = self._customer()
        self.intents: list[Any] = []
        self._runs = 0
        self._seq = 0

    def run(self) -> Chronicle:
        """Play the script to its end."""
        self._remember()
        settle(self.shop, self.lane, self.script.start)
        cues = list(self.script.cues)
        moments = 0
        while (at := self._next_moment(cues)) is not None:
            moments += 1
            if moments > MOST_MOMENTS:
                self.told.never_ends(at, MOST_MOMENTS)
                break
            self.now = at
            occurrences = self._occurrences(cues, at)
            self._apply(occurrences)
            self._send()
        return self.told.chronicle(self.now, self.lane)

    # --- what is given ---------------------------------------------------------------------

    def _customer(self) -> Lane:
        script, types = self.script, self.shop.types
        told = arguments(script.customer)
        can_receive = told.pop("can_receive", None)
        tracked = told.pop("tracked", True)
        tags = told.pop("tags", None) or []
        push = told.pop("push", None)
        properties = {
            name: value for name, value in types.read_customer(told).items() if value is not None
        }
        if push:
            properties["push"] = _STAND_IN["push"] if push is True else str(push)
        if can_receive is None:
            consent = {channel: bool(properties.get(CONTACT[channel])) for channel in CONTACT}
        else:
            consent = {name: name in can_receive for name in (*CONTACT, *self.shop.topics)}
            for channel in CONTACT:
                if consent[channel]:
                    properties.setdefault(CONTACT[channel], _STAND_IN[CONTACT[channel]])
        zone = properties.get("timezone")
        facts = Facts(
            CUSTOMER,
            zone if calendar.is_zone(zone) else self.shop.zone,
            properties,
            set(tags),
            consent=consent,
            trackable=bool(tracked),
            catalogue=self.catalogue,
        )
        for given in script.products:
            self.catalogue[given.product] = types.read_product(arguments(given.arguments))
        return Lane(
            facts,
            holdout=frozenset({script.test.flow}) if script.holdout else frozenset(),
            arms=dict(script.arms),
        )

    def _remember(self) -> None:
        """The given past: it is folded into what is known, and moves nobody."""
        still = replace(self.shop, programs={}, entering={}, moving=frozenset(), watched={})
        for cue in self.script.past:
            self.told.play(cue)
            for occurrence in self._play(cue, enters=False):
                apply(
                    still, self.lane, [occurrence], cue.at, Changes(), self._next_run, self._next_seq
                )

    # --- time ------------------------------------------------------------------------------

    def _next_moment(self, cues: list[Cue]) -> Instant | None:
        """The next moment at which anything can happen; None when the test is over."""
        due = [cue.at for cue in cues[:1]]
        wake = self.lane.next_wake()
        if wake is not None:
            due.append(wake)
        due.extend(intent.ready_at for intent in self.intents)
        until = self.script.until
        if until is not None:
            due.extend(moment for moment, *_ in self._firings() if moment <= until)
            if self.boundaries is not None:
                change = self.boundaries.next_after(self.lane.facts, self.now, until)
                if change is not None:
                    due.append(change)
        return max(min(due), self.now) if due else None
"""  # continues
