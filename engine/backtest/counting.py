"""Counts what happens to people while they are played, and compares it with what went."""

from __future__ import annotations

from engine.backtest.comparing import Pair, compared
from engine.backtest.person import Person, Went
from engine.backtest.result import Tally
from engine.backtest.sending import STOPPED
from engine.backtest.shop import Shop
from engine.core.changes import Changes
from engine.core.choices import chosen_of
from engine.core.eligibility import QUIET
from engine.core.model import Instant, Intent

_LIMIT = "limit of "
_OUTRANKED = "limit is reached: "


class Counted:
    """Implements `engine.backtest.playing.Counting`."""

    def __init__(self, shop: Shop, tally: Tally, history_since: Instant, since: Instant) -> None:
        self.tally = tally
        self._shop = shop
        # What nobody kept may have changed since; from then on every change is known.
        self._no_past = history_since > since
        self._went: dict[int, list[Went]] = {}
        self._goals: dict[int, set[str]] = {}
        self._unknowable: set[int] = set()
        self._learned: dict[int, set[str]] = {}
        self._pooled: dict[int, set[str]] = {}
        self._chosen: dict[int, set[str]] = {}
        self._flow_of: dict[int, str] = {}

    def moved(self, person: Person, changes: Changes) -> None:
        tally = self.tally
        tally.moves += len(changes.history)
        for run in changes.entered:
            tally.add("entered", run.flow)
            self._flow_of[run.id] = run.flow
        for goal in changes.goals:
            tally.add("goals", goal.flow)
            tally.add("goal value", goal.flow, number=goal.revenue)
            self._goals.setdefault(person.number, set()).add(goal.flow)
        learned = self._shop.learned
        for number, at, node, outcome, detail, _ in changes.history:
            if learned:
                flow = self._flow_of.get(number) or self._old(person, number)
                if (flow, node) in learned:
                    self._learned.setdefault(person.number, set()).add(flow)
            if outcome == "done" and chosen_of(detail) is not None:
                flow = self._flow_of.get(number) or self._old(person, number)
                self._chosen.setdefault(person.number, set()).add(flow)
            if outcome == "held" or (outcome == "skipped" and detail):
                flow = self._flow_of.get(number) or self._old(person, number)
                if outcome == "held":
                    self._held(person, flow, detail, at)
                else:
                    self._skipped(person, flow, detail, at)

    def _old(self, person: Person, number: int) -> str:
        return next((run.flow for run in person.lane.runs if run.id == number), "")

    def _held(self, person: Person, flow: str, why: str, at: Instant) -> None:
        if why == QUIET:
            self.tally.add("quiet", flow)
        elif why != STOPPED:
            self._limited(person, flow, why, at)

    def _skipped(self, person: Person, flow: str, why: str, at: Instant) -> None:
        self.tally.add("skipped", flow, why)
        if why.startswith(_LIMIT):
            self._limited(person, flow, why, at)
        elif why.startswith(_OUTRANKED):
            self.tally.add("limit", flow, why.partition(":")[0])
            self.tally.add("collision", flow, why.removeprefix(_OUTRANKED).partition(" ")[0])

    def _limited(self, person: Person, flow: str, why: str, at: Instant) -> None:
        """A limit had no room: other flows' messages of the longest window took it."""
        self.tally.add("limit", flow, why)
        since = at - self._shop.window
        taken = {one.flow for one in self._went.get(person.number, ()) if one.at > since}
        for other in sorted(taken - {flow}):
            self.tally.add("collision", flow, other)

    def went(self, person: Person, went: Went) -> None:
        self._went.setdefault(person.number, []).append(went)

    def stayed(self, person: Person, intent: Intent, why: str) -> None:
        self._skipped(person, intent.flow, why, intent.ready_at)

    def waited(self, person: Person, intent: Intent, why: str) -> None:
        self._held(person, intent.flow, why, intent.ready_at)

    def unknowable(self, person: Person, flow: str, event: str) -> None:
        self.tally.add("unknowable", flow, event)
        self._unknowable.add(person.number)

    def pooled(self, person: Person, flow: str) -> None:
        self._pooled.setdefault(person.number, set()).add(flow)

    # --- at the end of a life --------------------------------------------------------------

    def done(self, person: Person) -> None:
        """Compare what would have gone with what went, and forget the person."""
        tally, number = self.tally, person.number
        went = self._went.pop(number, [])
        tally.people += 1
        tally.events += len(person.events)
        for flow in sorted({one.flow for one in went}):
            tally.add("reached", flow)
        for flow in sorted(self._goals.pop(number, ())):
            tally.add("goal people", flow)
        for one in went:
            tally.add("messages", one.flow, one.message, one.channel)
        for key in sorted({(one.flow, one.message, one.channel) for one in went}):
            tally.add("people", *key)
        for one in person.live:
            tally.add("live", one.flow, one.message, one.channel)
        for pair in compared(went, person.live):
            one = pair.message
            tally.add(pair.kind, one.flow, one.message, one.channel)
            if pair.kind != "same":
                why = self._why(person, pair)
                tally.add("because", one.flow, why)
                tally.show(pair, number, why)
        if person.imported:
            tally.add("told later", "events", number=person.told_later)
            tally.add("told later", "people")
        flows = {one.flow for one in (*went, *person.live)}
        young = {one.flow for one in (*went, *person.live) if self._was_warming(one)}
        for what, mattered, where in (
            ("properties", self._no_past, flows),
            ("runs", bool(person.lost), flows),
            ("merged", person.heir, flows),
            ("learned", True, self._learned.pop(number, set())),
            ("codes", True, self._pooled.pop(number, set())),
            ("warming", True, young),
            ("imported", person.imported, flows),
            ("chosen", True, self._chosen.pop(number, set())),
        ):
            if mattered and where:
                tally.add("assumed", "", what)
                for flow in sorted(where):
                    tally.add("assumed", flow, what)
        self._unknowable.discard(number)
        self._flow_of.clear()

    def _was_warming(self, went: Went) -> bool:
        span = self._shop.warming
        return span is not None and went.channel == "email" and span[0] <= went.at <= span[1]

    def _why(self, person: Person, pair: Pair) -> str:
        flow, live = pair.message.flow, pair.live
        program = self._shop.deployment.programs.get(flow)
        other = live is not None and (program is None or program.version != live.version)
        if person.imported and not person.mine:
            return "imported"
        if flow in self._shop.edited or program is None or other:
            return "edited"
        if person.heir:
            return "merged"
        if person.lost:
            return "place unknown"
        if person.number in self._unknowable:
            return "cannot be known"
        if flow in self._pooled.get(person.number, ()):
            return "codes"
        if self._was_warming(pair.message):
            return "warming"
        if flow in self._learned.get(person.number, ()):
            return "learned"
        if self._no_past:
            return "no past of properties"
        return "other"
