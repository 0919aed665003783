"""What a report is asked with: the database, the time, and what the shop calls its things."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.core.figures import Rule
from engine.core.program import Program
from engine.reports.figures import Book, Sums
from engine.reports.period import Period
from engine.store.rows import Rows
from engine.store.states import flow_names


@dataclass(frozen=True)
class Asked:
    """`programs` are the flows that are live, by name; `stops_at` is the share of complaints at
    which a message is stopped (0: never), `stopped` the messages that are.
    """

    rows: Rows
    rule: Rule
    period: Period
    currency: str
    programs: Mapping[str, Program]
    flow: str = ""
    version: int | None = None
    stops_at: float = 0.003
    stopped: Collection[tuple[str, str, str]] = field(default_factory=frozenset)

    @cached_property
    def book(self) -> Book:
        return Book(self.rows, self.rule)

    @cached_property
    def flows(self) -> dict[int, str]:
        """Flow names by number."""
        return flow_names(self.rows)

    @cached_property
    def number(self) -> int:
        """The number of the flow that was asked for; -1 of one that nobody entered."""
        return next((one for one, name in self.flows.items() if name == self.flow), -1)

    def title(self, flow: str) -> str:
        program = self.programs.get(flow)
        return program.title if program is not None else flow

    def sums(self, *by: str, kinds: Collection[str], before: bool = False) -> Sums:
        """Figures of the time (or of the one before), of the flow and version if one was asked."""
        time = self.period.before if before else self.period
        return self.book.sums(
            by,
            time.span,
            kinds=kinds,
            flow=self.number if self.flow else None,
            version=self.version,
        )
