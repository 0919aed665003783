"""A browser subscribes to pushes, or takes none any more.

The permission that a person gives their browser is the consent to the channel; its proof names it.
The property `push` names the newest browser, and is empty when there is none.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple

import orjson

from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import identity
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.store import customers, devices
from engine.store.devices import Kept
from engine.store.writer import Transaction

PERMISSION: Final = "browser permission"


class Subscription(NamedTuple):
    """What a browser says of itself: its address, public key and secret (base64url)."""

    endpoint: str
    key: str
    secret: str

    @property
    def name(self) -> str:
        return name_of(self.endpoint)


def name_of(endpoint: str) -> str:
    """How a browser is called here: its address is a secret, and long."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]


def subscribe(
    transaction: Transaction,
    types: Types,
    now: Instant,
    told: Subscription,
    *,
    customer: int,
    visitor: str,
    was: str = "",
    proof: dict[str, Any] | None = None,
) -> int:
    """Keep a browser as the customer's, with the consent; gives whose it is.

    `customer` is who the visitor is, 0 where nobody vouches for that: then the browser belongs to a
    visitor of its own. `was` is the address that this browser had before: who knows it is that
    browser. What is known already changes nothing.
    """
    before = devices.find(transaction, told.name)
    earlier = devices.find(transaction, name_of(was)) if was else None
    owner = customer or next((one.customer for one in (earlier, before) if one), 0)
    owner = identity.living(transaction, owner) or 0 if owner else 0
    kept = Kept(told.name, owner, told.endpoint, told.key, told.secret, now)
    if before is not None and owner and before[1:5] == kept[1:5]:
        return owner
    incoming = Incoming(
        "identify",
        f"push\t{told.name}\t{now}",
        customer=owner,
        anonymous="" if owner else (visitor or f"push-{told.name}"),
        traits={"push": told.name},
        consent={"push": True},
        properties=proof or {},
        source=PERMISSION,
    )
    [taken] = take(transaction, [incoming], types, now)
    owner = taken.customer
    devices.keep(transaction, kept._replace(customer=owner))
    if earlier is not None and earlier.name != told.name:
        devices.drop(transaction, earlier.name)
    if before is not None and before.customer != owner:
        _name_newest(transaction, types, now, before.customer, told.name)
    return owner


def gone(transaction: Transaction, types: Types, now: Instant, name: str) -> None:
    """A push service, or the browser itself, says that it takes nothing any more."""
    found = devices.find(transaction, name)
    if found is None:
        return
    devices.drop(transaction, name)
    _name_newest(transaction, types, now, found.customer, name)


def denied(transaction: Transaction, types: Types, now: Instant, endpoint: str) -> None:
    """A person took the permission back: this browser takes nothing, and without another one the
    consent is withdrawn.
    """
    found = devices.find(transaction, name_of(endpoint))
    if found is None:
        return
    gone(transaction, types, now, found.name)
    customer = identity.living(transaction, found.customer)
    if customer and not devices.of_customer(transaction, customer):
        incoming = Incoming(
            "identify",
            f"push denied\t{found.name}\t{now}",
            customer=customer,
            consent={"push": False},
            source=PERMISSION,
        )
        take(transaction, [incoming], types, now)


def _name_newest(
    transaction: Transaction, types: Types, now: Instant, told: int, name: str
) -> None:
    """Let the property `push` name another browser where it named this one, or none."""
    customer = identity.living(transaction, told)
    properties = customers.properties_of(transaction, customer) if customer else None
    if properties is None or orjson.loads(properties).get("push") != name:
        return
    rest = devices.of_customer(transaction, customer)
    incoming = Incoming(
        "identify",
        f"push gone\t{name}\t{now}",
        customer=customer,
        traits={"push": rest[0].name if rest else None},
        source=PERMISSION,
    )
    take(transaction, [incoming], types, now)
