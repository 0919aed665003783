"""Who may sign in to the editor."""

from __future__ import annotations

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def add(transaction: Transaction, email: str, password: str, role: str, at: Instant) -> None:
    """`password` is its hash."""
    transaction.execute(
        "insert into admin_user (email, password, role, created_at, sessions_from)"
        " values (?, ?, ?, ?, ?)",
        (email, password, role, at, at),
    )


def any_there(rows: Rows) -> bool:
    return rows.row("select 1 from admin_user") is not None


def find(rows: Rows, email: str) -> Row | None:
    """Number, address, role, from when on sessions count, the password's hash."""
    return rows.row(
        "select id, email, role, sessions_from, password from admin_user where email = ?", (email,)
    )


def change_password(transaction: Transaction, email: str, password: str, at: Instant) -> None:
    """`password` is its hash; sessions that began before `at` end."""
    transaction.execute(
        "update admin_user set password = ?, sessions_from = ? where email = ?",
        (password, at, email),
    )


def change_role(transaction: Transaction, email: str, role: str) -> None:
    transaction.execute("update admin_user set role = ? where email = ?", (role, email))


def change_address(transaction: Transaction, email: str, to: str) -> None:
    transaction.execute("update admin_user set email = ? where email = ?", (to, email))


def end_sessions(transaction: Transaction, email: str, at: Instant) -> None:
    """Sessions that began before `at` end."""
    transaction.execute("update admin_user set sessions_from = ? where email = ?", (at, email))


def remove(transaction: Transaction, email: str) -> None:
    transaction.execute("delete from admin_user where email = ?", (email,))


def everybody(rows: Rows) -> list[Row]:
    """Address, role, since when and the password's hash, in the order in which they were added."""
    return rows.rows("select email, role, created_at, password from admin_user order by id")
