"""What came of a simulated season, as counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core import calendar
from engine.core.model import DAY, Instant

LIMITED = "limit"
"""How the reason begins for which a message over a limit is not sent."""


@dataclass(slots=True)
class Season:
    """`outcomes` counts rows of history by step, outcome and detail; `days_sent` messages by day
    from 0. `behaviour` says in words where the rates come from, `nobody` why nobody entered, ""
    where somebody did. `start` is when it begins. `chosen` says of experiments with `winner` which
    arm who waited got, and by what.
    """

    flow: str
    customers: int
    days: int
    seed: int
    start: Instant
    behaviour: str = ""
    lived: int = 0
    entered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    goals: int = 0
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    days_sent: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    straight: int = 0
    processes: int = 1
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)
    nobody: str = ""

    @property
    def moves(self) -> int:
        """Rows of history: what a run of the shop would have written down."""
        return self.outcomes.total()

    @property
    def steps_per_second(self) -> int:
        return round(self.moves / self.seconds) if self.seconds else 0

    @property
    def steps(self) -> dict[str, Counter[str]]:
        """Outcomes by step."""
        found: dict[str, Counter[str]] = {}
        for (step, outcome, _), number in self.outcomes.items():
            found.setdefault(step, Counter())[outcome] += number
        return found

    @property
    def limits(self) -> int:
        """How often a message met a limit: it was skipped, or had to wait."""
        return sum(
            number
            for (_, outcome, detail), number in self.outcomes.items()
            if outcome in ("skipped", "held") and detail.startswith(LIMITED)
        )

    def details(self, outcome: str) -> Counter[str]:
        """How often, by detail: why it was skipped, how runs ended."""
        found: Counter[str] = Counter()
        for (_, told, detail), number in self.outcomes.items():
            if told == outcome:
                found[detail] += number
        return found

    def send(self, messages: Sequence[tuple[str, str, Instant]]) -> None:
        """Count messages: by which channel, which, when."""
        self.messages.update(f"{channel} {message}" for channel, message, _ in messages)
        last = self.days - 1
        self.days_sent.update(min((at - self.start) // DAY, last) for _, _, at in messages)

    def add(self, other: Season) -> None:
        """With what others of the same season have lived."""
        self.lived += other.lived
        self.entered += other.entered
        self.goals += other.goals
        self.straight += other.straight
        self.refused.update(other.refused)
        self.outcomes.update(other.outcomes)
        self.messages.update(other.messages)
        self.days_sent.update(other.days_sent)

    def as_json(self) -> dict[str, Any]:
        """For scripts. All but the last four is the same for the same seed."""
        steps: Sequence[tuple[str, Counter[str]]] = sorted(self.steps.items())
        return {
            "flow": self.flow,
            "customers": self.customers,
            "days": self.days,
            "seed": self.seed,
            "from": calendar.iso(self.start),
            "behaviour": self.behaviour,
            "entered": self.entered,
            "nobody": self.nobody,
            "not_entered": dict(ranked(self.refused)),
            "goals": self.goals,
            "messages": dict(sorted(self.messages.items())),
            "messages_per_day": [self.days_sent[day] for day in range(self.days)],
            "skipped": dict(ranked(self.details("skipped"))),
            "limits_hit": self.limits,
            "ends": dict(ranked(self.details("ended"))),
            **({"chosen": self.chosen} if self.chosen else {}),
            "steps": {step: dict(sorted(told.items())) for step, told in steps},
            "moves": self.moves,
            "straight": self.straight,
            "processes": self.processes,
            "seconds": round(self.seconds, 3),
            "steps_per_second": self.steps_per_second,
        }


def ranked(counted: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; at a tie by name, so that it is the same every time."""
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
