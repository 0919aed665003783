"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.attempts import Attempts, BusyError
from editor.rendering import page
from editor.security import csrf_fits
from editor.users import LONGEST, User, check_password, end_sessions, find_user, use_link
from engine.store import audit
from engine.store.audit import Act
from engine.store.writer import Transaction

router = APIRouter()

DEVELOPERS: Final = frozenset({"developer", "admin"})
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


async def own_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Every form that changes something carries the token of its session.

    Raises:
        HTTPException: 403 without.
    """
    if not csrf_fits(request, csrf):
        raise HTTPException(403, "This form is too old. Open the page again.")


def signed_in_as(request: Request) -> User | None:
    """The user of this session, None for nobody's."""
    email, since = request.session.get("email"), request.session.get("since", 0)
    if not email:
        return None
    with request.app.state.service.database.reader() as reader:
        user = find_user(reader, str(email))
    return user if user is not None and since >= user.sessions_from else None


def _enter(request: Request, user: User) -> Response:
    request.session.clear()
    now = request.app.state.service.clock.now()
    # Sessions that were ended in this very moment stay ended.
    request.session.update(email=user.email, since=max(now, user.sessions_from))
    return RedirectResponse("/flows", 303)


@router.get("/sign-in")
def ask(request: Request) -> Response:
    return page(request, "sign_in.html", problem="")


@router.post("/sign-in")
async def sign_in(
    request: Request,
    email: Annotated[str, Form()],
    password: Annotated[str, Form()],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    if not csrf_fits(request, csrf):
        return page(
            request, "sign_in.html", status=403, problem="This form is too old. Please try again."
        )

    service = request.app.state.service
    attempts: Attempts = request.app.state.attempts
    where = request.client.host if request.client else ""
    wait = attempts.wait(where, email)
    if wait:
        return _too_many(request, wait)

    def find() -> User | None:
        with attempts.turn(), service.database.reader() as reader:
            return check_password(reader, email, password[: LONGEST + 1])

    try:
        user = await run_in_threadpool(find)
    except BusyError:
        return _too_many(request, 5)
    name = email.strip().lower()[:LONGEST]
    if user is None:
        attempts.failed(where, email)
        await service.writer.write(
            lambda tx: audit.note(tx, Act(service.clock.now(), name, "sign in failed", {}))
        )
        return page(
            request, "sign_in.html", status=403, problem="E-mail address or password is wrong."
        )
    await service.writer.write(
        lambda tx: audit.note(tx, Act(service.clock.now(), name, "sign in", {}))
    )
    return _enter(request, user)


def _too_many(request: Request, seconds: int) -> Response:
    problem = f"Too many attempts. Please try again in {seconds} seconds."
    answer = page(request, "sign_in.html", status=429, problem=problem)
    answer.headers["Retry-After"] = str(seconds)
    return answer


@router.get("/sign-in/{token}")
def offer(request: Request, token: str) -> Response:
    """Shows a button: a link that is only looked at (by a scanner) signs nobody in."""
    return page(request, "first_sign_in.html", token=token)


@router.post("/sign-in/{token}")
async def first(request: Request, token: str, csrf: Annotated[str, Form()] = "") -> Response:
    service = request.app.state.service
    if not csrf_fits(request, csrf):
        raise HTTPException(403, "This form is too old. Open the link again.")
    user = await service.writer.write(lambda tx: use_link(tx, token, service.clock.now()))
    if user is None:
        raise HTTPException(403, "This link was used already, or is none of ours.")
    return _enter(request, user)


@router.post("/sign-out")
async def sign_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    if csrf_fits(request, csrf):
        email, service = str(request.session.get("email") or ""), request.app.state.service

        def work(transaction: Transaction) -> None:
            now = service.clock.now()
            end_sessions(transaction, email, now)
            audit.note(transaction, Act(now, email, "sign out", {}))

        if signed_in_as(request) is not None:
            # The cookie itself cannot be taken back: a copy of it must not work either.
            await service.writer.write(work)
        request.session.clear()
    return RedirectResponse("/sign-in", 303)
