"""The application that one server answers with: pages, the demo, and the public surface."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from editor.attempts import Attempts
from editor.documents import Documents
from editor.language import Spoken, _
from editor.operations import EDITOR_OPERATIONS
from editor.rendering import HERE, page
from editor.security import Guard
from engine.public import create_public_app
from engine.publishing import publish as publishing
from engine.service.control import control_router
from engine.service.service import Service

if TYPE_CHECKING:
    from editor.demo.world import DemoWorld

_PUBLIC = (
    *("/v1/", "/beacon/v1/", "/sourceConfig"),
    *("/o/", "/c/", "/h/", "/a/", "/l/", "/m/", "/p/", "/u/", "/confirm/", "/address/"),
)
_PUBLIC_PAGES = frozenset({"/s.js", "/push.js", "/sw.js", "/healthz", "/readyz", "/metrics"})


def faces_out(path: str) -> bool:
    """Whether a path is one of those that customers and shops call."""
    return path.startswith(_PUBLIC) or path in _PUBLIC_PAGES


class Front:
    """Sends each request to the surface that faces the internet, or to the editor."""

    def __init__(self, public: ASGIApp, pages: ASGIApp) -> None:
        self.public = public
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await (self.public if faces_out(path) else self.pages)(scope, receive, send)


class Static(StaticFiles):
    """Files that a browser keeps, and asks each time whether they are still the same."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def create_app(service: Service, flows: Path, demo: DemoWorld | None = None) -> Front:
    """Everything that a started service shows. `flows` is the folder that the pages read."""
    from editor.assistant import pages as proposal
    from editor.flow import acting, crowds, export, following, inspector, testing
    from editor.flow import page as flow_page
    from editor.publishing import history
    from editor.publishing import pages as publish_pages
    from editor.trying import pages as trying
    from editor.trying import way, whatif
    from editor.views import (
        backtests,
        behind,
        confirming,
        customers,
        experiments,
        flows_list,
        marketing,
        reports,
        segments,
        sessions,
        users,
    )
    from editor.views import manual as by_hand
    from editor.views import pausing as holding

    app = FastAPI(title="Headrace", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = service
    app.state.documents = Documents(flows, service)
    app.state.attempts = Attempts()
    app.state.backtests = backtests.Backtests()
    app.state.demo = demo
    # First: each request is held against all that stand before its own.
    app.include_router(behind.router)
    app.include_router(reports.router)
    app.include_router(control_router(lambda: service, EDITOR_OPERATIONS))
    app.include_router(sessions.router)
    app.include_router(users.public)
    app.include_router(users.router)
    app.include_router(flows_list.router)
    app.include_router(export.router)
    app.include_router(acting.router)
    app.include_router(following.router)
    app.include_router(crowds.router)
    app.include_router(flow_page.router)
    app.include_router(inspector.router)
    app.include_router(trying.router)
    app.include_router(way.router)
    app.include_router(whatif.router)
    app.include_router(testing.router)
    app.include_router(publish_pages.router)
    app.include_router(history.router)
    app.include_router(proposal.router)
    app.include_router(experiments.router)
    app.include_router(holding.router)
    app.include_router(marketing.router)
    app.include_router(customers.router)
    app.include_router(by_hand.router)
    app.include_router(confirming.router)
    app.include_router(segments.router)
    app.include_router(backtests.router)
    if demo is not None:
        from editor.demo import routes

        app.include_router(routes.router)
    app.mount("/static", Static(directory=HERE / "static"))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _broken)
    secret = service.writer.run(publishing.secret_of)
    app.add_middleware(Spoken)
    app.add_middleware(
        SessionMiddleware,
        secret_key=f"sessions {secret}",
        session_cookie="headrace",
        same_site="lax",
        https_only=(service.settings.public_url or "").startswith("https:"),
        max_age=14 * 24 * 3600,
    )
    host = urlsplit(service.settings.public_url or "").hostname
    app.state.public = create_public_app(service)
    return Front(app.state.public, Guard(app, frozenset({host} if host else ())))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in {302, 303} and error.headers:
        return Response(status_code=error.status_code, headers=dict(error.headers))
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": error.detail}, error.status_code)
    status = error.status_code
    return page(request, "error.html", status=status, title=_title(error), detail=_detail(error))


async def _unreadable(request: Request, error: Exception) -> Response:
    """A request that lacks what its page needs: scripts are told so in JSON, people by a page."""
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(("/api/", "/internal/")):
        # Not what was sent, as the framework would have it: some of that cannot be told in JSON.
        told = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()]
        return JSONResponse({"detail": told}, 422)
    places = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
    detail = _("What this page was asked cannot be read: %s. Go back and try again.") % places
    return page(request, "error.html", status=422, title=_("That did not work"), detail=detail)


def _title(error: HTTPException) -> str:
    return {
        404: _("There is nothing here"),
        403: _("This is not for you"),
        405: _("This address takes a form"),
    }.get(error.status_code, _("That did not work"))


def _detail(error: HTTPException) -> str:
    """What went wrong; the framework's own words are a number's, which tell nobody anything."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return str(error.detail)
    return {
        404: _("No page has this address."),
        405: _("Open the page that the form stands on, and send it from there."),
    }.get(error.status_code, "")


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - logged by the server
    return page(
        request,
        "error.html",
        status=500,
        title=_("Something broke on our side"),
        detail=_("Nothing of yours is lost. The server's log says more."),
    )
