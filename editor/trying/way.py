"""Somebody's way on the drawing of the version that they were in: what branches saw, what was sent
and how it looked, and why a step was skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from markupsafe import Markup

from dsl import tree
from dsl.graph.drawing import picture
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.spoken import spoken
from dsl.printing.expressions import print_value
from editor.access import signed_in
from editor.language import _
from editor.properties import CHANNELS
from editor.rendering import local, page
from editor.running import Running
from editor.trying.looks import Look, Looks
from editor.trying.pages import keep
from editor.trying.playing import plain_value, way
from editor.views.stories import graph_of, steps_of, told
from engine.core.facts import Facts
from engine.core.model import Instant, Intent
from engine.lab.watching import asked_at, values_asked
from engine.messages.errors import MessageError
from engine.messages.library import Messages
from engine.messages.links import MessageRef
from engine.publishing.publish import unpack
from engine.publishing.sources import sources_of
from engine.reports.trace import RunStory, Step, story_of
from engine.service.service import Service
from engine.store import mail_copies, publications, run_figures
from engine.store.customers import find_customer
from engine.store.database import Reader
from engine.store.people import MOST
from engine.store.states import RECIPIENTS
from engine.store.writer import Transaction

router = APIRouter(dependencies=[Depends(signed_in)])
_PASSED = {"done": "passed", "entered": "passed", "ended": "passed", "moved": "passed"}


@router.get("/customers/{who}/runs/{number}")
def look(
    request: Request, service: Running, who: str, number: Annotated[int, Path(ge=1, le=MOST)]
) -> Response:
    """The way that this run took, step by step, on the drawing of its version."""
    with service.database.reader() as reader:
        customer = find_customer(reader, who)
        row = None if customer is None else run_figures.run_of(reader, customer, number)
        story = story_of(reader, service.data_dir / "published", who)
        if customer is None or row is None or story is None:
            raise HTTPException(404, _("This customer has no such run."))
        flow, version, _head, memory = row
        run = next(one for one in story.runs if one.run == number)
        graph = graph_of(reader, flow, version)
        remembered = orjson.loads(memory or b"{}")
        sent = _sent(request, service, reader, customer, flow, version, number)
        known = steps_of(request.app)
        labels = {one.step: known.of(reader, run, one.step, version) for one in run.steps}
    rows = list(_rows(run, labels, sent, graph, remembered, service.deployment.zone))
    return page(
        request,
        "run.html",
        who=story.customer,
        flow=flow,
        version=version,
        run=run,
        rows=rows,
        picture="" if graph is None else _picture(graph, run, rows),
    )


def _picture(graph: StepGraph, run: RunStory, rows: list[dict[str, Any]]) -> Markup:
    nodes = {node.id for node in graph.nodes}
    marks: dict[str, str] = {}
    notes: dict[str, str] = {}
    lit: set[str] = set()
    before = ""
    for row in rows:
        step: Step = row["is"]
        if step.step not in nodes:
            continue
        if before and before != step.step:
            lit.update(way(graph, before, step.step))
        before = step.step
        if step.outcome in ("skipped", "failed", "held"):
            marks[step.step], notes[step.step] = step.outcome, row["told"]
        elif step.outcome != "sent" or step.step not in marks:
            marks[step.step] = _PASSED.get(step.outcome, "passed")
        if row["seen"]:
            notes[step.step] = ", ".join(f"{words}: {value}" for words, value in row["seen"])
    if before and run.state != "ended":
        marks[before] = "here"
    drawn = picture(spoken(graph, _), marks, lit, notes)
    drawn = drawn.replace('class="picture"', 'class="picture way"', 1)
    return Markup(drawn)  # noqa: S704 - all words in it are escaped


def _rows(
    run: RunStory,
    labels: Mapping[str, str],
    sent: Mapping[str, list[dict[str, Any]]],
    graph: StepGraph | None,
    remembered: Mapping[str, Any],
    zone: str,
) -> Iterator[dict[str, Any]]:
    nodes = {} if graph is None else {node.id: node for node in graph.nodes}
    left = {step: list(all_of) for step, all_of in sent.items()}
    for step in run.steps:
        message = None
        if step.outcome == "sent" and left.get(step.step):
            message = left[step.step].pop(0)
        node = nodes.get(step.step)
        looked = node is not None and step.outcome == "done"
        seen = list(_seen(node, remembered)) if looked and node is not None else []
        asked = values_asked(node) if looked and node is not None else []
        yield {
            "is": step,
            "label": labels[step.step],
            "told": told(step, labels[step.step], zone),
            "message": message,
            "seen": seen,
            "unkept": [one for one in asked if one not in dict(seen)],
        }


def _seen(node: GraphNode, remembered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a branch saw, as far as the run remembers it: its entry, the awaited event, its product.
    Of what may have changed since nothing is said, rather than what it is now.
    """
    known = set()
    for one in asked_at(node):
        for path in tree.walk(one):
            if not isinstance(path, tree.Path) or len(path.parts) != 2:
                continue
            root, name = path.parts
            words = print_value(path)
            kept = remembered.get(root)
            if root in ("entry", "event") and isinstance(kept, dict) and words not in known:
                known.add(words)
                yield words, plain_value(kept.get(name))


# --- messages --------------------------------------------------------------------------------


def _sent(
    request: Request,
    service: Service,
    reader: Reader,
    customer: int,
    flow: str,
    version: int,
    run: int,
) -> dict[str, list[dict[str, Any]]]:
    """By step, what the run sent, as it looked: the copy that was kept, else made once more."""
    found: dict[str, list[dict[str, Any]]] = {}
    facts: Facts | None = None
    looks: Looks | None = None
    for (
        step,
        visit,
        recipient,
        channel,
        message,
        at,
        state,
        detail,
        priority,
    ) in run_figures.made_in(reader, run):
        if state != "sent" or channel == "call":
            continue
        intent = _intent(
            (run, step, visit, RECIPIENTS[recipient], channel, message), at, customer,
            (flow, version), detail, priority,
        )  # fmt: skip
        html = _copy(service, reader, intent)
        if facts is None:
            facts = _facts(service, reader, customer)
            looks = _looks(service, reader, flow, version)
        if facts is None or looks is None:
            continue
        made = looks(intent, facts, at)
        exact = bool(html)
        if html:
            made = Look(made.to, made.subject, html, made.text, made.language)
        found.setdefault(step, []).append(
            {
                "channel": _(CHANNELS[channel]),
                "look": made,
                "key": keep(request, made),
                "exact": exact,
                "at": local(at, service.deployment.zone),
            }
        )
    return found


def _copy(service: Service, reader: Reader, intent: Intent) -> str:
    """The mail as it went out, where a copy is still kept (`engine.delivery.copies`)."""
    ref = MessageRef(
        intent.customer, intent.run, intent.flow, intent.step, intent.visit, intent.channel,
        intent.message,
    )  # fmt: skip
    code = service.links.make_view(ref).rpartition("/")[2]
    whose, html = mail_copies.find(reader, code)
    return html if whose == intent.customer else ""


def _intent(
    key: tuple[int, str, int, str, str, str],
    at: Instant,
    customer: int,
    of: tuple[str, int],
    detail: bytes | None,
    priority: int,
) -> Intent:
    run, step, visit, recipient, channel, message = key
    kept = orjson.loads(detail) if detail else {}
    return Intent(
        run=run,
        step=step,
        visit=visit,
        recipient=cast("Any", recipient),
        channel=cast("Any", channel),
        message=message,
        ready_at=at,
        customer=customer,
        flow=of[0],
        version=of[1],
        priority=priority,
        transactional=False,
        payload=kept.get("payload", {}),
        staff=kept.get("staff"),
        to=kept.get("to"),
    )


def _facts(service: Service, reader: Reader, customer: int) -> Facts | None:
    """What is known of the customer today."""
    now = service.clock.now()
    loaded = service.live.load(cast("Transaction", reader), [customer], now)
    lane = loaded.lanes.get(customer)
    return None if lane is None else lane.facts


def _looks(service: Service, reader: Reader, flow: str, version: int) -> Looks | None:
    """What makes messages by the files of that version."""
    row = publications.sources_of(reader, flow, version)
    if row is None:
        return None
    folder = unpack(sources_of(row[0], row[1]), service.data_dir / "published")
    try:
        messages = Messages(folder / "messages")
    except (MessageError, OSError):
        return None
    url = service.settings.store_url or service.settings.public_url or "http://127.0.0.1:8400"
    now = service.clock.now()
    return Looks(service.deployment, messages, url, now, {}, service.live.learned)
