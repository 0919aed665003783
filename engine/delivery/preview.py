"""What a message may speak of for a stored customer, or for an invented one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.core.conditions.operations import items_of
from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.model import Instant, Intent
from engine.core.products import asked
from engine.core.program import SendSpec
from engine.delivery.composer import Composer
from engine.errors import RefusedError
from engine.messages.samples import rich

if TYPE_CHECKING:
    from engine.store.writer import Transaction


class NoCustomerError(RefusedError):
    """Nobody in the data folder goes by that name."""


def sample_context(language: str = "") -> dict[str, Any]:
    """An invented customer of whom much is known."""
    context = rich()
    if language:
        context["customer"]["language"] = language
    return context


def stored_context(
    data: Path, customer: str, now: Instant, project: Path, message: str, channel: str
) -> dict[str, Any]:
    """What the composer would tell the message of a customer of the data folder. Read-only.

    The products are those that the first step of `project` which sends the message asks for. What
    only a run knows (the entry, the coupon, the awaited event) is the latest order or invented.

    Raises:
        NoCustomerError: there is nobody by that user id, address or number.
        RefusedError: the flows of `project` have errors.
        engine.store.errors.StoreError: there is no database in `data`.
    """
    from dsl.checks import diagnose
    from engine.clock import SettableClock
    from engine.learning.models import load as learned
    from engine.messages.links import LinkMaker
    from engine.projects.compiled import compile_folder
    from engine.publishing.live import Live
    from engine.settings import read_settings
    from engine.store import products, states
    from engine.store.customers import find_customer
    from engine.store.suppression import Suppressions

    settings = read_settings()
    live = Live(SettableClock(now), Suppressions(b""))
    compiled = compile_folder(project)
    if any(one.severity == "error" for one in diagnose(compiled.project)):
        raise RefusedError(f"the flows in {project} have errors; `headrace check` shows them")
    live.deployment = compiled.deployment()
    with settings.database(data).reader() as reader:
        number = find_customer(reader, customer)
        if number is None:
            raise NoCustomerError(f"there is no customer {customer!r} in {data}")
        rows = cast("Transaction", reader)  # what is loaded here is only read
        live.flows.read(rows)
        catalogue = products.all_of(reader)
        lanes = states.load(
            rows,
            [number],
            needs=states.Needs(events=None, segments=frozenset()),
            flows=live.flows,
            suppressions=live.suppressions,
            catalogue=catalogue,
            zone=live.deployment.zone,
            now=now,
        ).lanes
        model = learned(reader)
    if number not in lanes:
        raise NoCustomerError(f"there is no customer {customer!r} in {data}")
    if model is not None:
        live.learned.use(model)
    facts = lanes[number].facts
    facts.customer.setdefault("id", number)
    intent = _intent(live.deployment, facts, message, channel, now)
    url = settings.store_url or settings.public_url or "http://127.0.0.1:8400"
    invented = rich()
    told = Composer(live, LinkMaker(url, b"preview"), url).context(intent, facts, now)
    for name in ("entry", "event", "coupon"):
        told.setdefault(name, invented[name])
    if not catalogue:
        for name in ("product", "item"):
            told.setdefault(name, invented[name])
    return {"unsubscribe_url": invented["unsubscribe_url"], **told}


def _intent(
    deployment: Deployment, facts: Facts, message: str, channel: str, now: Instant
) -> Intent:
    """The message as the first step that sends it would decide on it."""
    flow, step, payload = "", "", dict[str, Any]()
    for program in deployment.programs.values():
        for op in program.ops:
            if isinstance(op.spec, SendSpec) and op.spec.message == message and not flow:
                flow, step = program.flow, op.id
                if op.spec.products is not None:
                    payload["products"] = asked(op.spec.products)
    orders = facts.history.get("purchase")
    if orders:
        payload["entry"] = orders[-1].properties
    product = _product(facts)
    if product is not None:
        payload |= {"product": product, "item": {"id": product, **facts.product(product)}}
    return Intent(
        run=0,
        step=step,
        visit=0,
        recipient="customer",
        channel=cast("Any", channel),
        message=message,
        ready_at=now,
        customer=facts.id,
        flow=flow,
        version=1,
        priority=10,
        transactional=False,
        payload=payload,
    )


def _product(facts: Facts) -> str | None:
    """What the customer's run would be about: what is in the cart, else what was done last."""
    if facts.cart.items:
        return next(iter(facts.cart.items))
    done = [event for events in facts.history.values() for event in events]
    for event in sorted(done, key=lambda each: each.occurred_at, reverse=True):
        for item in items_of(event.properties):
            if isinstance(item.get("id"), str):
                return str(item["id"])
    return min(facts.catalogue, default=None)
