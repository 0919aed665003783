"""What the command line asks of a running server about users: it alone writes to its folder."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from editor.users import ROLES, UserRefusedError, add_user
from engine.service.control import PREFIX, authorised
from engine.service.service import Service
from engine.store.writer import Transaction


def user_router(service: Callable[[], Service]) -> APIRouter:
    """`POST /internal/user/add` with `{"email", "password", "role"}` and the server's token."""
    # A route that is added by hand takes no prefix from its router.
    router = APIRouter(include_in_schema=False)

    async def add(request: Request) -> Response:
        running = service()
        if not authorised(request.headers.get("authorization", ""), running.token):
            return JSONResponse({"error": "this takes the token in server.json"}, 403)
        told = orjson.loads(await request.body())
        email, role = str(told["email"]), str(told["role"])
        if role not in ROLES:
            return JSONResponse({"error": f"there is no role {role}"}, 422)

        def work(transaction: Transaction) -> None:
            add_user(transaction, email, str(told["password"]), role, running.clock.now())

        try:
            await running.writer.write(work)
        except UserRefusedError as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({"email": email, "role": role})

    router.add_route(f"{PREFIX}/user/add", add, methods=["POST"])
    return router
