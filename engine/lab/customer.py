"""The one customer of a test: as given at its start, and as the test changes them on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl import tree
from engine.core import calendar
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT, Facts, Sent
from engine.core.model import Event, Instant, Properties
from engine.lab.literals import arguments
from engine.lab.script import Script

CUSTOMER = 1
"""The id of the one customer of a test."""

LEFT_OUT = "can_receive leaves it out"

_RECORDED = "$identify"
"""What stands among the events when the shop tells of a customer; no flow can name it."""

_STAND_IN: dict[str, Any] = {
    "email": "customer@example.com",
    "phone": "+4915100000000",
    "push": "token",
}
"""Contact data for a channel that `can_receive` names without any being given."""


@dataclass(frozen=True, slots=True)
class Known:
    """What no line of a test can say of a real customer: the messages that count for limits, and
    when each (flow, key) was last entered.
    """

    sent: tuple[Sent, ...] = ()
    entries: Mapping[tuple[str, str], Instant] = field(default_factory=dict)


def given(
    script: Script,
    deployment: Deployment,
    catalogue: Mapping[str, Properties],
    known: Known | None = None,
) -> CustomerState:
    """The customer at the test's start."""
    told = arguments(script.customer)
    can_receive = told.pop("can_receive", None)
    tracked = told.pop("tracked", True)
    tags = told.pop("tags", None) or []
    changes = _read(told, deployment)
    customer = {name: value for name, value in changes.items() if value is not None}
    facts = Facts(
        CUSTOMER,
        _zone(customer, deployment),
        customer,
        set(tags),
        consent=_consent(customer, can_receive, deployment),
        suppressed=_left_out(can_receive),
        trackable=bool(tracked),
        carts_known=True,
        catalogue=catalogue,
    )
    held_out = frozenset({script.test.flow}) if script.holdout else frozenset()
    lane = CustomerState(facts, holdout=held_out, arms=dict(script.arms))
    if known is not None:
        facts.sent.extend(known.sent)
        lane.entries.update(known.entries)
    return lane


def change(
    facts: Facts,
    play: tree.CustomerPlay,
    script: Script,
    deployment: Deployment,
    at: Instant,
    seq: int,
) -> Event:
    """As when the shop tells something new of them; an address can be written to, as given.
    The event is what is then looked at: time has not stood still.
    """
    changes = _read(arguments(play.arguments), deployment)
    for name, value in changes.items():
        if value is None:
            facts.customer.pop(name, None)
        else:
            facts.customer[name] = value
    facts.zone = _zone(facts.customer, deployment)
    can_receive = arguments(script.customer).get("can_receive")
    for channel, contact in CONTACT.items():
        if contact in changes and (can_receive is None or channel in can_receive):
            facts.consent[channel] = bool(facts.customer.get(contact))
            facts.suppressed.pop(channel, None)
    return Event(_RECORDED, {}, at, at, seq)


def _read(told: dict[str, Any], deployment: Deployment) -> Properties:
    """Properties by their types; `push: true` is any browser."""
    push = told.pop("push", False)
    changes = deployment.types.read_customer(told)
    if push is not False:
        changes["push"] = _STAND_IN["push"] if push is True else str(push)
    return changes


def _zone(customer: Properties, deployment: Deployment) -> str:
    zone = customer.get("timezone")
    return zone if isinstance(zone, str) and calendar.is_zone(zone) else deployment.zone


def _consent(
    customer: Properties, can_receive: list[str] | None, deployment: Deployment
) -> dict[str, bool]:
    """Every channel whose contact property is given, unless `can_receive` says otherwise."""
    if can_receive is None:
        return {channel: bool(customer.get(CONTACT[channel])) for channel in CONTACT}
    for channel, contact in CONTACT.items():
        if channel in can_receive:
            customer.setdefault(contact, _STAND_IN[contact])
    return {name: name in can_receive for name in (*CONTACT, *deployment.topics)}


def _left_out(can_receive: list[str] | None) -> dict[str, str]:
    """What `can_receive` does not name reaches nobody, not even a transactional message."""
    if can_receive is None:
        return {}
    return {channel: LEFT_OUT for channel in CONTACT if channel not in can_receive}
