"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.access import signed_in_as
from editor.attempts import Attempts, BusyError
from editor.language import LANGUAGES, PSEUDO, _
from editor.rendering import page
from editor.running import running
from editor.security import csrf_fits
from editor.users import LONGEST, User, check_password, end_sessions, use_link
from engine.store import audit
from engine.store.audit import Act
from engine.store.writer import Transaction

router = APIRouter()


def enter(request: Request, user: User, to: str = "/flows") -> Response:
    """Begin a session of this user."""
    language = request.session.get("language")
    request.session.clear()
    if language:
        request.session["language"] = language
    now = running(request).clock.now()
    # Sessions that were ended in this very moment stay ended.
    request.session.update(email=user.email, since=max(now, user.sessions_from))
    return RedirectResponse(to, 303)


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
            request,
            "sign_in.html",
            status=403,
            problem=_("This form is too old. Please try again."),
        )

    service = running(request)
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
            request, "sign_in.html", status=403, problem=_("E-mail address or password is wrong.")
        )
    await service.writer.write(
        lambda tx: audit.note(tx, Act(service.clock.now(), name, "sign in", {}))
    )
    return enter(request, user)


def _too_many(request: Request, seconds: int) -> Response:
    problem = _("Too many attempts. Please try again in %d seconds.") % seconds
    answer = page(request, "sign_in.html", status=429, problem=problem)
    answer.headers["Retry-After"] = str(seconds)
    return answer


@router.get("/sign-in/{token}")
def offer(request: Request, token: str) -> Response:
    """Shows a button: a link that is only looked at (by a scanner) signs nobody in."""
    return page(request, "first_sign_in.html", token=token)


@router.post("/sign-in/{token}")
async def first(request: Request, token: str, csrf: Annotated[str, Form()] = "") -> Response:
    service = running(request)
    if not csrf_fits(request, csrf):
        raise HTTPException(403, _("This form is too old. Open the link again."))
    user = await service.writer.write(lambda tx: use_link(tx, token, service.clock.now()))
    if user is None:
        raise HTTPException(403, _("This link was used already, or is none of ours."))
    return enter(request, user, "/account")


@router.get("/sign-out")
def leaving() -> Response:
    """Signing out takes the form: to look at its address signs nobody out."""
    return RedirectResponse("/", 303)


@router.post("/sign-out")
async def sign_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    user = signed_in_as(request)
    if not csrf_fits(request, csrf) and user is not None:
        # Whoever reads "Sign in" would leave the machine, still signed in.
        return page(request, "sign_out.html", status=403, email=user.email)
    if user is not None:
        email, service = user.email, running(request)

        def work(transaction: Transaction) -> None:
            now = service.clock.now()
            end_sessions(transaction, email, now)
            audit.note(transaction, Act(now, email, "sign out", {}))

        # The cookie itself cannot be taken back: a copy of it must not work either.
        await service.writer.write(work)
        request.session.clear()
    return RedirectResponse("/sign-in", 303)


@router.post("/language")
async def choose_language(
    request: Request,
    language: Annotated[str, Form()],
    back: Annotated[str, Form()] = "/",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Say everything in another language from the next page on, for this session."""
    if csrf_fits(request, csrf) and (language in LANGUAGES or language == PSEUDO):
        request.session["language"] = language
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(back if inside else "/", 303)
