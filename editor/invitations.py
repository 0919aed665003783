"""Links by which somebody chooses a password: an invitation, or a way back in.

A link names the user and the moment from which their sessions count, signed. To choose a password
moves that moment, so a link works once; so does any link that is older than another's use.
"""

from __future__ import annotations

from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from editor.users import User, find_user
from engine.core.model import Instant
from engine.store.rows import Rows

DAYS: Final = 7
"""How long a link works."""
_MILLISECONDS: Final = DAYS * 24 * 3600 * 1000


def link_for(user: User, secret: str, at: Instant) -> str:
    """The token of a link for this user, made at this moment (milliseconds, UTC)."""
    return str(_signer(secret).dumps([user.email, user.sessions_from, at]))


def invited(rows: Rows, token: str, secret: str, at: Instant) -> User | None:
    """Whose link this is; None for one that is not ours, was used, or is older than `DAYS`."""
    try:
        said = _signer(secret).loads(token)
    except BadData:
        return None
    email, sessions_from, made = said
    user = find_user(rows, email)
    fresh = at - made < _MILLISECONDS
    return user if user is not None and fresh and user.sessions_from == sessions_from else None


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="invitation")
