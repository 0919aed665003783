"""Lines that are due by the calendar, under numbers that outlive edits of their flow.

A line is known again by its text, wherever in the flow it stands. A line whose text is new takes
the place of one that is gone and means the same people (only its time was edited): who has had its
date already does not get it twice. Edited, new and revived lines count from now.
"""

from __future__ import annotations

from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.core.schedules import ScheduleLine
from engine.store import schedule_lines as stored
from engine.store.states import FlowNumbers
from engine.store.writer import Transaction

Lines = dict[tuple[str, int], int]
"""The number of each line, by its flow and its index there."""


def declare_lines(
    transaction: Transaction, deployment: Deployment, flows: FlowNumbers, now: Instant
) -> Lines:
    """Note the lines of what is live now; give their numbers."""
    known: dict[int, dict[str, tuple[int, str, bool]]] = {}
    for number, flow, says, subject, live in stored.all_of(transaction):
        known.setdefault(flow, {})[says] = (number, subject, bool(live))
    lines: Lines = {}
    for name, program in deployment.programs.items():
        if program.schedules:
            before = known.pop(flows.number(transaction, name), {})
            _declare(transaction, name, flows, program.schedules, before, now, lines)
    gone = [number for rows in known.values() for number, _, live in rows.values() if live]
    stored.retire(transaction, gone)
    return lines


def _declare(
    transaction: Transaction,
    flow: str,
    flows: FlowNumbers,
    schedules: tuple[ScheduleLine, ...],
    before: dict[str, tuple[int, str, bool]],
    now: Instant,
    lines: Lines,
) -> None:
    written = {line.says for line in schedules}
    left = [
        (number, subject)
        for says, (number, subject, live) in before.items()
        if live and says not in written
    ]
    numbers: dict[str, int] = {}
    for line in schedules:
        if line.says not in numbers:
            number, _, live = before.get(line.says, (0, "", False))
            if not number:
                number = _place_of(transaction, flows.number(transaction, flow), line, left, now)
            elif not live:
                stored.revive(transaction, number, now)
            numbers[line.says] = number
        lines[flow, line.index] = numbers[line.says]
    stored.retire(transaction, [number for number, _ in left])


def _place_of(
    transaction: Transaction,
    flow: int,
    line: ScheduleLine,
    left: list[tuple[int, str]],
    now: Instant,
) -> int:
    """The number of a line that was edited into this one, else a new number."""
    for place, (number, subject) in enumerate(left):
        if subject == line.subject:
            del left[place]
            stored.edit(transaction, number, line.says, now)
            return number
    return stored.add(transaction, flow, line.says, line.subject, now)
