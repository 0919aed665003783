"""How far each import has come, what it did not take, and what a feed has named so far."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def by_content(rows: Rows, kind: str, digest: str) -> Row | None:
    """Number, position, warnings, when it was finished, when it says something else by itself."""
    return rows.row(
        "select id, position, warnings, finished_at, next_change from import_job"
        " where kind = ? and digest = ?",
        (kind, digest),
    )


def read(rows: Rows, job: int) -> Row | None:
    """Kind, name, digest, position, warnings, beginning, end, next change."""
    return rows.row(
        "select kind, name, digest, position, warnings, started_at, finished_at, next_change"
        " from import_job where id = ?",
        (job,),
    )


def kinds(rows: Rows) -> set[str]:
    """What was ever imported."""
    return {kind for (kind,) in rows.rows("select distinct kind from import_job")}


def add(transaction: Transaction, kind: str, digest: str, name: str, now: Instant) -> int:
    number = transaction.number("import_job")
    transaction.execute(
        "insert into import_job (id, kind, digest, name, position, warnings, started_at)"
        " values (?, ?, ?, ?, 0, ?, ?)",
        (number, kind, digest, name, b"{}", now),
    )
    return number


def reach(
    transaction: Transaction, job: int, position: int, warnings: bytes, next_change: Instant | None
) -> None:
    """Rows up to `position` are stored."""
    transaction.execute(
        "update import_job set position = ?, warnings = ?, next_change = ? where id = ?",
        (position, warnings, next_change, job),
    )


def finish(transaction: Transaction, job: int, now: Instant) -> None:
    """It was read to its end; what it named need not be known any more."""
    transaction.execute("delete from import_seen where job = ?", (job,))
    transaction.execute("update import_job set finished_at = ? where id = ?", (now, job))


def forget(transaction: Transaction, job: int) -> None:
    for table in ("import_rejection", "import_seen"):
        transaction.execute(f"delete from {table} where job = ?", (job,))
    transaction.execute("delete from import_job where id = ?", (job,))


def of_products(rows: Rows, but: int) -> list[int]:
    """All imports of products but one."""
    return [
        job
        for (job,) in rows.rows(
            "select id from import_job where kind = 'products' and id <> ?", (but,)
        )
    ]


def has_changed(rows: Rows, now: Instant) -> bool:
    """Whether any import of products says something else by now, as a sale that has begun."""
    row = rows.row("select 1 from import_job where kind = 'products' and next_change <= ?", (now,))
    return row is not None


def rejections(rows: Rows, job: int) -> list[Row]:
    """What was not taken, in the order of the file: ordinal, line, why."""
    return rows.rows(
        "select number, line, reason from import_rejection where job = ? order by number", (job,)
    )


def reject(transaction: Transaction, job: int, rows: Iterable[tuple[int, int, str]]) -> None:
    transaction.executemany(
        "insert into import_rejection (job, number, line, reason) values (?, ?, ?, ?)",
        [(job, *each) for each in rows],
    )


def see(transaction: Transaction, job: int, products: Iterable[str]) -> None:
    """The feed names these products."""
    transaction.executemany(
        "insert into import_seen (job, product) values (?, ?)"
        " on conflict (job, product) do nothing",
        [(job, product) for product in products],
    )


def unseen(rows: Rows, job: int) -> list[str]:
    """The products that a feed did not name, if it named any; parents follow their variants."""
    if rows.row("select 1 from import_seen where job = ? limit 1", (job,)) is None:
        return []
    return [
        product
        for (product,) in rows.rows(
            "select id from product where not exists (select 1 from import_seen"
            " where import_seen.job = ? and import_seen.product = product.id)"
            " and not exists (select 1 from product variant where variant.parent = product.id)"
            " order by id",
            (job,),
        )
    ]
