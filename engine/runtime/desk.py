"""What the command line asks for about keys and imports, by a running server or without one."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import orjson

from engine.audience import keys
from engine.model import Instant
from engine.public.calls import Frame, read_call
from engine.public.catalogue import read_product
from engine.public.payload import check_item
from engine.public.refusal import Refusal
from engine.runtime.incoming import Incoming
from engine.runtime.ingest import take
from engine.store import products
from engine.store.writer import Transaction
from engine.values import Types

if TYPE_CHECKING:
    from fastapi import APIRouter

    from engine.runtime.service import Service

ImportKind = Literal["customers", "products", "events"]

GROUP = 1_000
"""Rows of an import that are stored together; a broken-off import goes on behind the last group."""


def change_keys(transaction: Transaction, what: Mapping[str, Any], now: Instant) -> dict[str, Any]:
    """`act` is add (with `kind`), revoke or rotate, about the keys called `name`."""
    name, act = str(what["name"]), what["act"]
    if act == "revoke":
        done: dict[str, Any] = {"name": name, "revoked": keys.revoke(transaction, name, now)}
    elif act == "rotate":
        done = {"name": name, "key": keys.rotate(transaction, name, now) or ""}
    else:
        kind: keys.Kind = "browser" if what.get("kind") == "browser" else "server"
        done = {"name": name, "kind": kind, "key": keys.create(transaction, name, kind, now)}
    transaction.execute(
        "insert into audit (at, who, act, detail) values (?, 'command line', ?, ?)",
        (now, f"key {act}", orjson.dumps({"name": name})),
    )
    return done


def read_rows(text: bytes, name: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The rows of a file with their lines: CSV with a heading, or JSON lines.

    What cannot be read comes as the sentence that says why.
    """
    if name.lower().endswith((".jsonl", ".ndjson", ".json")) or text.lstrip()[:1] == b"{":
        for number, line in enumerate(text.split(b"\n"), 1):
            if line.strip():
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    yield number, f"not JSON: {error.msg}"
                else:
                    yield number, row if isinstance(row, dict) else "not a JSON object"
        return
    reader = csv.DictReader(io.StringIO(text.decode("utf-8-sig", "replace"), newline=""))
    for row in reader:
        extra = row.pop(None, None)
        if extra:
            yield reader.line_num, "more cells than the heading has"
        else:
            yield reader.line_num, {key: value for key, value in row.items() if value}


def import_rows(
    transaction: Transaction,
    kind: ImportKind,
    rows: list[tuple[int, dict[str, Any]]],
    *,
    types: Types,
    now: Instant,
    file: str,
) -> list[dict[str, Any]]:
    """Store a group of rows; says which were skipped: `[{"line", "reason"}]`.

    A row that was imported before, from the same file, changes nothing.
    """
    skipped: list[dict[str, Any]] = []
    calls: list[tuple[int, Incoming]] = []
    for line, row in rows:
        try:
            checked = check_item(row)
            if isinstance(checked, Refusal):
                raise checked
            if kind == "products":
                number, changes = read_product(checked, types)
                products.put(transaction, number, changes, now)
            else:
                calls.append((line, _call(kind, checked, line, now, file)))
        except Refusal as refusal:
            reason = f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message
            skipped.append({"line": line, "reason": reason})
    taken = take(transaction, [call for _, call in calls], types, now)
    skipped += [
        {"line": line, "reason": each.message}
        for (line, _), each in zip(calls, taken, strict=True)
        if each.error
    ]
    return skipped


def _call(kind: ImportKind, row: dict[str, Any], line: int, now: Instant, file: str) -> Incoming:
    """A row as the call that a client would have sent."""
    # The row's own words count too: a file that was corrected is read anew where it changed.
    about = orjson.dumps([file, kind, line, row], option=orjson.OPT_SORT_KEYS)
    message_id = f"import {hashlib.sha256(about).hexdigest()[:32]}"
    frame = Frame(now, browser=False, source=f"import of {file}", enters=False)
    named = {_ROW_NAMES.get(name, name): value for name, value in row.items()}
    call: dict[str, Any] = {
        name: named.pop(name)
        for name in ("userId", "anonymousId", "timestamp", "messageId", "event", "context")
        if name in named
    }
    call.setdefault("messageId", message_id)
    if kind == "events":
        told = named.pop("properties", None)
        call["properties"] = {**named, **(told if isinstance(told, dict) else {})}
        return read_call(call, frame, "track")
    told = named.pop("traits", None)
    traits = {**named, **(told if isinstance(told, dict) else {})}
    consent = dict(traits.get("consent") or {}) if isinstance(traits.get("consent"), dict) else {}
    for name in [name for name in traits if name.startswith("consent_")]:
        said = str(traits.pop(name)).strip().lower()
        consent[name.removeprefix("consent_")] = said in ("true", "yes", "1")
    if consent:
        traits["consent"] = consent
    if isinstance(traits.get("tags"), str):
        traits["tags"] = [tag.strip() for tag in traits["tags"].split(",") if tag.strip()]
    if not call.get("userId") and not call.get("anonymousId") and traits.get("email"):
        call["userId"] = traits["email"]
    call["traits"] = traits
    return read_call(call, frame, "identify")


_ROW_NAMES = {
    "user_id": "userId",
    "id": "userId",
    "customer": "userId",
    "customer_id": "userId",
    "anonymous_id": "anonymousId",
    "message_id": "messageId",
    "occurred_at": "timestamp",
    "time": "timestamp",
}


def add_verbs(router: APIRouter, service: Callable[[], Service]) -> None:
    """`POST /internal/key` and `/internal/import`, for the command line of a running server."""
    from fastapi import Request
    from fastapi.responses import Response
    from starlette.concurrency import run_in_threadpool

    from engine.runtime.control import PREFIX, authorised
    from engine.store.errors import StoreError

    def allowed(request: Request) -> bool:
        return authorised(request.headers.get("authorization", ""), service().token)

    def answered(work: Callable[[], dict[str, Any]]) -> Response:
        try:
            return Response(orjson.dumps(work()), media_type="application/json")
        except StoreError as error:
            return Response(orjson.dumps({"error": str(error)}), 503)

    async def key(request: Request) -> Response:
        if not allowed(request):
            return Response(orjson.dumps({"error": "this takes the token in server.json"}), 403)
        what = orjson.loads(await request.body())
        running = service()
        return await run_in_threadpool(
            answered,
            lambda: running.writer.run(lambda tx: change_keys(tx, what, running.clock.now())),
        )

    async def import_group(request: Request) -> Response:
        if not allowed(request):
            return Response(orjson.dumps({"error": "this takes the token in server.json"}), 403)
        told = orjson.loads(await request.body())
        running = service()

        def work() -> dict[str, Any]:
            skipped = running.writer.run(
                lambda tx: import_rows(
                    tx,
                    told["kind"],
                    [(line, row) for line, row in told["rows"]],
                    types=running.shop.types,
                    now=running.clock.now(),
                    file=told["file"],
                )
            )
            running.wake()
            return {"skipped": skipped}

        return await run_in_threadpool(answered, work)

    router.add_route(f"{PREFIX}/key", key, methods=["POST"])
    router.add_route(f"{PREFIX}/import", import_group, methods=["POST"])
