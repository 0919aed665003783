"""What waits for a visitor on the site: the `show` steps of their runs, rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import orjson

from engine.core.conditions.operations import items_of
from engine.core.facts import Facts
from engine.core.model import Instant, Intent
from engine.core.signals import LOOKS, NEEDED
from engine.delivery.composer import Composer
from engine.logs import logger
from engine.messages.errors import MessageError
from engine.publishing.live import Live
from engine.store import on_site
from engine.store.states import Needs
from engine.store.writer import Transaction

_log = logger(__name__)

PICKS = {
    "most": 6,
    "least": None,
    "kind": "for customer",
    "of": None,
    "filling": {"kind": "bestsellers", "of": None},
}
"""What `products` are in a message on the site, whose step names no strategy."""

MOST = 5
"""Messages that one page view may get."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message for this page. `detail` is the step's payload."""

    id: int
    flow: int
    version: int
    run: int
    step: str
    surface: str
    message: str
    on_leaving: bool
    detail: dict[str, Any]


def waiting(transaction: Transaction, customer: int, path: str, now: Instant) -> list[Waiting]:
    """What is to be shown to a customer on the page `path`, the newest first.

    What is to be seen once (`until_at` None) waits until the page says that it was shown.
    """
    rows = on_site.waiting(transaction, customer, now)
    found: list[Waiting] = []
    seen: set[tuple[str, str]] = set()
    for number, flow, version, run, step, surface, message, place, leaving, _, detail in rows:
        if (surface, message) in seen or not fits(place, path):
            continue
        seen.add((surface, message))
        found.append(
            Waiting(
                number,
                flow,
                version,
                run,
                step,
                surface,
                message,
                bool(leaving),
                orjson.loads(detail),
            )
        )
    return found[:MOST]


def fits(place: str | None, path: str) -> bool:
    """Whether a page is one of `on "/c/*"`: a path, where `*` stands for anything."""
    if not place:
        return True
    parts = place.split("*")
    if len(parts) == 1:
        return path.rstrip("/") == place.rstrip("/")
    if not path.startswith(parts[0]) or not path.endswith(parts[-1]):
        return False
    at = len(parts[0])
    end = len(path) - len(parts[-1])
    for part in parts[1:-1]:
        at = path.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return at <= end


def facts_of(transaction: Transaction, live: Live, customer: int, now: Instant) -> Facts:
    """What the messages may speak of."""
    loaded = live.load(transaction, [customer], now, needs=_with_tastes(live.needs))
    return loaded.lanes[customer].facts


def _with_tastes(needs: Needs) -> Needs:
    """Whoever is on the site now may be shown what suits them, known by name or not."""
    if needs.events is None:
        return needs
    return replace(needs, events=needs.events | NEEDED["for customer"])


def render(
    live: Live,
    composer: Composer,
    each: Waiting,
    facts: Facts,
    now: Instant,
    wished: Sequence[str] = (),
) -> dict[str, Any] | None:
    """The message as this visitor gets it; None when it cannot be made.

    `wished`: the languages of the page and of the browser, the most wanted first, for a visitor
    who has told none.
    """
    flow = live.flows.name(each.flow)
    folder = live.folders.get((flow, each.version))
    if folder is None:
        return None
    about = _looked_at(each.detail, facts)
    intent = Intent(
        run=each.run,
        step=each.step,
        visit=0,
        recipient="customer",
        channel="email",  # surfaces are no channels; nothing below looks at it
        message=each.message,
        ready_at=now,
        customer=facts.id,
        flow=flow,
        version=each.version,
        priority=0,
        transactional=True,
        payload={"products": PICKS, **each.detail, **about},
    )
    try:
        library = composer.library(folder / "messages")
        context = composer.context(intent, facts, now)
        if not context["customer"].get("language"):
            spoken = library.first_spoken(
                each.message, each.surface, wished, live.deployment.language
            )
            context["customer"]["language"] = spoken or None
        rendered = library.render(each.message, each.surface, context)
    except MessageError as error:
        _log.warning("an on-site message could not be made", message=each.message, error=str(error))
        return None
    waits, amount = each.detail.get("after") or ("", 0)
    return {
        "id": each.id,
        "surface": each.surface,
        "message": each.message,
        "onLeaving": each.on_leaving,
        "after": {waits: amount} if waits else {},
        "html": rendered.html or f"<p>{escape(rendered.text)}</p>",
    }


def _looked_at(detail: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What `item` and `product` are now: a message that began with a look at a product is about
    the one that this visitor has looked at last.
    """
    looks = [one for name in LOOKS for one in facts.history.get(name, ())[-1:]]
    if not looks or not detail.get("follows"):
        return {}
    items = items_of(max(looks, key=lambda one: one.occurred_at).properties)
    if len(items) != 1 or not items[0].get("id"):
        return {}
    return {"item": items[0], "product": items[0]["id"]}
