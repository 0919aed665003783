"""From a claimed intent to an envelope: who it goes to, and what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dsl import tree
from engine.channels.transport import Envelope
from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT, Facts
from engine.core.model import Instant, Intent
from engine.core.ports import Eligible
from engine.core.products import strategy_of, words_of
from engine.core.program import SendSpec
from engine.core.senders import headed, sender_of
from engine.delivery import returning
from engine.delivery.copies import Copies
from engine.delivery.shortening import Shortening
from engine.messages.block import Block, ByItsId
from engine.messages.library import Messages
from engine.messages.links import LinkMaker, MessageRef
from engine.messages.short_links import CHANNELS as SHORT
from engine.messages.targets import same_site, with_parameters
from engine.publishing.live import Live
from engine.store.writer import Writer


class NoEnvelopeError(Exception):
    """The message cannot be made for this person; the text says why."""


@dataclass(frozen=True, slots=True)
class _IntentLinks:
    """The links of one message; they count only where the customer may be tracked."""

    maker: LinkMaker
    message: MessageRef
    what: str
    trackable: bool
    store_url: str
    utm_source: str = ""

    @property
    def unsubscribe_url(self) -> str:
        return self.maker.make_unsubscribe(self.message.customer, self.what, self.message)

    @property
    def preferences_url(self) -> str:
        return self.maker.make_preferences(self.message.customer)

    @property
    def view_url(self) -> str:
        return self.maker.make_view(self.message)

    def answer(self, event: str, properties: Mapping[str, Any]) -> str:
        return self.maker.make_answer(self.message, event, properties)

    def click(self, url: str, *, pair: bool = False) -> str:
        if self.maker.is_own(url):
            return url
        if self.utm_source and same_site(url, self.store_url):
            told = self.message
            named = {"utm_medium": told.channel, "utm_campaign": told.flow}
            more = {"utm_source": self.utm_source, **named, "utm_content": told.message}
            url = with_parameters(url, more)
        return self.maker.make_click(self.message, url, pair=pair) if self.trackable else url

    def hidden(self) -> str:
        return self.maker.make_hidden(self.message)

    def open(self) -> str:
        return self.maker.make_open(self.message) if self.trackable else ""


class Composer:
    """Makes envelopes. Message files are read once for each folder of a publication."""

    def __init__(
        self,
        live: Live,
        links: LinkMaker,
        store_url: str,
        utm_source: str = "",
        shortening: Shortening | None = None,
        writer: Writer | None = None,
    ) -> None:
        """`utm_source` is what links to the shop say that people come from, "" for nothing;
        `shortening` makes links short where they are paid for; None: they stay as they are.
        `writer` keeps the mails that say where they can be seen in a browser; None: none is kept.
        """
        self._copies = None if writer is None else Copies(writer)
        self._utm_source = utm_source
        self._shortening = shortening
        self._live = live
        self.links = replace(links, store_url=store_url)
        self._store_url = store_url
        self._libraries: dict[Path, Messages] = {}

    def envelope(self, intent: Intent, facts: Facts, folder: Path, now: Instant) -> Envelope:
        """The envelope of a claimed message to a customer or to staff.

        Raises:
            NoEnvelopeError: there is nobody to send it to.
            engine.messages.errors.MessageError: the message cannot be rendered.
        """
        deployment = self._live.deployment
        to = recipient_of(deployment, intent, facts)
        channel = "staff" if intent.recipient == "staff" else intent.channel
        library = self.library(folder)
        links = _IntentLinks(
            self.links,
            MessageRef(
                intent.customer,
                intent.run,
                intent.flow,
                intent.step,
                intent.visit,
                intent.channel,
                intent.message,
            ),
            library.topic(intent.message, intent.channel) or intent.channel,
            facts.trackable and channel != "staff",
            self._store_url,
            self._utm_source if channel != "staff" else "",
        )
        rendered = library.render(
            intent.message,
            channel,
            self.context(intent, facts, now),
            links=links,
            subject=intent.payload.get("subject"),
        )
        if {"coupon", "coupon.code"} & {*rendered.missing_variables}:
            raise NoEnvelopeError("it tells of a coupon, and there was no code to give")
        if self._copies is not None and channel == "email":
            self._copies.keep(rendered, links, intent.customer, now)
        transport_channel = "email" if channel == "staff" else channel
        text = rendered.text
        if channel in SHORT and self._shortening is not None:
            text = self._shortening.text(text, links.message, links.click, now)
        program = deployment.versions.get((intent.flow, intent.version))
        flow_sender = program.sender if program is not None and channel != "staff" else ""
        sender = sender_of(deployment.senders, transport_channel, rendered.sender, flow_sender)
        envelope = Envelope(
            channel=transport_channel,
            to=to,
            at=now,
            sender=sender.address,
            subject=rendered.subject,
            html=rendered.html,
            text=text,
            headers=headed(rendered.headers, sender),
            link=rendered.link,
            message=intent.message,
            flow=intent.flow,
        )
        if channel == "staff":
            return envelope
        return returning.addressed(self._live, envelope, links.message, links.what)

    def call(self, intent: Intent, facts: Facts, now: Instant) -> Envelope:
        """The envelope of a webhook call; `intent.message` is the webhook's name."""
        url, secret = webhook_of(self._live.deployment, intent.message)
        return Envelope(
            channel="call",
            to=url,
            at=now,
            message=intent.message,
            flow=intent.flow,
            payload={
                **intent.payload,
                "flow": intent.flow,
                "customer": {
                    name: facts.customer[name]
                    for name in ("id", "email", "first_name", "last_name")
                    if name in facts.customer
                },
            },
            secret=secret,
        )

    def context(self, intent: Intent, facts: Facts, now: Instant) -> dict[str, Any]:
        """What the templates may speak of; the same names as in the language."""
        payload = intent.payload
        cart = facts.cart
        items = [
            {**_product(identity, payload, facts), **item} for identity, item in cart.items.items()
        ]
        context: dict[str, Any] = {
            "customer": {**facts.customer, "tags": sorted(facts.tags)},
            "cart": {
                "items": items,
                "count": sum(_quantity(item) for item in items),
                "value": sum(_quantity(item) * (item.get("price") or 0) for item in items),
                "url": cart.url,
                "updated_at": cart.updated_at,
            },
            "score": {name: round(score.points, 6) for name, score in facts.scores.items()},
            "store": self.store(),
            "now": now,
            "flow": intent.flow,
            "message": intent.message,
            "transactional": intent.transactional,
        }
        order = _order(payload.get("entry"), facts)
        if order is not None:
            context["order"] = self._items(order, facts)
        for name in ("entry", "event", "item", "coupon"):
            if payload.get(name) and (name != "coupon" or "code" in payload[name]):
                value = payload[name]
                context[name] = self._items(value, facts) if isinstance(value, dict) else value
        product = payload.get("product")
        if isinstance(product, str):
            context["product"] = _product(product, payload, facts)
        elif isinstance(product, Mapping):
            context["product"] = product
        context["products"] = self._products(intent, facts, now)
        return context

    def store(self) -> dict[str, Any]:
        """What messages may say of the shop."""
        deployment = self._live.deployment
        return {
            "name": deployment.name,
            "url": self._store_url,
            "currency": deployment.currency,
            "language": deployment.language,
            "timezone": deployment.zone,
        }

    def _products(self, intent: Intent, facts: Facts, now: Instant) -> list[dict[str, Any]]:
        """What the step's strategy finds now, and what `else` fills up with."""
        payload = intent.payload
        wanted = payload.get("products")
        if isinstance(wanted, list):
            return [_product(one, payload, facts) for one in wanted if isinstance(one, str)]
        if not isinstance(wanted, Mapping):
            return []
        scope = Scope(
            facts,
            now,
            entry=payload.get("entry") or {},
            event=payload.get("event") or {},
            item=payload.get("item"),
            product=payload.get("product"),
        )
        strategy, filling = strategy_of(wanted), wanted.get("filling")
        found = self._live.learned.choose(
            scope,
            strategy,
            wanted.get("most", 0),
            fill=False,
            filling=strategy_of(filling) if filling else None,
            eligible=self._eligible(intent),
        )
        own = words_of(strategy)
        return Block(
            {**_product(one.product, payload, facts), "filled": one.why != own} for one in found
        )

    def _eligible(self, intent: Intent) -> Eligible | None:
        """The `where` of the step's products, of the version that decided on the message."""
        program = self._live.deployment.versions.get((intent.flow, intent.version))
        ops = () if program is None else program.ops
        return next(
            (
                op.spec.eligible
                for op in ops
                if op.id == intent.step and isinstance(op.spec, SendSpec)
            ),
            None,
        )

    @staticmethod
    def _items(properties: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
        """What an item lacks is looked up in the catalogue."""
        items, item = properties.get("items"), properties.get("item")
        if isinstance(item, str):
            properties = {**properties, "item": ByItsId({"id": item, **facts.product(item)})}
        if not isinstance(items, list):
            return dict(properties)
        whole = [
            {**facts.product(item.get("id")), **item}
            if isinstance(item, dict)
            else {"id": item, **facts.product(item)}
            for item in items
        ]
        return {**properties, "items": whole}

    def library(self, folder: Path) -> Messages:
        """The messages of a publication's folder, read once."""
        library = self._libraries.get(folder)
        if library is None:
            library = self._libraries[folder] = Messages(folder)
        return library


def recipient_of(deployment: Deployment, intent: Intent, facts: Facts) -> str:
    """The address that a message goes to. Raises NoEnvelopeError."""
    if intent.recipient == "staff":
        address = deployment.staff.get(intent.staff or "")
        if not address:
            raise NoEnvelopeError(f"staff {intent.staff} is not declared any more")
        return address
    to = intent.to or facts.customer.get(CONTACT[intent.channel])
    if not to:
        raise NoEnvelopeError(f"no address for {intent.channel}")
    return str(to)


def webhook_of(deployment: Deployment, name: str) -> tuple[str, str | None]:
    """Where a webhook is called, and what signs it. Raises NoEnvelopeError."""
    webhook = deployment.webhooks.get(name)
    if webhook is None:
        raise NoEnvelopeError(f"webhook {name} is not declared any more")
    url, secret = "", None
    for line in webhook.lines:
        if isinstance(line, tree.Url):
            url = line.url
        elif isinstance(line, tree.Secret):
            secret = os.environ.get(line.variable)
    return url, secret


def _product(product: str, payload: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """A product of the catalogue, as this message may show it."""
    known = {"id": product, **facts.product(product)}
    if product == payload.get("product") and payload.get("old_price") is not None:
        # What a lower price is compared with is ours to say, not the catalogue's.
        known["old_price"] = payload["old_price"]
    return known


def _order(entry: Any, facts: Facts) -> Mapping[str, Any] | None:
    """The order that the run is about, else the latest; None rather than another one."""
    orders = [event.properties for event in facts.history.get("purchase", ())]
    asked = entry.get("order_id") if isinstance(entry, Mapping) else None
    if not asked:
        return orders[-1] if orders else None
    same = [each for each in orders if each.get("order_id") == asked]
    if same:
        return same[-1]
    return entry if entry.get("items") else None


def _quantity(item: Mapping[str, Any]) -> int:
    quantity = item.get("quantity", 1)
    return quantity if isinstance(quantity, int) else 1
