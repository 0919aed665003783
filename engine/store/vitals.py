"""How a database is: what waits in it, since when, and what failed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.model import Instant
from engine.store import pending as waiting
from engine.store import publications, settings_rows
from engine.store.rows import Rows

_DUE = "select min(wake_at) from run where wake_at is not null and wake_at <= ?"
_READY = "select min(due_at) from intent where state = 'ready' and due_at <= ?"


@dataclass(frozen=True, slots=True)
class Vitals:
    """Moments are of the oldest row of its kind, None where there is none.

    `pending` events wait to be applied, `due` runs should have gone on, `ready` messages should
    have gone out. `newest_event` is when the newest event was received. `failures` are events and
    runs that were set aside, `dead` messages that failed for good, `unknown` those of which nobody
    knows whether they went out. `paused` says why nothing moves, "" where everything does.
    """

    paused: str
    published: bool
    pending: Instant | None
    due: Instant | None
    ready: Instant | None
    newest_event: Instant | None
    failures: int
    dead: int
    unknown: int
    keys: int
    users: int


def read_vitals(rows: Rows, now: Instant) -> Vitals:
    """Look at a database. Every question is answered by an index or a small table."""

    def number(sql: str, *values: object) -> int | None:
        return _number(rows, sql, *values)

    return Vitals(
        paused=settings_rows.read(rows, "paused"),
        published=publications.any_there(rows),
        pending=waiting.oldest_at(rows),
        due=number(_DUE, now),
        ready=number(_READY, now),
        newest_event=number("select received_at from event where id = (select max(id) from event)"),
        failures=number("select count(*) from failure") or 0,
        dead=number("select count(*) from intent where state = 'failed'") or 0,
        unknown=number("select count(*) from intent where state = 'unknown'") or 0,
        keys=number("select count(*) from api_key where revoked_at is null") or 0,
        users=number("select count(*) from admin_user") or 0,
    )


@dataclass(frozen=True, slots=True)
class Ages:
    """How long the oldest of its kind has been waiting, in milliseconds; 0 where none waits."""

    pending: Instant
    due: Instant
    ready: Instant


def read_ages(rows: Rows, now: Instant) -> Ages:
    """Each is answered by an index."""

    def age(since: Instant | None) -> Instant:
        return 0 if since is None else max(0, now - since)

    return Ages(
        age(waiting.oldest_at(rows)), age(_number(rows, _DUE, now)), age(_number(rows, _READY, now))
    )


def _number(rows: Rows, sql: str, *values: object) -> int | None:
    row = rows.row(sql, values)
    return None if row is None or row[0] is None else int(row[0])


def revisions(rows: Rows) -> tuple[str, ...]:
    """The revision of the database, and the newest that this Headrace knows."""
    from engine.store.migrations.run import newest_revision

    row = rows.row("select version_num from alembic_version")
    return ("" if row is None else str(row[0]), newest_revision())


def server_time(rows: Rows) -> Instant:
    """What a PostgreSQL server takes the time to be."""
    row = rows.row("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)")
    assert row is not None
    return int(row[0])
