"""The application that faces the internet. The editor's application mounts it beside itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from engine.intake.batching import Gathering
from engine.intake.keys import KeyRing
from engine.logs import logger
from engine.public import products as catalogue
from engine.public.answering import answer_routes
from engine.public.answers import Receive, Scope, Send
from engine.public.arriving import arriving_routes
from engine.public.changing import changing_routes
from engine.public.flows import starting_routes
from engine.public.health import health_routes
from engine.public.links import link_routes
from engine.public.onsite import onsite_routes
from engine.public.preferring import preference_routes
from engine.public.products import Products
from engine.public.providers import Providers
from engine.public.push import push_routes
from engine.public.rates import Questions, Rates
from engine.public.refused import Refused
from engine.public.rejections import Rejections
from engine.public.replies import reply_routes
from engine.public.service import Joined, Service, Taking
from engine.public.shops import Shops
from engine.public.short_links import short_link_routes
from engine.public.suppressions import suppression_routes
from engine.public.tracking import Tracking
from engine.public.viewing import viewing_routes
from engine.service.meters import Meters
from engine.store.writer import Row, Transaction

_log = logger(__name__)


class _Committed:
    """Reads what is committed, over one connection that is opened at first use."""

    def __init__(self, service: Taking) -> None:
        self._service = service
        self._reader: Any = None

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        found: list[Row] = self._open().rows(sql, values)
        return found

    def row(self, sql: str, values: tuple[Any, ...] = ()) -> Row | None:
        found: Row | None = self._open().row(sql, values)
        return found

    def _open(self) -> Any:
        if self._reader is None:
            self._reader = self._service.database.reader()
        return self._reader


Raw = Callable[[Scope, Receive, Send], Awaitable[None]]


class TakingApp(FastAPI):
    """FastAPI, except that events go straight to the tracking API, past all layers. `meters` count
    what is answered.
    """

    tracking: Tracking
    meters: Meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        path = self._path(scope)
        what, raw = self._place(path)

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.meters.request(what, message["status"])
            await send(message)

        if raw is None:
            await super().__call__(scope, receive, counted)
        else:
            await raw({**scope, "path": path}, receive, counted)

    def _place(self, path: str) -> tuple[str, Raw | None]:
        """What a path is counted as, and what answers it past all layers."""
        return ("tracking", self.tracking) if self.tracking.serves(path) else ("pages", None)

    @staticmethod
    def _path(scope: Scope) -> str:
        """The path below where this application is mounted."""
        path, root = str(scope["path"]), str(scope.get("root_path") or "")
        return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


class PublicApp(TakingApp):
    """Shops and the catalogue go past all layers, too."""

    products: Products
    shops: Shops
    providers: Providers

    def _place(self, path: str) -> tuple[str, Raw | None]:
        if self.shops.serves(path):
            return "shops", self.shops
        if self.providers.serves(path):
            return "providers", self.providers
        if catalogue.serves(path):
            return "catalogue", self.products
        return super()._place(path)


def create_taking_app(service: Joined) -> TakingApp:
    """Tracking below `/v1/`, `/healthz`, `/readyz` and `/metrics` of a process beside others."""
    app = TakingApp(
        title="Headrace", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.meters, rejections = service.meters, Rejections()
    rates = Rates(service.settings.events_per_second)
    keys = KeyRing(_Committed(service))
    app.tracking = _tracking(service, keys, rates, rejections, first=service.catch_up)
    app.include_router(health_routes(service, rejections))
    _say_errors(app)
    return app


def _tracking(
    service: Taking,
    keys: KeyRing,
    rates: Rates,
    rejections: Rejections,
    questions: Questions | None = None,
    first: Callable[[Transaction], None] = lambda _: None,
) -> Tracking:
    settings = service.settings
    gathering = Gathering(
        *(service.database.writer, service.clock, lambda: service.deployment.types, service.wake),
        by_address=settings.match_by_address,
        soft_bounces=settings.soft_bounces,
        first=first,
        waited_for=lambda: service.deployment.waited_for,
    )
    return Tracking(
        *(gathering, keys, service.clock, rates),
        lambda: settings.store_url or "",
        questions or Questions(settings.questions_per_hour, settings.questions_per_key_per_hour),
        rejections,
        lambda channel: _leaves(service, channel),
    )


def create_public_app(service: Service) -> PublicApp:
    """The public surface of a started service.

    Tracking, suppressions, answers (`/v1/replies`) and codes (`/v1/code`) below `/v1/`, links
    `/o /c /l /m /u /p /address /confirm`, `/s.js` and `/v1/onsite` for on-site messages,
    `/push.js`, `/sw.js` and `/v1/push` for pushes, `/healthz`, `/readyz`, `/metrics`.
    """
    app = PublicApp(
        title="Headrace", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    keys = KeyRing(_Committed(service))
    rates = Rates(service.settings.events_per_second)
    app.meters, rejections = service.meters, Rejections()
    limits = service.settings
    questions = Questions(limits.questions_per_hour, limits.questions_per_key_per_hour)
    app.tracking = _tracking(service, keys, rates, rejections, questions)
    app.products = Products(
        *(service.database.writer, keys, service.clock),
        *(lambda: service.deployment.types, service.wake, rates),
    )
    refused = Refused(service.database, service.clock)
    app.shops = Shops(service, refused)
    app.providers = Providers(service, rejections, refused=refused)
    app.include_router(health_routes(service, rejections))
    app.include_router(link_routes(service))
    app.include_router(answer_routes(service))
    app.include_router(preference_routes(service, questions))
    app.include_router(changing_routes(service, keys, rates))
    app.include_router(onsite_routes(service, keys, rates))
    app.include_router(arriving_routes(service, keys, rates))
    app.include_router(starting_routes(service, keys))
    app.include_router(reply_routes(service))
    app.include_router(short_link_routes(service))
    app.include_router(viewing_routes(service))
    app.include_router(push_routes(service, keys, rates))
    app.include_router(suppression_routes(service, keys, rates))

    @app.get("/v1/projects/{key}/settings", include_in_schema=False)
    def settings(key: str, request: Request) -> Response:
        """What analytics-next asks for when its `cdnURL` is this server."""
        allowed = {"Access-Control-Allow-Origin": "*"}
        if keys.find(key) is None:
            told = {"code": "unauthorized", "message": "This write key is not valid."}
            return JSONResponse(told, 404, allowed)
        host = f"{request.url.netloc}{request.scope.get('root_path', '')}/v1"
        segment = {"apiKey": key, "apiHost": host, "protocol": request.url.scheme}
        return JSONResponse({"integrations": {"Segment.io": segment}, "plan": {}}, 200, allowed)

    _say_errors(app)
    return app


def _leaves(service: Taking, channel: str) -> bool:
    """Whether a channel has a provider. A process beside the one that sends does not know."""
    live = getattr(service, "live", None)
    return live is None or live.providers is None or channel in live.providers


def _say_errors(app: FastAPI) -> None:
    @app.exception_handler(404)
    async def missing(request: Request, _: Exception) -> Response:
        told = {"code": "not_found", "message": f"There is nothing at {request.url.path[:200]}."}
        return JSONResponse(told, 404)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        _log.error("a request failed", path=request.url.path, exc_info=error)
        return JSONResponse({"code": "internal", "message": "Something went wrong."}, 500)
