"""Who may see and do what: sessions, roles and the token of each form."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import Form, HTTPException, Request

from editor.language import _
from editor.running import running
from editor.security import csrf_fits
from editor.users import User, find_user

ADMINS: Final = frozenset({"admin"})
DEVELOPERS: Final = ADMINS | {"developer"}
MARKETERS: Final = DEVELOPERS | {"marketer"}


def signed_in(request: Request) -> User | None:
    """The user of this session; in the demo everybody may look. Else off to the sign-in page.

    Raises:
        HTTPException: 303 to the sign-in page.
    """
    user = signed_in_as(request)
    if user is None and request.app.state.demo is None:
        raise HTTPException(303, headers={"Location": "/sign-in"})
    request.state.user = user
    return user


def author(request: Request, roles: frozenset[str], otherwise: str) -> str:
    """Who acts, for the record; in the demo everybody may.

    Raises:
        HTTPException: 403 in the words of `otherwise`, for somebody of another role.
    """
    user = request.state.user
    if user is None:
        return "demo"
    if user.role not in roles:
        raise HTTPException(403, otherwise)
    return str(user.email)


def person(request: Request) -> str:
    """Whose drafts these are: the user's address, in the demo an id that the session keeps.

    Raises:
        HTTPException: 303 to the sign-in page, where nobody is signed in.
    """
    user = signed_in(request)
    if user is not None:
        return user.email
    kept = request.session.get("person")
    if not isinstance(kept, str):
        kept = request.session["person"] = f"demo {secrets.token_urlsafe(12)}"
    return kept


def may(request: Request, roles: frozenset[str]) -> bool:
    """Whether whoever looks at a page could do what takes one of these roles; never raises."""
    user: User | None = getattr(request.state, "user", None)
    if user is None:
        return request.app.state.demo is not None
    return user.role in roles


async def own_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Every form that changes something carries the token of its session.

    Raises:
        HTTPException: 403 without.
    """
    if not csrf_fits(request, csrf):
        raise HTTPException(403, _("This form is too old. Open the page again."))


def signed_in_as(request: Request) -> User | None:
    """The user of this session, None for nobody's."""
    email, since = request.session.get("email"), request.session.get("since", 0)
    if not email:
        return None
    with running(request).database.reader() as reader:
        user = find_user(reader, str(email))
    return user if user is not None and since >= user.sessions_from else None
