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
from engine.store import products
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
    found = transaction.row(
        "select id, position, warnings, finished_at, next_change from import_job"
        " where kind = ? and digest = ?",
        (kind, digest),
    )
    if found is not None and found[3] is not None and (again or _has_changed(found[4], now)):
        _forget(transaction, found[0])
        found = None
    if found is None:
        number = transaction.number("import_job")
        transaction.execute(
            "insert into import_job (id, kind, digest, name, position, warnings, started_at)"
            " values (?, ?, ?, ?, 0, ?, ?)",
            (number, kind, digest, name, b"{}", now),
        )
        return Job(number, 0, [], {}, None)
    number, position, warnings, finished_at, _ = found
    return Job(
        number, position, rejections(transaction, number), orjson.loads(warnings), finished_at
    )


def _has_changed(next_change: Instant | None, now: Instant) -> bool:
    return next_change is not None and next_change <= now


def rejections(transaction: Transaction, job: int) -> list[Rejection]:
    """What was not taken so far, in the order of the file."""
    return [
        Rejection(*row)
        for row in transaction.rows(
            "select number, line, reason from import_rejection where job = ? order by number",
            (job,),
        )
    ]


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
    found = transaction.row(
        "select kind, name, digest, position, warnings, started_at, finished_at, next_change"
        " from import_job where id = ?",
        (job,),
    )
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
    transaction.executemany(
        "insert into import_rejection (job, number, line, reason) values (?, ?, ?, ?)",
        [(job, *each) for each in rejected],
    )
    if complete:
        transaction.executemany(
            "insert into import_seen (job, product) values (?, ?)"
            " on conflict (job, product) do nothing",
            [(job, product) for product in dict.fromkeys(group.seen)],
        )
    transaction.execute(
        "update import_job set position = ?, warnings = ?, next_change = ? where id = ?",
        (
            position + len(rows),
            orjson.dumps(dict(group.warnings.most_common(MAX_WARNINGS))),
            min((at for at in (next_change, *group.changes) if at is not None), default=None),
            job,
        ),
    )
    return rejected


def finish(
    transaction: Transaction, job: int, now: Instant, *, complete: bool = False
) -> dict[str, Any]:
    """The file has been read to its end. `complete`: products that it did not name are taken away.

    A feed that names nothing takes nothing away: that is a broken feed, not an empty shop.
    """
    gone = 0
    if complete and transaction.row("select 1 from import_seen where job = ? limit 1", (job,)):
        missing = transaction.rows(
            "select id from product where not exists (select 1 from import_seen"
            " where import_seen.job = ? and import_seen.product = product.id)"
            " and not exists (select 1 from product variant where variant.parent = product.id)"
            " order by id",
            (job,),
        )
        gone = products.take_away(transaction, [row[0] for row in missing], now)
    transaction.execute("delete from import_seen where job = ?", (job,))
    transaction.execute("update import_job set finished_at = ? where id = ?", (now, job))
    row = transaction.row("select kind, warnings from import_job where id = ?", (job,))
    assert row is not None
    if row[0] == "products":
        # A catalogue that goes back to what it was must be read again, not known as finished.
        for (other,) in transaction.rows(
            "select id from import_job where kind = 'products' and id <> ?", (job,)
        ):
            _forget(transaction, other)
    return {"unavailable": gone, "warnings": orjson.loads(row[1])}


def _forget(transaction: Transaction, job: int) -> None:
    for table in ("import_rejection", "import_seen"):
        transaction.execute(f"delete from {table} where job = ?", (job,))
    transaction.execute("delete from import_job where id = ?", (job,))
