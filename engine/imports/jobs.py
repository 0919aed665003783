"""How far an import has come: kept in the transaction that stores its rows.

A file is known by its content. So an import that was killed goes on behind its last group, one
that is finished changes nothing when it is run again, and a file that was corrected is a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from engine.core.model import Instant
from engine.core.values import Types
from engine.errors import RefusedError
from engine.imports.groups import Group, Kind, Row, mark_of, store
from engine.store import import_jobs, products
from engine.store.writer import Transaction

MAX_WARNINGS: Final = 50


class ImportMovedError(RefusedError):
    """Another process imports the same file at this moment."""


class Rejection(NamedTuple):
    """A row that was not taken: its ordinal in the file (from 0), its line, and why."""

    number: int
    line: int
    reason: str


class Job(NamedTuple):
    """An import as it stands."""

    id: int
    position: int
    rejections: list[Rejection]
    warnings: dict[str, int]
    finished_at: Instant | None


def begin(
    transaction: Transaction, kind: Kind, digest: str, name: str, now: Instant, *, again: bool
) -> Job:
    """The import of this content: a new one, or what stands of an earlier one.

    `again` starts a finished one anew; so does a sale that has begun or ended since.
    """
    found = import_jobs.by_content(transaction, kind, digest)
    if found is not None and found[3] is not None and (again or _has_changed(found[4], now)):
        import_jobs.forget(transaction, found[0])
        found = None
    if found is None:
        number = import_jobs.add(transaction, kind, digest, name, now)
        return Job(number, 0, [], {}, None)
    number, position, warnings, finished_at, _ = found
    return Job(
        number, position, rejections(transaction, number), orjson.loads(warnings), finished_at
    )


def _has_changed(next_change: Instant | None, now: Instant) -> bool:
    return next_change is not None and next_change <= now


def rejections(transaction: Transaction, job: int) -> list[Rejection]:
    """What was not taken so far, in the order of the file."""
    return [Rejection(*row) for row in import_jobs.rejections(transaction, job)]


def advance(
    transaction: Transaction,
    job: int,
    position: int,
    rows: Sequence[Row],
    *,
    types: Types,
    now: Instant,
    complete: bool = False,
) -> list[Rejection]:
    """Store the rows that stand at `position`, and that they are stored.

    Raises:
        ImportMovedError: they are not the next ones.
    """
    found = import_jobs.read(transaction, job)
    if found is None or found[3] != position or found[6] is not None:
        raise ImportMovedError("another process imports this file; let it finish, then run again")
    kind, name, digest, _, before, started_at, _, next_change = found
    group = Group(types, now, source=f"import of {name}", mark=mark_of(kind, digest, started_at))
    group.warnings = Counter(orjson.loads(before))
    reasons = store(transaction, kind, rows, group)
    rejected = [
        Rejection(position + index, rows[index][0], reason)
        for index, reason in sorted(reasons.items())
    ]
    import_jobs.reject(transaction, job, rejected)
    if complete:
        import_jobs.see(transaction, job, dict.fromkeys(group.seen))
    import_jobs.reach(
        transaction,
        job,
        position + len(rows),
        orjson.dumps(dict(group.warnings.most_common(MAX_WARNINGS))),
        min((at for at in (next_change, *group.changes) if at is not None), default=None),
    )
    return rejected


def finish(
    transaction: Transaction, job: int, now: Instant, *, complete: bool = False
) -> dict[str, Any]:
    """The file has been read to its end. `complete`: products that it did not name are taken away.

    A feed that names nothing takes nothing away: that is a broken feed, not an empty shop.
    """
    gone = 0
    if complete:
        gone = products.take_away(transaction, import_jobs.unseen(transaction, job), now)
    import_jobs.finish(transaction, job, now)
    row = import_jobs.read(transaction, job)
    assert row is not None
    if row[0] == "products":
        # A catalogue that goes back to what it was must be read again, not known as finished.
        for other in import_jobs.of_products(transaction, job):
            import_jobs.forget(transaction, other)
    return {"unavailable": gone, "warnings": orjson.loads(row[4])}
