"""Customers: finding one, and everything that happened to one."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from editor.rendering import page
from editor.views.manual import by_hand_flows
from editor.views.sessions import signed_in
from engine.reports.trace import story_of
from engine.store.customers import find_customer
from engine.store.dialects import lower, text_in

router = APIRouter(dependencies=[Depends(signed_in)])
_MOST = 50
_INSIDE = frozenset({"waiting", "held", "paused"})


@router.get("/customers")
def customers(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The newest customers, or those whose name, address or user id starts with `q`."""
    service = request.app.state.service
    wanted = lower(q.replace("\0", "").strip())
    pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with service.database.reader() as reader:
        rows = reader.rows(
            "select c.id, c.properties, (select value from identity where kind = 'user'"
            " and customer = c.id limit 1), (select count(*) from run where customer = c.id"
            " and ended_at is null) from customer c where c.merged_into is null"
            f" and (? = '' or lower({text_in('c.properties', 'email')}) like ? escape '\\'"
            f" or lower({text_in('c.properties', 'first_name')}) like ? escape '\\'"
            f" or lower({text_in('c.properties', 'last_name')}) like ? escape '\\'"
            " or c.id in (select customer from identity where lower(value) like ? escape '\\'))"
            " order by c.id desc limit ?",
            (wanted, pattern, pattern, pattern, pattern, _MOST),
        )
    found = [
        {"id": row[0], "is": orjson.loads(row[1] or b"{}"), "user": row[2], "inside": row[3]}
        for row in rows
    ]
    return page(request, "customers.html", fragment="list", rows=found, q=q, most=_MOST)


@router.get("/customers/{who}")
def customer(
    request: Request, who: str, said: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """One customer's properties, consent and way through the flows."""
    service = request.app.state.service
    with service.database.reader() as reader:
        number = find_customer(reader, who)
        story = story_of(reader, service.data_dir / "published", who)
        if number is None or story is None:
            raise HTTPException(404, f"There is no customer {who}.")
        row = reader.row("select properties from customer where id = ?", (number,))
        consent = reader.rows(
            "select what, act, at, source from consent_proof where customer = ? order by id desc",
            (number,),
        )
        events = reader.rows(
            "select occurred_at, name, properties from event where customer = ?"
            " order by occurred_at desc, id desc limit 100",
            (number,),
        )
    properties = orjson.loads(row[0] or b"{}") if row else {}
    return page(
        request,
        "customer.html",
        story=story,
        runs=list(reversed(story.runs)),
        inside=sorted(
            {run.flow for run in story.runs if run.state in ("waiting", "held", "paused")}
        ),
        by_hand=by_hand_flows(service),
        said=said,
        properties=properties,
        consent=consent,
        events=[(at, name, orjson.loads(words or b"{}")) for at, name, words in events],
    )
