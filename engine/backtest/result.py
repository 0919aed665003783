"""What came of a backtest, counted person by person. Its size does not grow with the shop's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from engine.backtest.comparing import Pair
from engine.core.calendar import iso
from engine.core.model import Instant

SHOWN: Final = 20
"""So many people to look at, of each flow, message and kind of difference."""

REASONS: Final[Mapping[str, str]] = {
    "imported": "what it follows from was imported later: the shop did not know it then, so nothing"
    " went",
    "edited": "the flow was edited: another version of it sent",
    "merged": "two rows of one person became one, whose pasts cannot be told apart",
    "place unknown": "where somebody stood in a flow at the beginning is not known any more",
    "cannot be known": "it depends on an answer to a message that was not sent here",
    "no past of properties": "what properties and tags were is not kept so far back: they are"
    " today's",
    "codes": "its coupon codes come from a pool; whether one was left then is not played",
    "warming": "the sender was young; whose messages went on which of its days is not played",
    "learned": "it depends on what was learned of the shop, of which only today's is kept",
    "other": "another message took its room, or it depends on what no history holds: scores that"
    " steps gave, a provider that was missing, a server that was off",
}
"""Why a message may differ, the likeliest first, as a code and in words."""

Key = tuple[str, str, str]


@dataclass(slots=True)
class Tally:
    """Counters, by keys whose parts are joined with tabs, so that they can be kept as JSON."""

    people: int = 0
    events: int = 0
    moves: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, *key: str, number: int = 1) -> None:
        self.counts["\t".join(key)] += number

    def of(self, kind: str) -> list[tuple[list[str], int]]:
        """What was counted under a kind: the other parts of its key, how often; by key."""
        start = f"{kind}\t"
        return [
            (key.split("\t")[1:], number)
            for key, number in sorted(self.counts.items())
            if key.startswith(start)
        ]

    def show(self, pair: Pair, customer: int, why: str) -> None:
        """Keep a person to look at, the first ones of each kind."""
        one = pair.message
        key = f"{one.flow}\t{one.message}\t{one.channel}\t{pair.kind}"
        shown = self.samples.setdefault(key, [])
        if len(shown) < SHOWN:
            shown.append(
                {
                    "customer": customer,
                    "at": None if pair.here is None else pair.here.at,
                    "live_at": None if pair.live is None else pair.live.at,
                    "because": why,
                }
            )

    def as_state(self) -> dict[str, Any]:
        """To go on from."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**told, "counts": dict(self.counts)}

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> Tally:
        """What `as_state` gave."""
        told = {one.name: state[one.name] for one in fields(cls)}
        return cls(**{**told, "counts": Counter(told["counts"])})


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """`flow` "" is all of them. `history_since` is since when what customers were is kept,
    `held_back` what was paused, stopped and resumed in the period: when, act, flow. `as_if_known`:
    what was imported later counts from when it happened; `imported_since` says whether anything
    was imported after the beginning.
    """

    flow: str
    since: Instant
    until: Instant
    tally: Tally
    edited: tuple[str, ...]
    history_since: Instant
    seconds: float
    held_back: tuple[tuple[Instant, str, str], ...] = ()
    as_if_known: bool = False
    imported_since: bool = False

    def as_json(self) -> dict[str, Any]:
        """For scripts: all but `seconds` and `steps_per_second` is the same whenever the shop is.
        Moments are ISO 8601 in UTC, money is in minor units.
        """
        tally = self.tally
        return {
            "flow": self.flow or None,
            "from": iso(self.since),
            "to": iso(self.until),
            "edited": list(self.edited),
            "as_if_known": self.as_if_known,
            "imported_since": self.imported_since,
            "told_later": {
                what: tally.counts[f"told later\t{what}"] for what in ("events", "people")
            },
            "held_back": [
                {"at": iso(at), "act": act, "flow": flow or None}
                for at, act, flow in self.held_back
                if not flow or self._is_asked(flow)
            ],
            "people": tally.people,
            "events": tally.events,
            "flows": self.flows(),
            "messages": self.messages(),
            "limits": self._listed("limit", "flow", "reason"),
            "quiet_hours": self._listed("quiet", "flow"),
            "collisions": self._listed("collision", "flow", "other"),
            "not_sent": self._listed("skipped", "flow", "reason"),
            "cannot_be_known": self._summed("unknowable", "event"),
            "because": [
                {**one, "says": REASONS[one["reason"]]} for one in self._summed("because", "reason")
            ],
            "assumed": self._assumed(),
            "differences": self.differences(),
            "steps": tally.moves,
            "seconds": round(self.seconds, 3),
            "steps_per_second": round(tally.moves / self.seconds) if self.seconds else 0,
        }

    @property
    def same(self) -> bool:
        """Whether everything would have gone as it went."""
        return not any(self.total(kind) for kind in ("added", "missing", "later", "earlier"))

    def total(self, kind: str) -> int:
        """How many messages are `same`, `added`, `missing`, `later` or `earlier`."""
        return sum(number for *_, number in self.tally.of(kind))

    def flows(self) -> list[dict[str, Any]]:
        """By flow: people who got a message, entries, goals that followed anyway, their people and
        what they were worth.
        """
        tally = self.tally
        names = sorted({key[0] for kind in _BY_FLOW for key, _ in tally.of(kind)})
        found: dict[str, dict[str, Any]] = {
            name: {"flow": name, **dict.fromkeys(_BY_FLOW.values(), 0)} for name in names
        }
        for kind, name in _BY_FLOW.items():
            for key, number in tally.of(kind):
                found[key[0]][name] = number
        return [one for one in found.values() if self._is_asked(one["flow"])]

    def messages(self) -> list[dict[str, Any]]:
        """By flow, message and channel: how many, to how many people, and how they differ."""
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for kind in ("messages", "people", "live", *_KINDS):
            for key, number in self.tally.of(kind):
                row = found.setdefault(
                    tuple(key),
                    {
                        "flow": key[0],
                        "message": key[1],
                        "channel": key[2],
                        **dict.fromkeys(("messages", "people", "live", *_KINDS), 0),
                    },
                )
                row[kind] = number
        return [found[key] for key in sorted(found) if self._is_asked(key[0])]

    def differences(self) -> list[dict[str, Any]]:
        """People to look at."""
        found: list[dict[str, Any]] = []
        for key, shown in sorted(self.tally.samples.items()):
            flow, message, channel, kind = key.split("\t")
            about = {"kind": kind, "flow": flow, "message": message, "channel": channel}
            if self._is_asked(flow):
                found += [
                    {
                        **about,
                        **one,
                        "at": _iso(one["at"]),
                        "live_at": _iso(one["live_at"]),
                        "says": REASONS[one["because"]],
                    }
                    for one in shown
                ]
        return found

    def _is_asked(self, flow: str) -> bool:
        return not self.flow or flow == self.flow

    def _listed(self, kind: str, *names: str) -> list[dict[str, Any]]:
        return [
            {**dict(zip(names, key, strict=True)), "count": number}
            for key, number in self.tally.of(kind)
            if names[0] != "flow" or self._is_asked(key[0])
        ]

    def _summed(self, kind: str, name: str) -> list[dict[str, Any]]:
        """Of the flows that were asked for together."""
        found: Counter[str] = Counter()
        for (flow, what), number in self.tally.of(kind):
            if self._is_asked(flow):
                found[what] += number
        return [{name: what, "count": number} for what, number in sorted(found.items())]

    def _assumed(self) -> list[dict[str, Any]]:
        return [
            {"what": what, "people": number, "says": ASSUMED[what]}
            for (flow, what), number in self.tally.of("assumed")
            if flow == self.flow
        ]


ASSUMED: Final[Mapping[str, str]] = {
    "properties": "properties and tags of these people are today's: their past is not kept so far"
    " back",
    "runs": "where these people stood in a flow at the beginning is not known, so they do not stand"
    " there",
    "learned": "a step asked what was learned of the shop (best times, products found): today's was"
    " used",
    "codes": "a coupon code of theirs comes from a pool: one is taken to be left whenever it is"
    " wanted",
    "warming": "the sender was young when these mails went: how many a day it may send is not"
    " played",
    "imported": "what is known of these people was imported later, and is played as if it had been"
    " known when it happened",
    "chosen": "these people waited for the winner of an experiment: they got the arm that was"
    " chosen then, or the first where none was",
    "merged": "of these people two rows became one; here they were one from the beginning",
}
"""What was taken for so, and for how many people it may have mattered."""

_KINDS: Final = ("same", "later", "earlier", "added", "missing")
_BY_FLOW: Final = {
    "reached": "people",
    "entered": "entered",
    "goals": "goals",
    "goal people": "goal_people",
    "goal value": "goal_value",
}


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
