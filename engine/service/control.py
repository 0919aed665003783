"""What command-line verbs ask of a running server: it alone writes to its data folder.

The router goes into the server's app; its address and token are in `server.json` (mode 0600).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from engine.store.database import SERVER

if TYPE_CHECKING:
    from fastapi import APIRouter
    from fastapi.responses import Response

    from engine.publishing.plan import InFlight, Plan
    from engine.publishing.publish import Published
    from engine.service.service import Service

PREFIX = "/internal"


def control_router(service: Callable[[], Service]) -> APIRouter:
    """`POST /internal/plan`, `publish`, `flow` and `erase`; others add their verbs beside them."""
    from fastapi import APIRouter, Request
    from starlette.concurrency import run_in_threadpool

    from engine.customers.erasure import erase_by_name
    from engine.errors import RefusedError
    from engine.reports.recommendations import add_learn
    from engine.runtime import dead_letters as retrying
    from engine.runtime import manual as starting
    from engine.service.operations import add_verbs

    router = APIRouter(include_in_schema=False)

    async def plan(request: Request) -> Response:
        return await run_in_threadpool(
            _publishing, service(), request.headers, await request.body(), _planned
        )

    async def publish(request: Request) -> Response:
        return await run_in_threadpool(
            _publishing, service(), request.headers, await request.body(), _published
        )

    async def flow(request: Request) -> Response:
        return await run_in_threadpool(
            _publishing, service(), request.headers, await request.body(), _held
        )

    async def erase(request: Request) -> Response:
        running = service()
        if not authorised(request.headers.get("authorization", ""), running.token):
            return _answer(403, {"error": "this takes the token in server.json"})
        told = orjson.loads(await request.body())
        who, now = str(told["customer"]), running.clock.now()
        customer = await running.writer.write(
            lambda tx: erase_by_name(tx, who, running.live.suppressions, now, "command line")
        )
        return _answer(200, {"customer": customer})

    async def by_hand(request: Request) -> Response:
        running = service()
        if not authorised(request.headers.get("authorization", ""), running.token):
            return _answer(403, {"error": "this takes the token in server.json"})
        told = starting.Request(**orjson.loads(await request.body()))
        try:
            done = await run_in_threadpool(running.by_hand, told)
        except RefusedError as error:
            return _answer(422, {"error": str(error), "findings": []})
        return _answer(200, done._asdict())

    async def confirm(request: Request) -> Response:
        running = service()
        if not authorised(request.headers.get("authorization", ""), running.token):
            return _answer(403, {"error": "this takes the token in server.json"})
        why = running.paused
        done = await run_in_threadpool(running.confirm, "command line")
        return _answer(200, {"confirmed": done, "paused": why})

    async def retry(request: Request) -> Response:
        running = service()
        if not authorised(request.headers.get("authorization", ""), running.token):
            return _answer(403, {"error": "this takes the token in server.json"})
        whose = orjson.loads(await request.body()).get("customer")
        done = await running.writer.write(
            lambda tx: retrying.retry(tx, running.clock.now(), "command line", whose)
        )
        running.wake()
        return _answer(200, done._asdict())

    # Added by hand: the annotations of a nested function cannot be resolved by FastAPI.
    # A plain route does not get the router's prefix, so it says it itself.
    router.add_route(f"{PREFIX}/plan", plan, methods=["POST"])
    router.add_route(f"{PREFIX}/publish", publish, methods=["POST"])
    router.add_route(f"{PREFIX}/flow", flow, methods=["POST"])
    router.add_route(f"{PREFIX}/retry", retry, methods=["POST"])
    router.add_route(f"{PREFIX}/confirm", confirm, methods=["POST"])
    router.add_route(f"{PREFIX}/erase", erase, methods=["POST"])
    router.add_route(f"{PREFIX}/by-hand", by_hand, methods=["POST"])
    add_verbs(router, service)
    add_learn(router, service)
    return router


def authorised(header: str, token: str) -> bool:
    return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())


def _publishing(
    running: Service,
    headers: Mapping[str, str],
    body: bytes,
    work: Callable[[Service, dict[str, Any]], dict[str, Any]],
) -> Response:
    """Do it, or say in a sentence why not."""
    from engine.errors import ProjectHasErrorsError, RefusedError

    if not authorised(headers.get("authorization", ""), running.token):
        return _answer(403, {"error": "this takes the token in server.json"})
    try:
        return _answer(200, work(running, orjson.loads(body)))
    except ProjectHasErrorsError as error:
        return _answer(422, {"error": str(error), "findings": list(error.findings)})
    except RefusedError as error:
        return _answer(422, {"error": str(error), "findings": []})


def _planned(running: Service, told: dict[str, Any]) -> dict[str, Any]:
    in_flight: InFlight = "finish" if told.get("in_flight") == "finish" else "follow"
    return plan_json(running.plan(Path(told["path"]), in_flight=in_flight))


def _published(running: Service, told: dict[str, Any]) -> dict[str, Any]:
    done = running.publish(
        Path(told["path"]),
        in_flight="finish" if told.get("in_flight") == "finish" else "follow",
        author=str(told.get("author") or "command line"),
        expected=told.get("plan"),
    )
    return published_json(done)


def _held(running: Service, told: dict[str, Any]) -> dict[str, Any]:
    who = str(told.get("author") or "command line")
    return running.hold(str(told["flow"]), told["act"], who)._asdict()


def plan_json(made: Plan) -> dict[str, Any]:
    """A plan for scripts (`plan`) and for people (`words`: marks and lines)."""
    from engine.publishing.wording import words_of

    return {"plan": made.as_json(), "words": [list(line) for line in words_of(made)]}


def published_json(done: Published) -> dict[str, Any]:
    """What a publish did: its plan, which it kept to, and who was moved."""
    return {
        "versions": done.versions,
        "removed": done.removed,
        "moved": [one._asdict() for one in done.moved],
        **plan_json(done.plan),
    }


def _answer(status: int, document: dict[str, Any]) -> Response:
    from fastapi.responses import Response

    return Response(orjson.dumps(document), status, media_type="application/json")


class ServerSaidNoError(Exception):
    """The running server refused; the text is its own."""


def ask_server(data: Path, verb: str, document: dict[str, Any]) -> dict[str, Any] | None:
    """Let the server that owns `data` do it; None when none runs.

    Raises:
        ServerSaidNoError: it answered with an error.
    """
    import httpx

    try:
        server = orjson.loads((data / SERVER).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ServerSaidNoError(f"{data / SERVER} cannot be read: {error}") from None
    try:
        answer = httpx.post(
            f"{server['address']}{PREFIX}/{verb}",
            content=orjson.dumps(document),
            headers={"Authorization": f"Bearer {server['token']}"},
            timeout=600,
            trust_env=False,
        )
    except httpx.ConnectError:
        # Left behind by a server that was killed.
        return None
    try:
        told: dict[str, Any] = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise ServerSaidNoError(f"the server answered {answer.status_code}") from None
    if answer.status_code >= 400:
        findings = "".join(f"\n  {line}" for line in told.get("findings", []))
        raise ServerSaidNoError(f"{told.get('error', answer.status_code)}{findings}")
    return told
