"""`/healthz` (alive), `/readyz` (able to do its work), `/metrics` (Prometheus)."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from engine.core.model import SECOND
from engine.imports.recurring import fault_of
from engine.public.rejections import Rejections
from engine.public.service import Watched
from engine.publishing import brakes
from engine.store import figures
from engine.store.sessions import workers
from engine.store.vitals import read_ages


def health_routes(service: Watched, rejections: Rejections) -> APIRouter:
    """The routes that watch over the service."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        problems, notes = service.readiness.problems(), service.readiness.notes()
        notes += [f"paused: {service.paused}"] if service.paused else []
        status: dict[str, object] = {"status": "ready" if not problems else "not ready"}
        status |= {"problems": problems, "notes": notes}
        return JSONResponse(status, 503 if problems else 200)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        token = service.settings.metrics_token
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        expected = token.get_secret_value() if token else ""
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            return JSONResponse(
                {"code": "unauthorized", "message": "Set HEADRACE_METRICS_TOKEN and send it."}, 401
            )
        return Response(_measure(service, rejections), media_type=CONTENT_TYPE_LATEST)

    return router


def _measure(service: Watched, rejections: Rejections) -> bytes:
    registry = CollectorRegistry()

    def gauge(name: str, about: str, value: float) -> None:
        Gauge(f"headrace_{name}", about, registry=registry).set(value)

    with service.database.reader() as reader:
        for name, says in (
            ("events_stored", "Newest event"),
            ("customers", "Newest customer"),
            ("events_pending", "Events to be applied"),
            ("intents_ready", "Messages ready to go out"),
            ("webhooks_unread", "Signed webhooks of the shop that could not be read"),
        ):
            gauge(name, says, figures.count(reader, name))
        stopped = brakes.read(reader)
        gauge("marketing_stopped", "All marketing is stopped", float(bool(stopped.everything)))
        gauge("messages_stopped", "Messages that an alarm stopped", len(stopped.messages))
        ages = read_ages(reader, service.clock.now())
        for name, what, age in (
            ("pending_event", "Since the oldest event that is to be applied", ages.pending),
            ("due_run", "Since the oldest run that is due should have gone on", ages.due),
            ("ready_message", "Since the oldest message that is ready was due", ages.ready),
        ):
            gauge(f"oldest_{name}_age_seconds", what, age / SECOND)
        gauge("product_feed_failed", "The last reading failed", float(bool(fault_of(reader))))
    refused = Gauge(
        "headrace_batch_items_rejected",
        "Calls of batches that were refused since the start",
        ["code"],
        registry=registry,
    )
    for code, number in rejections.by_code.items():
        refused.labels(code).set(number)
    sending = service.readiness.sending.figures()
    for name, says in (
        ("under_way", "Messages that are being handed over"),
        ("still_seconds", "Since any of them came back"),
        ("held", "Domains and templates that are left alone"),
    ):
        of_channel = Gauge(f"headrace_deliveries_{name}", says, ["channel"], registry=registry)
        for channel, each in sending.items():
            of_channel.labels(channel).set(getattr(each, name))
    beside = float(len(workers(service.readiness.nodes)))
    gauge("workers", "Processes that work beside the one that holds the database", beside)
    gauge("writes_waiting", "Pieces of work for the writer", service.database.writer.waiting)
    gauge("paused", "Whether nothing moves until somebody confirms", float(bool(service.paused)))
    gauge("ready", "Whether /readyz says so", float(not service.readiness.problems()))
    if (quiet := service.readiness.tick_age) is not None:
        gauge("tick_age_seconds", "Since the worker looked for work", quiet)
    return generate_latest(registry) + generate_latest(service.meters.registry)
