"""Who may write when several processes are on one database (decision 47).

Two locks of the server. `NODES` is held by every process as long as its session lives: so it is
known who is there. `TURN` is taken at the beginning of each transaction and goes with it: alone by
whatever may touch anything, together by transactions that keep to the shards they have locked.
Nobody's clock and no lease is involved: what a process does without its locks cannot be committed,
for the locks and the transaction belong to one session and end with it.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import Cursor

from engine.logs import logger
from engine.store.connection import Row
from engine.store.sessions import WORKS

STUCK_SECONDS: Final = 10
"""So long a transaction over shards may keep others from writing; then its session is ended. A
batch is made to take a second or two; a process that was stopped, or that is cut off, never ends.
"""
STUCK_ALONE_SECONDS: Final = 60
"""The same for what a worker writes alone. Whoever holds the database is not ended: nobody else
would do its work.
"""
_NODES: Final = "1751998066, hashtext(current_schema())"
_TURN: Final = "1751998065, hashtext(current_schema())"
_HELD: Final = (
    "from pg_locks l join pg_stat_activity a on a.pid = l.pid"
    " where l.locktype = 'advisory' and l.classid = {lock}"
    " and l.objid::bigint = hashtext(current_schema())::bigint & 4294967295"
    " and l.database = (select oid from pg_database where datname = current_database())"
)
_OF_NODES: Final = _HELD.format(lock=1751998066) + " and l.granted"
NAMES: Final = f"select a.application_name {_OF_NODES} order by 1"
"""What the processes on this database are called (`engine.store.sessions`)."""
_OF_TURNS: Final = _HELD.format(lock=1751998065)

# In one message to the server. The sum grows with each transaction over shards, and with each that
# another process than the holder has written alone: where it has not, nobody else has written since
# the holder's own last transaction.
_ALONE: Final = (
    f"begin; set local lock_timeout = '{STUCK_SECONDS}s'; select pg_advisory_xact_lock({_TURN});"
    " set local lock_timeout = 0; select (select sum(turn) from shard)"
    " + (select coalesce(max(next), 0) from number_block where name = 'written alone')"
)
_TOGETHER: Final = (
    f"begin; set local lock_timeout = '{STUCK_SECONDS}s';"
    f" select pg_advisory_xact_lock_shared({_TURN}); set local lock_timeout = 0; select -1"
)
_RESERVE: Final = (
    "insert into number_block as b (name, next) values ($1, {newest} + 1 + $2)"
    " on conflict (name) do update set next = greatest(b.next, {newest} + 1) + $2 returning next"
)

_log = logger(__name__)


def be_a_node(connection: psycopg.Connection[Row]) -> None:
    """From now on, as long as this session lives, others know that it is there."""
    connection.execute(f"select pg_advisory_lock_shared({_NODES})".encode())


def keep_turn(connection: psycopg.Connection[Row]) -> None:
    """Keep everybody from writing as long as this session lives, or until `give_turn`.

    Raises:
        psycopg.errors.LockNotAvailable: somebody writes for longer than the session waits.
    """
    connection.execute(f"set lock_timeout = '{STUCK_SECONDS}s'".encode())
    try:
        connection.execute(f"select pg_advisory_lock({_TURN})".encode())
    finally:
        connection.execute(b"set lock_timeout = 0")


def give_turn(connection: psycopg.Connection[Row]) -> None:
    """Let others write again."""
    connection.execute(f"select pg_advisory_unlock({_TURN})".encode())


def begin(cursor: Cursor[Row], *, together: bool) -> int:
    """Begin a transaction when it is its turn; a number that grows with what others write.

    Raises:
        psycopg.errors.LockNotAvailable: somebody has kept it from its turn for too long.
    """
    cursor.execute((_TOGETHER if together else _ALONE).encode(), prepare=False)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return 0 if row is None else int(row[0])


def tell_of_writing(cursor: Cursor[Row]) -> None:
    """Let the number grow that `begin` gives to others: this transaction writes, alone."""
    # Not a shard's turn: that one would be the last to be taken from then on.
    cursor.execute(
        b"insert into number_block as b (name, next) values ('written alone', 1)"
        b" on conflict (name) do update set next = b.next + 1"
    )


def somebody_waits(cursor: Cursor[Row]) -> bool:
    """Whether anybody waits to write."""
    row = cursor.execute(f"select 1 {_OF_TURNS} and not l.granted limit 1".encode()).fetchone()
    return row is not None


def end_the_stuck(connection: psycopg.Connection[Row]) -> None:
    """End the sessions whose transaction over shards has lasted for too long."""
    stuck = connection.execute(
        f"select l.pid, a.application_name {_OF_TURNS} and l.granted"
        f" and a.xact_start < clock_timestamp() - (case when l.mode = 'ShareLock'"
        f" then {STUCK_SECONDS} when a.application_name like '{WORKS}%'"
        f" then {STUCK_ALONE_SECONDS} end) * interval '1 s'".encode()
    ).fetchall()
    for process, name in stuck:
        connection.execute(b"select pg_terminate_backend($1::int)", (process,))
        _log.warning("ended a session that kept others from writing", session=name)


def reserve(
    connection: psycopg.Connection[Row], table: str, count: int, floor: int, *, again: bool
) -> int:
    """Take `count` numbers of a table out of everybody's reach; the first of them.

    `connection` commits by itself: a number that was given is never given again, whatever becomes
    of it. The caller's transaction has begun: so they are higher than all that was written alone.

    That is looked up unless it does so `again`: nobody has written alone since. It is dear where
    others are at work, for the server steps over each row that they have not committed yet.
    """
    newest = f"greatest((select coalesce(max(id), 0) from {table}), {floor})"
    if again:
        newest = str(floor)
    sql = _RESERVE.format(newest=newest)
    ((following,),) = connection.execute(sql.encode(), (table, count)).fetchall()
    return int(following) - count
