"""Who may sign in, for admins; and everybody's own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor import users
from editor.access import ADMINS, author, own_form, signed_in
from editor.attempts import Attempts, BusyError
from editor.invitations import DAYS, invited, link_for
from editor.language import _, noop
from editor.rendering import page
from editor.running import running
from editor.sentences import retold
from editor.users import User, UserRefusedError
from editor.views.sessions import enter
from engine.core.model import Instant
from engine.store import admin_users, audit
from engine.store.audit import Act
from engine.store.secrets import secret_of
from engine.store.writer import Transaction

router = APIRouter(dependencies=[Depends(signed_in)])
public = APIRouter()
"""What an invited person sees before they can sign in."""

_ROLES = {
    "viewer": noop("viewer"),
    "marketer": noop("marketer"),
    "developer": noop("developer"),
    "admin": noop("admin"),
}
_MAY = {
    "viewer": noop("looks at everything, changes nothing"),
    "marketer": noop("edits, saves and publishes flows, pauses them"),
    "developer": noop("what marketers may, and confirms a copied database"),
    "admin": noop("everything, and who may sign in"),
}


def _admin(request: Request) -> str:
    if request.app.state.demo is not None:
        raise HTTPException(404, _("The demo is open to everybody: nobody has to sign in."))
    return author(request, ADMINS, _("Who may sign in is for admins to say."))


def _show(request: Request, *, problem: str = "", link: str = "", of: str = "") -> Response:
    with running(request).database.reader() as reader:
        everybody = admin_users.everybody(reader)
    people = [
        {"email": email, "role": role, "since": at, "asked": not password}
        for email, role, at, password in everybody
    ]
    return page(
        request,
        "users.html",
        status=422 if problem else 200,
        people=people,
        roles=_ROLES,
        role_says=_MAY,
        problem=problem,
        link=link,
        link_of=of,
        days=DAYS,
    )


@router.get("/users")
def everybody(request: Request) -> Response:
    """The users, each with their role, and a form to invite one more."""
    _admin(request)
    return _show(request)


async def _act(
    request: Request,
    act: str,
    about: dict[str, str],
    work: Callable[[Transaction], str | None],
) -> Response:
    """Do it and write it into the audit log; a refusal stands on the page. What `work` gives is the
    token of a link, which is then shown.
    """
    by, service = _admin(request), running(request)

    def whole(transaction: Transaction) -> str | None:
        token = work(transaction)
        audit.note(transaction, Act(service.clock.now(), by, act, about))
        return token

    try:
        token = await service.writer.write(whole)
    except UserRefusedError as error:
        return _show(request, problem=_problem(error))
    if token is None:
        return RedirectResponse("/users", 303)
    return _show(request, link=_address(request, token), of=about["user"])


def _problem(error: UserRefusedError) -> str:
    return f"{retold(str(error))}."


def _address(request: Request, token: str) -> str:
    base = running(request).settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/invitation/{token}"


@router.post("/users/invite", dependencies=[Depends(own_form)])
async def invite(
    request: Request, email: Annotated[str, Form()], role: Annotated[str, Form()] = "marketer"
) -> Response:
    """Add somebody, and show the link by which they choose their password."""
    now = running(request).clock.now()

    def work(transaction: Transaction) -> str:
        user = users.invite(transaction, email, role, now)
        return link_for(user, secret_of(transaction), now)

    return await _act(request, "user invite", {"user": email.strip().lower()}, work)


@router.post("/users/link", dependencies=[Depends(own_form)])
async def another_link(request: Request, email: Annotated[str, Form()]) -> Response:
    """A link for somebody who has lost theirs, or their password."""
    now = running(request).clock.now()

    def work(transaction: Transaction) -> str:
        user = users.find_user(transaction, email)
        if user is None:
            raise UserRefusedError(f"there is no user {email}")
        return link_for(user, secret_of(transaction), now)

    return await _act(request, "user link", {"user": email}, work)


@router.post("/users/role", dependencies=[Depends(own_form)])
async def change_role(
    request: Request, email: Annotated[str, Form()], role: Annotated[str, Form()]
) -> Response:
    about = {"user": email, "role": role}
    return await _act(request, "user role", about, lambda tx: users.change_role(tx, email, role))


@router.post("/users/remove", dependencies=[Depends(own_form)])
async def remove(request: Request, email: Annotated[str, Form()]) -> Response:
    return await _act(
        request, "user remove", {"user": email}, lambda tx: users.remove_user(tx, email)
    )


# --- an invited person -----------------------------------------------------------------------


def _invited(request: Request, token: str) -> User:
    service = running(request)
    secret = service.writer.run(secret_of)
    with service.database.reader() as reader:
        user = invited(reader, token, secret, service.clock.now())
    if user is None:
        raise HTTPException(
            403, _("This link was used already, or is too old. An admin can make another one.")
        )
    return user


@public.get("/invitation/{token}")
def welcome(request: Request, token: str) -> Response:
    """Asks for a password: a link that is only looked at changes nothing."""
    return page(request, "invitation.html", token=token, email=_invited(request, token).email)


@public.post("/invitation/{token}", dependencies=[Depends(own_form)])
async def accept(request: Request, token: str, password: Annotated[str, Form()]) -> Response:
    service = running(request)
    email = (await run_in_threadpool(_invited, request, token)).email
    now = service.clock.now()

    def work(transaction: Transaction) -> User:
        user = invited(transaction, token, secret_of(transaction), now)
        if user is None:
            raise UserRefusedError("this link was used already")
        return _choose(transaction, user.email, password, now)

    try:
        user = await service.writer.write(work)
    except UserRefusedError as error:
        return page(
            request,
            "invitation.html",
            status=422,
            token=token,
            email=email,
            problem=_problem(error),
        )
    return enter(request, user)


def _choose(transaction: Transaction, name: str, password: str, now: Instant) -> User:
    """Give a user their own new password; gives the user whose sessions begin then."""
    users.change_password(transaction, name, password, now)
    audit.note(transaction, Act(now, name, "user password", {"user": name}))
    changed = users.find_user(transaction, name)
    assert changed is not None
    return changed


# --- one's own account -----------------------------------------------------------------------


def _self(request: Request) -> User:
    user: User | None = request.state.user
    if user is None:
        raise HTTPException(404, _("The demo is open to everybody: nobody has an account."))
    return user


def _too_many(seconds: int) -> str:
    return _("Too many attempts. Please try again in %d seconds.") % seconds


def _account(request: Request, *, problem: str = "") -> Response:
    user = _self(request)
    with running(request).database.reader() as reader:
        known = users.has_password(reader, user.email)
    return page(
        request,
        "account.html",
        status=422 if problem else 200,
        role=_ROLES[user.role],
        role_says=_MAY[user.role],
        known=known,
        nameless=user.email == users.NAMELESS,
        problem=problem,
    )


@router.get("/account")
def account(request: Request) -> Response:
    return _account(request)


@router.post("/account", dependencies=[Depends(own_form)])
async def change_password(
    request: Request,
    password: Annotated[str, Form()],
    current: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
) -> Response:
    """Choose another password: all other sessions end. The first admin also says who they are."""
    user, service = _self(request), running(request)
    attempts: Attempts = request.app.state.attempts
    where = request.client.host if request.client else ""

    def fits() -> bool:
        with attempts.turn(), service.database.reader() as reader:
            if not users.has_password(reader, user.email):
                return True
            return (
                users.check_password(reader, user.email, current[: users.LONGEST + 1]) is not None
            )

    wait = attempts.wait(where, user.email)
    if wait:
        return _account(request, problem=_too_many(wait))
    try:
        right = await run_in_threadpool(fits)
    except BusyError:
        return _account(request, problem=_too_many(5))
    if not right:
        attempts.failed(where, user.email)
        return _account(request, problem=_("The current password is not right."))
    now = service.clock.now()

    def work(transaction: Transaction) -> User:
        name = user.email
        if name == users.NAMELESS and email:
            name = users.change_address(transaction, name, email).email
        return _choose(transaction, name, password, now)

    try:
        changed = await service.writer.write(work)
    except UserRefusedError as error:
        return _account(request, problem=_problem(error))
    return enter(request, changed)
