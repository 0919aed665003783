"""Publications and the versions of flows that they brought."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def any_there(rows: Rows) -> bool:
    """Whether anything was ever published."""
    return rows.row("select 1 from publication limit 1") is not None


def newest(rows: Rows) -> tuple[Any, Any] | None:
    """What was published last: packed flows and messages."""
    row = rows.row(
        "select sources, messages from publication order by published_at desc, id desc limit 1"
    )
    return None if row is None else (row[0], row[1])


def last_at(rows: Rows) -> Instant:
    """When something was published last, 0 for never."""
    row = rows.row("select coalesce(max(published_at), 0) from publication")
    return 0 if row is None else int(row[0])


def sources(rows: Rows, publication: int) -> Row | None:
    """Packed flows and messages of one."""
    return rows.row("select sources, messages from publication where id = ?", (publication,))


def sources_of(rows: Rows, flow: str, number: int) -> Row | None:
    """Packed flows and messages that a version came with."""
    return rows.row(
        "select p.sources, p.messages from flow_version v join publication p"
        " on p.id = v.publication where v.flow = ? and v.number = ?",
        (flow, number),
    )


def all_of(rows: Rows, flow: str) -> list[Row]:
    """All that brought a version of a flow, oldest first: packed flows and messages."""
    return [
        row[1:]
        for row in rows.rows(
            "select distinct p.id, p.sources, p.messages from publication p"
            " join flow_version v on v.publication = p.id where v.flow = ? order by p.id",
            (flow,),
        )
    ]


def publication_of(rows: Rows, flow: str, number: int | None) -> int | None:
    """Which one brought a version, or the live one for None."""
    row = rows.row(
        "select publication from flow_version where flow = ? and "
        + ("live" if number is None else "number = ?"),
        (flow,) if number is None else (flow, number),
    )
    return None if row is None else int(row[0])


def live(rows: Rows) -> dict[str, tuple[int, str]]:
    """The live version of each flow, with its hash."""
    return {
        flow: (number, digest)
        for flow, number, digest in rows.rows(
            "select flow, number, hash from flow_version where live"
        )
    }


def numbers(rows: Rows) -> dict[str, int]:
    """The highest number of each flow's versions."""
    return dict(rows.rows("select flow, max(number) from flow_version group by flow"))


def versions(rows: Rows, flow: str) -> list[Row]:
    """The versions of a flow, newest first: number, when, whether live, author."""
    return rows.rows(
        "select number, published_at, live, author from flow_version where flow = ?"
        " order by number desc",
        (flow,),
    )


def add(
    transaction: Transaction, digest: str, flows: bytes, messages: bytes, now: Instant, author: str
) -> int:
    """Keep what is published, once however often it is; its number."""
    (latest,) = transaction.rows("select coalesce(max(published_at), 0) from publication")[0]
    now = max(now, latest + 1)  # the newest is what is live, also where a clock was set back
    row = transaction.row("select id from publication where hash = ?", (digest,))
    if row is not None:
        transaction.execute("update publication set published_at = ? where id = ?", (now, row[0]))
        return int(row[0])
    number = transaction.number("publication")
    transaction.execute(
        "insert into publication (id, hash, sources, messages, published_at, author)"
        " values (?, ?, ?, ?, ?, ?)",
        (number, digest, flows, messages, now, author),
    )
    return number


def add_version(
    transaction: Transaction,
    flow: str,
    number: int,
    digest: str,
    publication: int,
    now: Instant,
    author: str,
) -> None:
    """Make a new version the live one."""
    take_off(transaction, [flow])
    transaction.execute(
        "insert into flow_version"
        " (id, flow, number, hash, publication, published_at, live, author)"
        " values (?, ?, ?, ?, ?, ?, true, ?)",
        (transaction.number("flow_version"), flow, number, digest, publication, now, author),
    )


def take_off(transaction: Transaction, flows: Iterable[str]) -> None:
    """Let no version of these flows be live."""
    transaction.executemany(
        "update flow_version set live = false where flow = ?", [(flow,) for flow in flows]
    )
