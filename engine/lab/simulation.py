"""Synthetic customers through the real machine, in virtual time: what a flow would do.

Each customer is a lane of their own, in memory, as in language tests: the machine is the one that
production uses, and the only invention is what people do (`Profile`). The same seed gives the
same season. Messages are taken as sent the moment a run decides on them, or its hold ends.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, NamedTuple

import numpy as np

from engine.core.changes import Changes
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.dispatch import apply, settle
from engine.core.facts import Facts
from engine.core.model import DAY, HOUR, MINUTE, Event, Instant, Intent
from engine.errors import RefusedError

START: Final[Instant] = 1_767_603_600_000
"""Monday 2026-01-05, 10:00 in Berlin: where language tests begin, too."""
_PRODUCTS: Final = 50


class Profile(NamedTuple):
    """What people do. Shares are of the step before; `visits` a month and person."""

    visits: float = 4.0
    trigger: float = 0.3
    viewed: float = 0.7
    carted: float = 0.25
    checkout: float = 0.5
    bought: float = 0.5
    opened: float = 0.35
    clicked: float = 0.15
    bought_after_click: float = 0.1


class UnfitFlowError(RefusedError):
    """A flow that cannot be simulated: nothing that a person does lets them in."""


@dataclass(slots=True)
class Season:
    """What came of it. `steps` counts outcomes by step, `days` messages by day from 1."""

    flow: str
    customers: int
    days: int
    seed: int
    entered: int = 0
    moves: int = 0
    goals: int = 0
    steps: dict[str, Counter[str]] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    by_day: Counter[int] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """For scripts. All but the last two is the same for the same seed."""
        return {
            "flow": self.flow,
            "customers": self.customers,
            "days": self.days,
            "seed": self.seed,
            "entered": self.entered,
            "goals": self.goals,
            "messages": dict(sorted(self.messages.items())),
            "messages_per_day": [self.by_day[day] for day in range(self.days)],
            "skipped": dict(self.skipped.most_common()),
            "ends": dict(self.ends.most_common()),
            "steps": {step: dict(sorted(told.items())) for step, told in self.steps.items()},
            "moves": self.moves,
            "seconds": round(self.seconds, 3),
            "steps_per_second": round(self.moves / self.seconds) if self.seconds else 0,
        }


def simulate(
    deployment: Deployment,
    flow: str,
    customers: int,
    days: int,
    seed: int,
    profile: Profile | None = None,
) -> Iterator[Season]:
    """The season after each hundred customers, and at the end: the same object, growing.

    Raises:
        UnfitFlowError: there is no such flow, or it is entered by nothing that people do.
    """
    program = deployment.programs.get(flow)
    if program is None:
        raise UnfitFlowError(f"there is no flow {flow!r}")
    triggers = sorted(one for one in program.entries if not one.startswith("$") and " " not in one)
    if not triggers:
        raise UnfitFlowError(
            f"{flow} is entered by the calendar, by hand, by segments or by products; only flows"
            " that an event lets in can be simulated"
        )
    season = Season(flow, customers, days, seed)
    people = _People(deployment, season, triggers, profile or Profile())
    began = time.perf_counter()
    for number in range(1, customers + 1):
        people.live(number)
        season.seconds = time.perf_counter() - began
        if number % 100 == 0 and number < customers:
            yield season
    yield season


class _People:
    """Lives one customer after the other, and counts."""

    def __init__(
        self, deployment: Deployment, season: Season, triggers: list[str], profile: Profile
    ) -> None:
        self._deployment = deployment
        self._season = season
        self._triggers = triggers
        self._profile = profile
        self._runs = count(1)
        self._seqs = count(1)
        self._catalogue = {
            f"p{number}": deployment.types.read_product(
                {"name": f"Product {number}", "price": 10 + number, "stock": 100}
            )
            for number in range(_PRODUCTS)
        }

    def live(self, number: int) -> None:
        """The whole season of one customer."""
        deployment, season = self._deployment, self._season
        draws = np.random.default_rng((season.seed, number))
        facts = Facts(number, deployment.zone, catalogue=self._catalogue, trackable=True)
        facts.customer = {
            "email": f"c{number}@customer.example", "phone": "+4915100000000", "push": "token",
            "first_name": f"C{number}",
        }  # fmt: skip
        facts.consent = {"email": True, "sms": True, "push": True}
        facts.carts_known = True
        lane = CustomerState(facts)
        settle(deployment, lane, START)
        ahead: list[tuple[Instant, int, str, dict[str, Any]]] = []
        end = START + season.days * DAY
        for at, name, properties in self._visits(draws, end):
            heappush(ahead, (at, next(self._seqs), name, properties))
        while True:
            wake = lane.next_wake()
            at = min((one for one in (wake, ahead[0][0] if ahead else None) if one is not None),
                     default=end)  # fmt: skip
            if at >= end:
                return
            events = []
            while ahead and ahead[0][0] == at:
                _, seq, name, properties = heappop(ahead)
                read = deployment.types.read_event(name, properties, self._catalogue)
                events.append(Event(name, read, at, at, seq))
            changes = Changes()
            apply(deployment, lane, events, at, changes, self._runs.__next__, self._seqs.__next__)
            self._count(changes)
            gone = {one.run for one in changes.withdrawn}
            for run in lane.runs:
                run.unclaimed = False  # what it decided on has gone out
            lane.tidy(at)
            for intent in changes.intents:
                if intent.run not in gone and intent.recipient == "customer":
                    self._sent(intent)
                    for reply in self._reply(draws, intent):
                        if reply[0] < end:
                            heappush(ahead, (reply[0], next(self._seqs), *reply[1:]))

    def _visits(
        self, draws: np.random.Generator, end: Instant
    ) -> Iterator[tuple[Instant, str, dict[str, Any]]]:
        """What somebody does by themselves: visits, each going on as far as its draws say."""
        profile = self._profile
        length = end - START
        for _ in range(draws.poisson(profile.visits * length / (30 * DAY))):
            at = START + int(draws.integers(0, max(length - HOUR, 1)))
            product = f"p{draws.integers(0, _PRODUCTS)}"
            item = {"item": product, "quantity": 1}
            yield at, "page_view", {}
            if draws.random() < profile.trigger:
                yield at + MINUTE, self._triggers[int(draws.integers(len(self._triggers)))], item
            for place, (name, share) in enumerate(
                (
                    ("view_item", profile.viewed),
                    ("add_to_cart", profile.carted),
                    ("begin_checkout", profile.checkout),
                    ("purchase", profile.bought),
                ),
                2,
            ):
                if draws.random() >= share:
                    break
                order = {"order_id": f"o{next(self._seqs)}"} if name == "purchase" else {}
                yield at + place * MINUTE, name, {**item, **order}

    def _reply(
        self, draws: np.random.Generator, intent: Intent
    ) -> Iterator[tuple[Instant, str, dict[str, Any]]]:
        """What somebody does with a message."""
        profile = self._profile
        at = intent.ready_at + int(draws.exponential(4 * HOUR)) + MINUTE
        about = {
            "message": intent.message, "flow": intent.flow, "run": intent.run, "step": intent.step,
        }  # fmt: skip
        if draws.random() >= profile.opened:
            return
        yield at, f"open_{intent.channel}", about
        if draws.random() >= profile.clicked:
            return
        yield at + MINUTE, f"click_{intent.channel}", about
        if draws.random() < profile.bought_after_click:
            product = f"p{draws.integers(0, _PRODUCTS)}"
            order = f"o{next(self._seqs)}"
            yield at + HOUR, "purchase", {"item": product, "quantity": 1, "order_id": order}

    def _count(self, changes: Changes) -> None:
        season = self._season
        season.entered += sum(run.flow == season.flow for run in changes.entered)
        season.goals += sum(goal.flow == season.flow for goal in changes.goals)
        for told in changes.history:
            season.moves += 1
            season.steps.setdefault(told.node, Counter())[told.outcome] += 1
            if told.outcome == "skipped":
                season.skipped[told.detail] += 1
            elif told.outcome == "ended":
                season.ends[told.detail] += 1

    def _sent(self, intent: Intent) -> None:
        self._season.messages[f"{intent.channel} {intent.message}"] += 1
        self._season.by_day[min((intent.ready_at - START) // DAY, self._season.days - 1)] += 1
