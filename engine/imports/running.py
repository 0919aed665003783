"""From a file to the store: reads rows, hands them on in groups, writes down what was not taken."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, Self

from engine.imports import headings, suppressions
from engine.imports.columns import Contents, Unit, adapter
from engine.imports.groups import Kind, Row
from engine.imports.jobs import Job, Rejection
from engine.imports.json_rows import json_items, json_lines
from engine.imports.reading import Csv, UnreadableFileError, look_at
from engine.intake.cells import harmless

GROUP: Final = 2_000
"""Rows that are stored in one transaction; a broken-off import goes on behind the last group."""
GROUP_CELLS: Final = 8_000_000
"""Characters of a group, roughly: rows may be long."""
MAX_SKIPPED: Final = 1_000
"""Rejected rows that a report lists; the file of rejected rows has them all."""


class ImportTarget(Protocol):
    """Where an import is stored: here, or by the server that owns the folder."""

    def begin(self, kind: Kind, digest: str, name: str, *, again: bool) -> Job: ...

    def advance(
        self, job: int, position: int, rows: Sequence[Row], *, complete: bool
    ) -> list[Rejection]: ...

    def finish(self, job: int, *, complete: bool) -> dict[str, Any]: ...


@dataclass(slots=True)
class Plan:
    """What is to be imported, and how."""

    kind: Kind
    path: Path
    name: str = ""  # what reports and proofs call the file
    rejected: Path | None = None
    encoding: str = ""
    form: str = "auto"  # auto, google, shopify, json
    complete: bool = False
    again: bool = False


@dataclass(slots=True)
class Report:
    """What an import did, with the runs that it went on from."""

    read: int = 0
    rejected: int = 0
    skipped: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    resumed_from: int = 0
    finished_before: bool = False
    unavailable: int = 0
    rejected_file: str = ""
    form: str = ""

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "read": self.read,
            "written": 0 if self.finished_before else self.read - self.rejected,
            "skipped": self.skipped,
            "rejected": self.rejected,
            "rejected_file": self.rejected_file or None,
            "warnings": self.warnings,
            "resumed_from": self.resumed_from,
            "finished_before": self.finished_before,
            "form": self.form,
        }
        return told | ({"unavailable": self.unavailable} if self.unavailable else {})


def open_file(plan: Plan) -> Contents:
    """Look at a file and make its rows ready to be read.

    Raises:
        UnreadableFileError: it cannot be imported as a whole.
    """
    found = look_at(plan.path, plan.encoding)
    if plan.kind == "products":
        from engine.imports.feeds.opening import open_feed

        return open_feed(found, plan.form)
    if found.shape == "empty":
        return Contents(found, "empty", [], iter(()))
    if found.shape == "xml":
        raise UnreadableFileError(f"{plan.path} is XML; {plan.kind} come as CSV or JSON lines")
    if found.shape == "csv":
        table = Csv(found)
        _must_say_who(plan, table.columns)
        form, adapt = adapter(plan.kind, table.columns)
        return Contents(found, form, table.columns, adapt(table))
    rows = json_lines(found) if found.shape == "jsonl" else json_items(found)
    units = (Unit(row.line, row.reason or row.told, [row]) for row in rows)
    return Contents(found, "headrace", ["row"], units)


_WHO: Final = {
    "customers": ("id", "email", "user_id", "customer_id", "customer", "phone"),
    "orders": ("order_id", "order", "order_number", "name", "id", "transaction_id"),
    "events": ("event",),
    "suppressions": suppressions.WHO,
}


def _must_say_who(plan: Plan, columns: Sequence[str]) -> None:
    known = _WHO.get(plan.kind, ())
    names = {headings.plain(name) for name in columns}
    if known and not names & {*known, "anonymous_id"}:
        shown = ", ".join(columns[:8]) + (", .." if len(columns) > 8 else "")
        raise UnreadableFileError(
            f"{plan.path}: the heading names no column {' or '.join(known[:2])} (it has: {shown})"
        )


def run(plan: Plan, desk: ImportTarget, moved: Callable[[int], object] = lambda _: None) -> Report:
    """Import a file, from where an earlier run of the same content ended.

    `moved` is told how far it has come, in lines.

    Raises:
        UnreadableFileError: the file cannot be imported as a whole.
    """
    contents = open_file(plan)
    name = plan.name or plan.path.name
    about = "\n".join((contents.found.digest, plan.kind, contents.form, str(plan.complete)))
    digest = hashlib.sha256(about.encode()).hexdigest()
    job = desk.begin(plan.kind, digest, name, again=plan.again)
    report = Report(resumed_from=job.position, form=contents.form)
    report.finished_before = job.finished_at is not None
    target = plan.rejected or Path(f"{plan.path}.rejected.csv")
    with Rejected(target, contents.columns) as rejected:
        _read_all(contents, plan, desk, job, report, rejected, moved)
        if not report.finished_before:
            done = desk.finish(job.id, complete=plan.complete)
            report.unavailable = done["unavailable"]
            report.warnings = done["warnings"]
        else:
            report.resumed_from = 0
            report.warnings = job.warnings
    report.rejected_file = str(target) if report.rejected else ""
    return report


def _read_all(
    contents: Contents,
    plan: Plan,
    desk: ImportTarget,
    job: Job,
    report: Report,
    rejected: Rejected,
    moved: Callable[[int], object],
) -> None:
    known = {each.number: each.reason for each in job.rejections}
    group: list[Unit] = []
    size, position = 0, job.position

    def hand_over() -> None:
        nonlocal group, size, position
        rows: list[Row] = [(unit.line, unit.told) for unit in group]
        for number, _, reason in desk.advance(job.id, position, rows, complete=plan.complete):
            _reject(report, rejected, group[number - position], reason)
        position += len(group)
        moved(group[-1].line)
        group, size = [], 0

    for number, unit in enumerate(contents.units):
        report.read += 1
        if number < job.position:
            if number in known:
                _reject(report, rejected, unit, known[number])
            continue
        group.append(unit)
        size += sum(len(cell) for row in unit.rows for cell in row.cells)
        if len(group) == GROUP or size > GROUP_CELLS:
            hand_over()
    if group:
        hand_over()


def _reject(report: Report, rejected: Rejected, unit: Unit, reason: str) -> None:
    report.rejected += 1
    if len(report.skipped) < MAX_SKIPPED:
        report.skipped.append({"line": unit.line, "reason": reason})
    rejected.write(unit, reason)


class Rejected:
    """The file of rejected rows: `line`, `reason`, and the row as it stood. Made when one comes."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._columns = columns
        self._file: Any = None
        self._csv: Any = None

    def write(self, unit: Unit, reason: str) -> None:
        if self._file is None:
            try:
                self._file = self._part.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise UnreadableFileError(
                    f"{self._path} cannot be written ({error.strerror}); say --rejected PATH"
                ) from None
            self._csv = csv.writer(self._file)
            self._csv.writerow(["line", "reason", *map(harmless, self._columns)])
        for row in unit.rows:
            self._csv.writerow([row.line, reason, *map(harmless, row.cells)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Only a finished import leaves its file: one that broke off writes it when it goes on."""
        if self._file is not None:
            self._file.close()
            if exception[0] is None:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)
