"""Which arm people get who wait for the choice of an experiment, where one lives after the other.

A choice is made of what many did. So simulated people who are in an arm live once before (of the
first few thousand), and what they did is chosen by. A backtest has the choice that was made then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from dsl.names import vocabulary
from engine.core import draws
from engine.core.choices import Choice, Choices, Chosen, Seen, choose
from engine.core.model import Instant, Properties
from engine.core.program import ExperimentSpec

SCOUTS: Final = 2_000
"""So many people are looked through for those who are in an arm."""

Key = tuple[str, str]


class Foresight:
    """What is known of choices at each moment of a life, and what is noticed of it.

    Of an experiment that nothing is foreseen of, everybody has a clock of their own, at the end of
    which the first arm is chosen. `choices` is what turns are told.
    """

    def __init__(self, specs: Mapping[Key, ExperimentSpec], foreseen: Choices) -> None:
        self.choices: dict[Key, Choice] = {}
        self.specs = specs
        self._foreseen = foreseen
        self._own: dict[Key, Instant] = {}
        self._began: dict[Key, Instant] = {}
        self._sent: list[tuple[int, str, str, Instant, int]] = []
        self._did: dict[tuple[int, str], list[tuple[Instant, Properties]]] = {}

    @property
    def events(self) -> frozenset[str]:
        """What arms are chosen by."""
        return frozenset(one.winner.event for one in self.specs.values() if one.winner is not None)

    def born(self) -> None:
        """Another life begins."""
        self._own.clear()

    def turn(self, at: Instant) -> None:
        """Let `choices` be what is known at a moment."""
        self.choices.clear()
        for key, spec in self.specs.items():
            found = self._foreseen.get(key)
            # Who comes before the first one that is known of has a clock of their own as well.
            known = found is not None and found.began_at <= at
            began_at = found.began_at if known and found is not None else self._own.get(key)
            if began_at is None:
                continue
            assert spec.winner is not None
            is_due = spec.winner.due(began_at) <= at
            arm = spec.shares[0][1] if found is None else found.arm
            self.choices[key] = Choice(began_at, arm if is_due else None)

    def begun(self, begun: Mapping[Key, Instant]) -> None:
        """Somebody came as the first of their own."""
        for key, at in begun.items():
            self._own.setdefault(key, at)
            self._began[key] = min(at, self._began.get(key, at))

    def sent(self, person: int, step: str, channel: str, at: Instant, run: int) -> None:
        self._sent.append((person, step, channel, at, run))

    def did(self, person: int, name: str, at: Instant, told: Properties) -> None:
        self._did.setdefault((person, name), []).append((at, told))

    def tries(self, person: int) -> bool:
        """Whether this person is in an arm of any of them."""
        return any(
            draws.of_experiment(one.name, person) < one.shares[-1][0] for one in self.specs.values()
        )

    def foreseen(self) -> dict[Key, tuple[Choice, Chosen, list[Seen]]]:
        """What is chosen by all that was noticed."""
        found: dict[Key, tuple[Choice, Chosen, list[Seen]]] = {}
        for key, began_at in self._began.items():
            seen = list(self._seen(self.specs[key], began_at))
            chosen = choose(seen)
            found[key] = Choice(began_at, chosen.arm), chosen, seen
        return found

    def _seen(self, spec: ExperimentSpec, began_at: Instant) -> Iterator[Seen]:
        winner = spec.winner
        assert winner is not None
        due = winner.due(began_at)
        about = winner.event in vocabulary.MESSAGE_EVENTS
        channel = winner.event.partition("_")[2] if about else None
        for place, (_, label) in enumerate(spec.shares):
            people: set[int] = set()
            did: set[int] = set()
            for person, step, by, at, run in self._sent:
                if step in spec.sends[place] and at < due and channel in (None, by):
                    people.add(person)
                    acts = self._did.get((person, winner.event), ())
                    if _any(acts, (at, due), (run, step) if about else None):
                        did.add(person)
            yield Seen(label, len(people), len(did))


def _any(
    acts: Collection[tuple[Instant, Properties]],
    span: tuple[Instant, Instant],
    message: tuple[int, str] | None,
) -> bool:
    since, until = span
    return any(
        since <= at < until and (message is None or (told.get("run"), told.get("step")) == message)
        for at, told in acts
    )
