"""Who may sign in: roles, passwords (argon2id) and the one-time link of the first start."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.core.model import Instant
from engine.errors import RefusedError
from engine.settings import Settings
from engine.store import admin_users, settings_rows
from engine.store.rows import Rows
from engine.store.writer import Transaction

if TYPE_CHECKING:
    from pwdlib import PasswordHash

ROLES: Final = ("viewer", "marketer", "developer", "admin")
NAMELESS: Final = "admin@localhost"
"""The first admin, until they have said who they are."""
_LINK = "first_sign_in"
_NONE_YET = ""
"""What stands for the password of somebody who has chosen none yet; nothing fits it."""
_SHORTEST = 10
LONGEST: Final = 256
"""Characters of a password; what is longer is not looked at."""


class UserRefusedError(RefusedError):
    """The user was not added; the text says why."""


class User(NamedTuple):
    id: int
    email: str
    role: str
    sessions_from: Instant


def add_user(
    transaction: Transaction, email: str, password: str, role: str, at: Instant = 0
) -> None:
    """Add somebody.

    Raises:
        UserRefusedError: no address, a short password, or there already is somebody of that name.
    """
    email = _free_address(transaction, email)
    _check_length(password)
    admin_users.add(transaction, email, _hasher().hash(password), role, at)


def invite(transaction: Transaction, email: str, role: str, at: Instant) -> User:
    """Add somebody who chooses a password by a link (`editor.invitations`).

    Raises:
        UserRefusedError: no address, no such role, or there already is somebody of that name.
    """
    email = _free_address(transaction, email)
    _check_role(role)
    admin_users.add(transaction, email, _NONE_YET, role, at)
    return _there(transaction, email)


def change_role(transaction: Transaction, email: str, role: str) -> None:
    """Let somebody do more, or less, from the next page on.

    Raises:
        UserRefusedError: there is nobody of that name, no such role, or nobody else is an admin.
    """
    user = _there(transaction, email)
    _check_role(role)
    if role != "admin":
        _keep_an_admin(transaction, user)
    admin_users.change_role(transaction, user.email, role)


def change_address(transaction: Transaction, email: str, to: str) -> User:
    """Give somebody another address to sign in with.

    Raises:
        UserRefusedError: there is nobody of that name, `to` is no address or another's.
    """
    user = _there(transaction, email)
    to = _free_address(transaction, to)
    admin_users.change_address(transaction, user.email, to)
    return _there(transaction, to)


def change_password(transaction: Transaction, email: str, password: str, at: Instant) -> None:
    """Give somebody another password, which ends their sessions.

    Raises:
        UserRefusedError: there is nobody of that name, or the password is short.
    """
    user = _there(transaction, email)
    _check_length(password)
    hashed = _hasher().hash(password)
    admin_users.change_password(transaction, user.email, hashed, _after(user, at))


def remove_user(transaction: Transaction, email: str) -> None:
    """Let somebody sign in no more; their sessions end.

    Raises:
        UserRefusedError: there is nobody of that name, or nobody else is an admin.
    """
    user = _there(transaction, email)
    _keep_an_admin(transaction, user)
    admin_users.remove(transaction, user.email)


def end_sessions(transaction: Transaction, email: str, at: Instant) -> None:
    """End all sessions of somebody, on every device."""
    user = find_user(transaction, email)
    if user is not None:
        admin_users.end_sessions(transaction, user.email, _after(user, at))


def _after(user: User, at: Instant) -> Instant:
    """A moment after all sessions that there are, also where the clock stands still."""
    return max(user.sessions_from, at) + 1


def _there(transaction: Transaction, email: str) -> User:
    user = find_user(transaction, email.strip().lower())
    if user is None:
        raise UserRefusedError(f"there is no user {email}")
    return user


def _free_address(rows: Rows, email: str) -> str:
    email = email.replace("\0", "").strip().lower()
    name, _, host = email.partition("@")
    if not name or not host or "@" in host or len(email) > LONGEST or set(email) & set(" \t\r\n"):
        raise UserRefusedError(f"{email!r} is no e-mail address")
    if admin_users.find(rows, email):
        raise UserRefusedError(f"{email} is a user already")
    return email


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise UserRefusedError(f"there is no role {role}; choose one of {', '.join(ROLES)}")


def _keep_an_admin(rows: Rows, user: User) -> None:
    others = [one for one in admin_users.everybody(rows) if one[0] != user.email]
    if user.role == "admin" and not any(one[1] == "admin" for one in others):
        raise UserRefusedError(f"{user.email} is the only admin; add another one first")


def _check_length(password: str) -> None:
    if not _SHORTEST <= len(password) <= LONGEST:
        raise UserRefusedError(f"a password has {_SHORTEST} to {LONGEST} characters")


def first_sign_in(transaction: Transaction, settings: Settings, at: Instant) -> str | None:
    """Make the admin of the settings, or a one-time link where nobody can sign in yet.

    Returns the link's token, None when somebody can sign in.
    """
    if admin_users.any_there(transaction):
        return None
    if settings.admin_email and settings.admin_password is not None:
        add_user(
            transaction,
            settings.admin_email,
            settings.admin_password.get_secret_value(),
            "admin",
            at,
        )
        return None
    token = secrets.token_urlsafe(24)
    settings_rows.keep(transaction, _LINK, _digest(token))
    return token


def use_link(transaction: Transaction, token: str, at: Instant) -> User | None:
    """Make the first admin of whoever holds the one-time link; the link works once."""
    kept = settings_rows.read(transaction, _LINK)
    if not kept or not hmac.compare_digest(kept, _digest(token)):
        return None
    settings_rows.forget(transaction, _LINK)
    admin_users.add(transaction, NAMELESS, _NONE_YET, "admin", at)
    return find_user(transaction, NAMELESS)


def has_password(rows: Rows, email: str) -> bool:
    """Whether somebody has chosen a password."""
    row = admin_users.find(rows, email)
    return row is not None and row[4] != _NONE_YET


def check_password(rows: Rows, email: str, password: str) -> User | None:
    """The user, None when address or password is wrong; both take as long to find out."""
    row = admin_users.find(rows, email.replace("\0", "").strip().lower())
    stored = str(row[4]) if row is not None and row[4] != _NONE_YET else _nobody()
    fits = _hasher().verify(password, stored)
    return User(*row[:4]) if row is not None and fits else None


def find_user(rows: Rows, email: str) -> User | None:
    row = admin_users.find(rows, email)
    return User(*row[:4]) if row is not None else None


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
