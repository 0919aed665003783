"""Addresses that another system had to stop writing to, before we write to anybody.

What the exports of Klaviyo, Mailchimp, Postmark and SendGrid call an address, a reason and a time
is known. Whose mailbox is dead or who complained is suppressed; who left has left, as by a link in
a message: whoever has the address has no consent that was given before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.core.bounces import BOUNCED, COMPLAINED
from engine.core.calendar import iso
from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import contact, identity
from engine.customers.consent import Consents, Given
from engine.intake import cells
from engine.intake.names import snake_case
from engine.intake.refusal import Refusal
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

LEFT: Final = "left"
PASSED_OVER: Final = "soft bounces and blocks of the sender are no reason to stop; passed over"

_ADDRESS: Final = (
    *("address", "email", "e_mail", "email_address", "emailaddress", "mail", "recipient"),
    *("phone", "phone_number", "mobile", "number"),
)
WHO: Final = _ADDRESS
"""One of these columns must be there."""
_REASONS: Final = (
    *("reason", "suppression_reason", "suppressionreason", "bounce_type", "type", "status"),
    *("unsub_reason", "origin", "event", "grund"),
)
_TIMES: Final = (
    *("at", "time", "timestamp", "date", "created", "created_at", "createdat", "suppressed_at"),
    *("unsub_time", "clean_time", "last_changed", "datum"),
)
_COMPLAINED: Final = re.compile(r"spam|complain|abuse|beschwer", re.IGNORECASE)
_LEFT: Final = re.compile(
    r"unsub|opt(ed)?[ _-]?out|\bstop\b|left|manual|user.?suppressed|abgemeldet|withdr",
    re.IGNORECASE,
)
_PASSING: Final = re.compile(r"soft|transient|temporar|block|deferr", re.IGNORECASE)
_DEAD: Final = re.compile(
    r"bounce|invalid|hard|clean|dead|unknown|permanent|\b5\.\d\.\d|\b55\d\b", re.IGNORECASE
)
_LONGEST: Final = 100


class Stop(NamedTuple):
    """What a row says. `reason` is ours where it means one of ours, else as it was told."""

    channel: str
    address: str
    reason: str
    at: Instant


def read(row: Mapping[str, Any], types: Types, now: Instant) -> Stop | None:
    """A row; None where what it tells is no reason to stop. Raises `Refusal`."""
    told = {snake_case(name): value for name, value in row.items() if value not in (None, "")}
    channel, address = _address(told)
    reason, at = _reason(told), now
    if reason is None:
        return None
    for name in _TIMES:
        value = told.get(name)
        if value is not None and not str(value).startswith("0000"):
            at = min(cells.moment(name, value, types.zone, now), now)
            break
    return Stop(channel, address, reason, at)


def _address(told: Mapping[str, Any]) -> tuple[str, str]:
    wanted = str(told.get("channel") or "").strip().lower()
    if wanted and wanted not in CONTACT:
        raise Refusal("invalid", f"{wanted!r} is none of {', '.join(CONTACT)}.", field="channel")
    for name in _ADDRESS:
        value = told.get(name)
        if value is None:
            continue
        if address := contact.email(value):
            return wanted or "email", address
        number = str(value).strip()
        if number := contact.phone(number if number.startswith("+") else f"+{number}"):
            return wanted or "sms", number
        raise Refusal("invalid", "This is neither an address nor a number.", field=name)
    raise Refusal("missing", "There is neither an address nor a number.", field="email")


def _reason(told: Mapping[str, Any]) -> str | None:
    said = " ".join(str(told[name]) for name in _REASONS if name in told)
    if _COMPLAINED.search(said) or ("ip" in told and not said):
        return COMPLAINED  # of all that SendGrid lists, spam reports alone have an `ip`
    if "unsub_time" in told or _LEFT.search(said):
        return LEFT
    if "clean_time" in told:
        return BOUNCED
    if _PASSING.search(said):
        return None
    if _DEAD.search(said):
        return BOUNCED
    return " ".join(said.split())[:_LONGEST] or "import"


def store(transaction: Transaction, stops: Sequence[Stop], source: str, now: Instant) -> None:
    """Let them hold, with what whoever has an address agreed to; `source` names the file."""
    listed = Suppressions(bytes.fromhex(secret_of(transaction)))
    consents = Consents(transaction, now)
    for stop in stops:
        if stop.reason != LEFT:
            listed.add(transaction, stop.channel, stop.address, stop.reason, stop.at)
            continue
        before = listed.left_at(transaction, stop.channel, stop.address)
        if before is None or before < stop.at:
            listed.leave(transaction, stop.channel, stop.address, stop.at)
        sharing = identity.sharing(transaction, CONTACT[stop.channel], stop.address)
        for customer in sorted(sharing):
            consents.change(
                customer,
                stop.channel,
                agreed=False,
                source=source,
                address=stop.address,
                detail={"left": iso(stop.at)},
                given=Given(stop.at, imported=True),
            )
    consents.flush()
