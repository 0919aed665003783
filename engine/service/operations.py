"""What the command line asks for about keys and imports, by a running server or without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from engine.core.model import Instant
from engine.core.values import Types
from engine.errors import RefusedError
from engine.imports import jobs
from engine.imports.groups import Group, Kind, Row, mark_of, store
from engine.intake import keys
from engine.store import coupons
from engine.store.writer import Transaction, no_collection

if TYPE_CHECKING:
    from fastapi import APIRouter

    from engine.service.service import Service


def change_keys(transaction: Transaction, what: Mapping[str, Any], now: Instant) -> dict[str, Any]:
    """`act` is add (with `kind`), revoke or rotate, about the keys called `name`."""
    name, act = str(what["name"]), what["act"]
    if act == "revoke":
        done: dict[str, Any] = {"name": name, "revoked": keys.revoke(transaction, name, now)}
    elif act == "rotate":
        done = {"name": name, "key": keys.rotate(transaction, name, now) or ""}
        found = keys.find(transaction, done["key"])
        if found is not None and found.kind == "browser":
            done["signing"] = keys.signing_secret(transaction, done["key"])
    else:
        kind: keys.Kind = "browser" if what.get("kind") == "browser" else "server"
        done = {"name": name, "kind": kind, "key": keys.create(transaction, name, kind, now)}
        if kind == "browser":
            done["signing"] = keys.signing_secret(transaction, done["key"])
    transaction.execute(
        "insert into audit (at, who, act, detail) values (?, 'command line', ?, ?)",
        (now, f"key {act}", orjson.dumps({"name": name})),
    )
    return done


def import_rows(
    transaction: Transaction,
    kind: Kind,
    rows: Sequence[Row],
    *,
    types: Types,
    now: Instant,
    file: str,
) -> list[dict[str, Any]]:
    """Store rows that are at hand; says which were skipped: `[{"line", "reason"}]`."""
    group = Group(types, now, source=f"import of {file}", mark=mark_of(kind, file, now))
    reasons = store(transaction, kind, rows, group)
    return [{"line": rows[index][0], "reason": why} for index, why in sorted(reasons.items())]


def import_step(service: Service, told: Mapping[str, Any]) -> dict[str, Any]:
    """One step of an import: `act` is begin, advance or finish (`engine.imports.jobs`).

    `look` does nothing: a command line asks whether somebody is here.
    """
    if told["act"] == "look":
        return {}

    def work(transaction: Transaction) -> dict[str, Any]:
        now = service.clock.now()
        if told["act"] == "begin":
            kind, digest, name = told["kind"], told["digest"], told["name"]
            job = jobs.begin(transaction, kind, digest, name, now, again=told["again"])
            return {**job._asdict(), "rejections": [list(each) for each in job.rejections]}
        if told["act"] == "finish":
            return jobs.finish(transaction, told["job"], now, complete=told["complete"])
        with no_collection():
            rejected = jobs.advance(
                transaction,
                told["job"],
                told["position"],
                told["rows"],
                types=service.deployment.types,
                now=now,
                complete=told["complete"],
            )
        return {"rejected": [list(each) for each in rejected]}

    return service.writer.run(work)


class LocalTarget:
    """Where this process imports to: the service that it owns."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def step(self, told: dict[str, Any]) -> dict[str, Any]:
        return import_step(self._service, told)

    def begin(self, kind: Kind, digest: str, name: str, *, again: bool) -> jobs.Job:
        told = {"act": "begin", "kind": kind, "digest": digest, "name": name, "again": again}
        job = self.step(told)
        job["rejections"] = [jobs.Rejection(*each) for each in job["rejections"]]
        return jobs.Job(**job)

    def advance(
        self, job: int, position: int, rows: Sequence[Row], *, complete: bool
    ) -> list[jobs.Rejection]:
        told = {"act": "advance", "job": job, "position": position, "complete": complete}
        return [jobs.Rejection(*each) for each in self.step({**told, "rows": rows})["rejected"]]

    def finish(self, job: int, *, complete: bool) -> dict[str, Any]:
        return self.step({"act": "finish", "job": job, "complete": complete})


def add_coupons(service: Service, told: Mapping[str, Any]) -> dict[str, Any]:
    """Put `codes` into the pool of `coupon`.

    Raises:
        RuntimeRefusalError: there is no such coupon.
    """
    name, declared = str(told["coupon"]), service.deployment.coupons
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise RefusedError(f"there is no coupon {name}; declared are: {known}")
    done = service.writer.run(
        lambda tx: coupons.add_codes(tx, name, told["codes"], service.clock.now())
    )
    return done.as_json()


def add_verbs(router: APIRouter, service: Callable[[], Service]) -> None:
    """`POST /internal/key` and `/internal/import`, for the command line of a running server."""
    from fastapi import Request
    from fastapi.responses import Response
    from starlette.concurrency import run_in_threadpool

    from engine.service.control import PREFIX, authorised
    from engine.store.errors import StoreError

    def allowed(request: Request) -> bool:
        return authorised(request.headers.get("authorization", ""), service().token)

    def answered(work: Callable[[], dict[str, Any]]) -> Response:
        try:
            return Response(orjson.dumps(work()), media_type="application/json")
        except StoreError as error:
            return Response(orjson.dumps({"error": str(error)}), 503)
        except RefusedError as error:
            return Response(orjson.dumps({"error": str(error)}), 422)
        except jobs.ImportMovedError as error:
            return Response(orjson.dumps({"error": str(error)}), 409)

    async def key(request: Request) -> Response:
        if not allowed(request):
            return Response(orjson.dumps({"error": "this takes the token in server.json"}), 403)
        what = orjson.loads(await request.body())
        running = service()
        return await run_in_threadpool(
            answered,
            lambda: running.writer.run(lambda tx: change_keys(tx, what, running.clock.now())),
        )

    async def import_part(request: Request) -> Response:
        if not allowed(request):
            return Response(orjson.dumps({"error": "this takes the token in server.json"}), 403)
        told = orjson.loads(await request.body())
        running = service()

        def work() -> dict[str, Any]:
            done = import_step(running, told)
            running.wake()
            return done

        return await run_in_threadpool(answered, work)

    async def coupon_codes(request: Request) -> Response:
        if not allowed(request):
            return Response(orjson.dumps({"error": "this takes the token in server.json"}), 403)
        told = orjson.loads(await request.body())
        return await run_in_threadpool(answered, lambda: add_coupons(service(), told))

    router.add_route(f"{PREFIX}/coupons", coupon_codes, methods=["POST"])
    router.add_route(f"{PREFIX}/key", key, methods=["POST"])
    router.add_route(f"{PREFIX}/import", import_part, methods=["POST"])
