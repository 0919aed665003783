"""What links in messages do: take people off lists, confirm them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.customers import consent, identity
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import Confirmation, MessageRef, Unsubscribe
from engine.store import customers, on_site
from engine.store.secrets import secret_of
from engine.store.states import FlowNumbers
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

CONFIRM_WITHIN = 30 * DAY
"""How long the link of a confirmation mail is good for."""

UNSUBSCRIBE_LINK = "unsubscribe link"
DOUBLE_OPT_IN = "double opt-in"


@dataclass(frozen=True, slots=True)
class OnSite:
    """What a visitor did with messages on the site: the numbers of what was `viewed`, `clicked`
    and `closed`.
    """

    viewed: Sequence[int] = ()
    clicked: Sequence[int] = ()
    closed: Sequence[int] = ()


def on_site_acts(
    transaction: Transaction,
    types: Types,
    flows: FlowNumbers,
    now: Instant,
    customer: int,
    acts: OnSite,
) -> None:
    """Record what a visitor did with their own messages, each act once; others' are passed over.

    What was viewed or closed is not shown again where it is to be seen once; what was closed is
    not shown again at all.
    """
    on_site.mark_shown(transaction, customer, acts.viewed, now)
    on_site.mark_closed(transaction, customer, acts.closed, now)
    incoming = [
        Incoming(
            "track",
            f"{act}_onsite\t{number}",
            customer=customer,
            event=f"{act}_onsite",
            properties={
                "message": message,
                "flow": flows.name(flow),
                "run": run,
                "step": step,
                "surface": surface,
            },
            source="onsite",
        )
        for act, numbers in (
            ("view", acts.viewed),
            ("click", acts.clicked),
            ("close", acts.closed),
        )
        for number, flow, run, step, surface, message in on_site.of_visitor(
            transaction, customer, numbers
        )
    ]
    if incoming:
        take(transaction, incoming, types, now)


def about(message: MessageRef) -> dict[str, Any]:
    """What an event says about the message that it belongs to."""
    return {
        "message": message.message,
        "flow": message.flow,
        "run": message.run,
        "step": message.step,
    }


def unsubscribe(
    transaction: Transaction,
    types: Types,
    now: Instant,
    told: Unsubscribe,
    *,
    everything: bool = False,
    source: str = UNSUBSCRIBE_LINK,
) -> bool:
    """Take somebody off a channel or a topic, with everybody who shares the address.

    `everything` leaves the whole channel where the link is only about a topic. False when the
    person is not known any more.
    """
    customer = identity.living(transaction, told.customer)
    if not customer:
        return False
    channel = told.what if told.what in CONTACT else ""
    if not channel and told.message is not None:
        channel = told.message.channel
    what = channel if everything and channel else told.what
    everyone = {customer}
    address = address_of(transaction, customer, channel)
    if address:
        everyone |= identity.sharing(transaction, CONTACT[channel], address)
        if what == channel:
            listed = Suppressions(bytes.fromhex(secret_of(transaction)))
            listed.leave(transaction, channel, address, now)
    incoming = [
        Incoming(
            "identify",
            f"unsubscribe\t{each}\t{what}\t{now}",
            customer=each,
            consent={what: False},
            properties=about(told.message) if told.message and each == customer else {},
            source=source,
        )
        for each in sorted(everyone)
    ]
    take(transaction, incoming, types, now)
    return True


def confirm(
    transaction: Transaction,
    types: Types,
    now: Instant,
    told: Confirmation,
    chosen: Collection[str] | None = None,
    page: str = "",
) -> bool:
    """The second half of a double opt-in. False: too late, or the address is another by now.

    `chosen` are the purposes that are ticked on the page (None: all that were asked for); each has
    a proof of its own, with the versions of the words of the mail and of the `page`.
    """
    customer = identity.living(transaction, told.customer)
    if not customer or now - told.asked_at > CONFIRM_WITHIN:
        return False
    if address_of(transaction, customer, told.channel) != told.address:
        return False
    asked = (told.channel, *told.also)
    wanted = [what for what in asked if chosen is None or what in chosen]
    new = {what: True for what in wanted if not consent.allowed(transaction, customer, what)}
    if not new:
        return True
    incoming = Incoming(
        "identify",
        "\t".join(("confirm", str(customer), *sorted(new), str(told.asked_at), str(now))),
        customer=customer,
        consent=new,
        properties={
            "asked_at": told.asked_at,
            "text": told.text or consent.CONFIRMATION_TEXT,
            **({"page": page} if page else {}),
        },
        source=DOUBLE_OPT_IN,
    )
    take(transaction, [incoming], types, now)
    return True


def address_of(transaction: Transaction, customer: int, channel: str) -> str:
    """A customer's address for a channel as it is now, "" for none."""
    properties = customers.properties_of(transaction, customer)
    if properties is None or channel not in CONTACT:
        return ""
    address = orjson.loads(properties).get(CONTACT[channel])
    return address if isinstance(address, str) else ""
