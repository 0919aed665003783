"""From a Segment call (a JSON object) to an `Incoming`, or the reason why it is not taken."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.core.model import DAY, Instant
from engine.customers import contact
from engine.intake import browser
from engine.intake.agreeing import agreements
from engine.intake.identifiers import names_somebody
from engine.intake.incoming import Incoming
from engine.intake.keys import is_signed
from engine.intake.names import event_name, event_properties, trait_names
from engine.intake.refusal import Refusal, forbidden, invalid

MAX_ID = 255
"""Characters of a userId, an anonymousId, a messageId or an event's name."""

EARLIEST: Instant = 946_684_800_000
"""2000-01-01: what claims to be older is a broken clock, not a shop's history."""
LATEST_AHEAD: Instant = 366 * DAY
"""How far a moment may claim to lie ahead before it is refused; less is cut to the receipt."""

TYPES = {
    "track": "track",
    "identify": "identify",
    "page": "page",
    "screen": "screen",
    "group": "group",
    "alias": "alias",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_CONSENT_AT = ("consent_at", "consentAt")

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a call: when its request came, by which key, and what its batch said.

    `signing` is the secret that userIds are signed with under a browser key, `store` the shop's
    own address.
    """

    arrived_at: Instant
    browser: bool
    source: str
    sent_at: Instant | None = None
    enters: bool = True
    context: Mapping[str, Any] | None = None
    signing: str = ""
    store: str = ""


def read_call(call: dict[str, Any], frame: Frame, kind: str = "") -> Incoming:
    """Check one call. `kind` comes from the path; in a batch it is the member `type`.

    Raises `Refusal` that names the field.
    """
    if not kind:
        told = call.get("type") or call.get("action")
        found = TYPES.get(told) if isinstance(told, str) else None
        if found is None:
            known = ", ".join(TYPES)
            raise invalid("type", f"`type` must be one of {known}.")
        kind = found
    context = call.get("context") or frame.context or {}
    if not isinstance(context, Mapping):
        raise invalid("context", "`context` must be an object.")
    notes: list[str] = []
    incoming = Incoming(
        "track" if kind in ("page", "screen") else kind,  # type: ignore[arg-type]
        _identifier(call, "messageId") or _own_message_id(frame.arrived_at),
        user=_person(call, "userId", notes),
        anonymous=_person(call, "anonymousId", notes),
        occurred_at=_moment(call, frame),
        timed=_says_when(call),
        browser=frame.browser,
        enters=frame.enters,
        source=frame.source,
    )
    if not incoming.user and not incoming.anonymous and not notes:
        raise invalid("userId", "Give a `userId` or an `anonymousId`.")
    if incoming.browser and incoming.user:
        _vouch(incoming, frame.signing, context.get("signature"), notes)
    if kind == "track":
        _track(call, incoming)
    elif kind in ("page", "screen"):
        _page(call, incoming, context)
    elif kind == "identify":
        _identify(call, incoming, context, frame, notes)
    elif kind == "alias":
        _alias(call, incoming)
    else:
        group = _identifier(call, "groupId")
        if not group:
            raise invalid("groupId", "`group` needs a `groupId`.")
        incoming.properties = {"group_id": group, **_object(call, "traits")}
    incoming.address = _address(incoming, context)
    if zone := context.get("timezone"):
        incoming.zone = contact.zone(zone)
    if incoming.browser:
        properties = browser.only_its_own(incoming.event, incoming.properties, frame.store)
        incoming.properties = properties
        incoming.traits, ignored = browser.plain_traits(incoming.traits)
        notes += ignored
    incoming.notes = tuple(notes)
    return incoming


def _person(call: dict[str, Any], name: str, notes: list[str]) -> str:
    """An id of a person; what only looks like one is left out, and `notes` says so."""
    found = _identifier(call, name)
    if found and not names_somebody(found):
        notes.append(f'{name}: "{found[:40]}" names nobody')
        return ""
    return found


def _vouch(incoming: Incoming, signing: str, signature: Any, notes: list[str]) -> None:
    """Under a browser key a userId counts where the shop's server has signed it."""
    incoming.signed = is_signed(signing, incoming.user, signature)
    if not incoming.signed:
        incoming.hint, incoming.user = incoming.user, ""
        what = "has a wrong signature" if signature is not None else "is not signed"
        notes.append(f"userId: {what} (`context.signature`), so it is kept as a hint only")


def _alias(call: dict[str, Any], incoming: Incoming) -> None:
    incoming.previous = _person(call, "previousId", [])
    if not incoming.previous:
        raise invalid("previousId", "`alias` needs a `previousId`.")
    if incoming.hint:
        message = "A browser key needs a signed `userId` to rename a visitor."
        raise forbidden("userId", message)
    if not incoming.user:
        raise invalid("userId", "`alias` needs a `userId`.")


def _track(call: dict[str, Any], incoming: Incoming) -> None:
    told = call.get("event")
    if not isinstance(told, str) or not told.strip():
        raise invalid("event", "`event` must be the event's name.")
    if len(told) > MAX_ID:
        raise invalid("event", f"`event` holds at most {MAX_ID} characters.")
    incoming.event = name = event_name(told)
    if not name:
        raise invalid("event", "`event` must hold letters or digits.")
    if incoming.browser:
        browser.check_event(name)
    incoming.properties = event_properties(_object(call, "properties"))


def _page(call: dict[str, Any], incoming: Incoming, context: Mapping[str, Any]) -> None:
    incoming.event = "page_view"
    properties = event_properties(_object(call, "properties"))
    page = context.get("page")
    if isinstance(page, Mapping):
        for name in ("url", "path", "referrer", "title"):
            if isinstance(page.get(name), str):
                properties.setdefault(name, page[name])
    for name in ("name", "category"):
        if isinstance(call.get(name), str):
            properties.setdefault(name, call[name])
    incoming.properties = properties


def _identify(
    call: dict[str, Any],
    incoming: Incoming,
    context: Mapping[str, Any],
    frame: Frame,
    notes: list[str],
) -> None:
    traits = dict(_object(call, "traits"))
    if not traits and isinstance(context.get("traits"), Mapping):
        traits = dict(context["traits"])
    consent = traits.pop("consent", None)
    for name in _CONSENT_AT:
        given = traits.pop(name, None)
        if given not in (None, ""):
            try:
                incoming.consent_at = instant(given, f"traits.{name}", frame.arrived_at)
            except Refusal as refusal:
                # Told at an unknown time: it undoes nothing.
                incoming.consent_at = -1
                notes.append(f"{refusal.field}: {refusal.message}")
    incoming.traits = trait_names(traits)
    incoming.traits.pop("id", None)
    incoming.consent = agreements(consent, notes)
    if not _check_address(incoming.traits, notes) and incoming.consent.get("email"):
        # It was given for an address that nobody can read, not for the one that is known.
        del incoming.consent["email"]
        notes.append("traits.consent.email: the address that it was given for cannot be read")
    incoming.language = contact.language(context.get("locale"))


def _check_address(traits: dict[str, Any], notes: list[str]) -> bool:
    """Whether the address, if one is told, can be read; else it is left out.

    Raises `Refusal` for one that is forged: a slip of the pen never has two lines.
    """
    told = traits.get("email")
    if told is None:
        return True
    address = contact.email(told)
    if not address and isinstance(told, str) and not told.strip():
        traits["email"] = None  # a field that was emptied: they have no address any more
        return True
    if address:
        traits["email"] = address
        return True
    if contact.is_forged(told):
        raise invalid("traits.email", "`email` is not an e-mail address.")
    del traits["email"]
    notes.append("traits.email: is not an e-mail address, left out")
    return False


def _object(call: dict[str, Any], name: str) -> dict[str, Any]:
    value = call.get(name)
    if value is None or value == []:
        return {}  # PHP writes an empty object as []
    if not isinstance(value, dict):
        raise invalid(name, f"`{name}` must be an object.")
    return value


def _identifier(call: dict[str, Any], name: str) -> str:
    value = call.get(name)
    if value is None:
        return ""
    if type(value) is str and len(value) <= MAX_ID and value.isprintable() and value.strip():
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise invalid(name, f"`{name}` must be text.")
    if len(value) > MAX_ID:
        raise invalid(name, f"`{name}` holds at most {MAX_ID} characters.")
    if not value:
        if name == "messageId":
            raise invalid(name, "`messageId` must not be empty; leave it out instead.")
        return ""  # browser clients say "" for people who are not signed in
    if not value.strip() or not value.isprintable():
        raise invalid(name, f"`{name}` must hold visible characters.")
    return value


def _own_message_id(arrived_at: Instant) -> str:
    """For calls that bring none; rising, so that the index over them grows at its end."""
    return f"~{arrived_at:013x}{next(_numbers) & 0xFFFFFF:06x}{os.urandom(6).hex()}"


def _address(incoming: Incoming, context: Mapping[str, Any]) -> tuple[str, str]:
    """Whose address an identify or an order without a userId tells."""
    if incoming.user or incoming.browser:
        return "", ""
    if incoming.kind == "identify":
        told: list[Any] = [incoming.traits]
    elif incoming.event == "purchase":
        told = [incoming.properties, context.get("traits")]
    else:
        return "", ""
    for each in told:
        if not isinstance(each, Mapping):
            continue
        if email := contact.email(each.get("email")):
            return "email", email
        if phone := contact.phone(each.get("phone")):
            return "phone", phone
    return "", ""


def _says_when(call: dict[str, Any]) -> bool:
    return call.get("timestamp") is not None or call.get("originalTimestamp") is not None


def _moment(call: dict[str, Any], frame: Frame) -> Instant:
    """When it happened by our clock: what the sender's clock is off is taken out by `sentAt`."""
    name = "timestamp" if call.get("timestamp") is not None else "originalTimestamp"
    told = call.get(name)
    if told is None:
        return frame.arrived_at
    happened = instant(told, name, frame.arrived_at)
    sent = frame.sent_at
    if call.get("sentAt") is not None:
        sent = sent_at(call["sentAt"], frame.arrived_at)
    if sent is not None:
        happened += frame.arrived_at - sent
        if happened < EARLIEST:
            raise invalid(name, f"`{name}` lies too far in the past.")
    return min(happened, frame.arrived_at)


def sent_at(told: Any, now: Instant) -> Instant | None:
    """When a request was sent by its sender's clock; None where that cannot be used.

    It only corrects other moments: one that is broken is no reason to lose what happened.
    """
    if told is None:
        return None
    try:
        return instant(told, "sentAt", now)
    except Refusal:
        return None


def instant(told: Any, name: str, now: Instant) -> Instant:
    """An ISO 8601 moment with its zone. Raises `Refusal` that names `name`."""
    if not isinstance(told, str) or len(told) > 40:
        raise invalid(name, f"`{name}` must be an ISO 8601 moment.")
    try:
        moment = datetime.fromisoformat(told.strip())
    except ValueError:
        raise invalid(name, f"`{name}` is not an ISO 8601 moment.") from None
    if moment.tzinfo is None:
        raise invalid(name, f"`{name}` needs a zone, like 2026-01-05T10:00:00Z.")
    # Across differences between zones, so right for every offset.
    happened = (moment - _EPOCH) // _MILLISECOND
    if happened < EARLIEST:
        raise invalid(name, f"`{name}` lies before the year 2000.")
    if happened > now + LATEST_AHEAD:
        raise invalid(name, f"`{name}` lies too far in the future.")
    return happened


def as_refusal(error: Exception) -> Refusal:
    """Anything else that went wrong with one call, without its details."""
    if isinstance(error, Refusal):
        return error
    return Refusal("invalid", "This call cannot be read.")
