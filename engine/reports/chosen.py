"""Which arm of an experiment with `winner` was chosen, and by what. It is never called proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.core import calendar
from engine.core.choices import Seen
from engine.core.model import Instant
from engine.core.program import Op, Program, WinnerSpec
from engine.store import choices, run_figures
from engine.store.choices import Standing
from engine.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Choosing:
    """How far the choice is: `standing` None where nobody has come yet. `waiting` people stand
    there now, in the live version.
    """

    winner: WinnerSpec
    standing: Standing | None
    waiting: int

    @property
    def arm(self) -> str:
        """The chosen one, "" before."""
        return (self.standing.arm or "") if self.standing is not None else ""

    @property
    def says(self) -> str:
        """A sentence for people. Moments are the store's."""
        standing = self.standing
        if standing is None:
            return "Nobody has come yet, so no arm is chosen."
        if standing.arm is None or standing.chosen_at is None:
            due = self._moment(self.winner.due(standing.began_at))
            return f"No arm is chosen yet; {self.waiting} people wait for it until {due}."
        at = self._moment(standing.chosen_at)
        if standing.why == "nothing":
            return (
                f"{standing.arm}, the first arm, was chosen on {at}: nobody had done what counts."
                " Chosen, not proven."
            )
        best = next((one for one in standing.seen if one.label == standing.arm), None)
        others = ", ".join(
            f"{one.label} {_rate(one)} ({one.people})"
            for one in standing.seen
            if one.label != standing.arm
        )
        first = ", the first of the best," if standing.why == "tie" else ""
        best = Seen(standing.arm, 0, 0) if best is None else best
        return (
            f"{standing.arm}{first} was chosen on {at} with {_rate(best)} of {best.people} people,"
            f" against {others}."
            " Chosen, not proven."
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts; moments in UTC."""
        standing = self.standing
        return {
            "event": self.winner.event,
            "began_at": None if standing is None else calendar.iso(standing.began_at),
            "due_at": None
            if standing is None
            else calendar.iso(self.winner.due(standing.began_at)),
            "chosen_at": None
            if standing is None or standing.chosen_at is None
            else calendar.iso(standing.chosen_at),
            "arm": self.arm or None,
            "why": "" if standing is None else standing.why,
            "seen": [] if standing is None else [one._asdict() for one in standing.seen],
            "waiting": self.waiting,
            "says": self.says,
        }

    def _moment(self, at: Instant) -> str:
        return calendar.local(at, self.winner.zone).strftime("%Y-%m-%d %H:%M")


def choosing(rows: Rows, program: Program, op: Op, winner: WinnerSpec) -> Choosing:
    """How far the experiment at a step of the live program is."""
    found = {one.experiment: one for one in choices.all_of(rows, program.flow)}
    waiting = run_figures.waiting_at(rows, program.flow, program.version, op.position)
    return Choosing(winner, found.get(op.id), waiting)


def _rate(one: Seen) -> str:
    return f"{100 * one.did / max(one.people, 1):.1f} %"
