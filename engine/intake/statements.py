"""What people say of themselves: traits, contact data, consent.

A browser may speak of its own visitor only, and there is no consent that it can assert: it can ask
for one, which the person confirms from their mailbox, or by a code sent to their phone.
"""

from __future__ import annotations

from typing import Final

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.reachable import REACHABLE
from engine.core.values import Types
from engine.customers import addresses, consent, identity, sms_codes
from engine.customers.reach import Reach, reach
from engine.intake import browser
from engine.intake.incoming import Incoming, Taken
from engine.intake.staging import Staging
from engine.store import events

_TOO_MANY: Final = "too many were asked, try again later"
DERIVED = "\t"
"""Derived message ids hold a tab, which no client's id can: they collide with nothing."""


class Statements:
    """The `identify` calls of one batch."""

    def __init__(self, staging: Staging, types: Types) -> None:
        self._staging = staging
        self._types = types

    def identify(self, each: Incoming, customer: int, taken: Taken, *, new: bool = False) -> None:
        """Keep what a call says of its customer; `taken` learns what was left out.

        `new`: the customer was made for this call, so there is nothing to try again.
        """
        if new:
            self._describe(each, customer, taken)
            return
        before = self._reach(customer)
        self._describe(each, customer, taken)
        gained = self._reach(customer).gained(before)
        if gained:
            staging = self._staging
            mark = DERIVED.join((each.message_id, REACHABLE))
            staging.event(mark, customer, REACHABLE, staging.at, False, {"gained": gained})

    def _reach(self, customer: int) -> Reach:
        staging = self._staging
        agreed = staging.consents.agreed(customer)
        return reach(staging.profile(customer).properties, agreed)

    def _describe(self, each: Incoming, customer: int, taken: Taken) -> None:
        older = self._older(each, customer)
        about = self._staging.profile(customer)
        before = {kind: about.properties.get(kind) for kind in identity.ADDRESSES}
        taken.ignored += [f"traits.{kind}: a newer one is known" for kind in older]
        traits = {name: told for name, told in each.traits.items() if name not in older}
        taken.ignored += about.apply(traits, self._types)
        if each.zone and not about.zone:
            about.put("timezone", each.zone)
        if each.language and not about.properties.get("language"):
            about.put("language", each.language)
        for kind, old in before.items():
            address = about.properties.get(kind)
            if address != old:
                value = address if isinstance(address, str) else ""
                identity.keep_address(
                    self._staging.transaction,
                    customer,
                    kind,
                    value,
                    self._staging.at,
                    first=not old,
                )
                if each.browser and old:
                    self._forget_consent(customer, kind, str(old))
        for what, agreed in each.consent.items():
            if agreed and CONTACT.get(what) in older:
                continue  # it was given for an address that is theirs no longer
            self._consent(each, customer, what, agreed=agreed, taken=taken)

    def _older(self, each: Incoming, customer: int) -> frozenset[str]:
        """The contact properties that are known newer than this call tells them."""
        staging = self._staging
        about = staging.profile(customer)
        told = [
            kind
            for kind in identity.ADDRESSES
            if kind in each.traits
            and about.read(kind, each.traits, self._types) != about.properties.get(kind)
        ]
        first = customer in staging.fresh and not any(map(about.properties.get, told))
        if not told or first:
            return frozenset()
        staging.flush()
        earlier = events.identified(staging.transaction, [customer], but=each.message_id)
        at = each.occurred_at or staging.at
        return frozenset(
            kind
            for kind in told
            if not addresses.is_newest(
                earlier.get(customer, ()), kind, each.traits[kind], at, each.source,
                timed=each.timed or each.browser,
            )
        )  # fmt: skip

    def ask_known(self, each: Incoming, customer: int) -> None:
        """Let a known customer be asked by mail whether she agrees, as somebody's page wishes.

        The address is her own, so nobody learns anything, and nobody else is asked.
        """
        about = self._staging.profile(customer).properties
        if each.asks and browser.asks_for_own_consent(each, about):
            self._staging.flush()
            consent.ask(
                self._staging.transaction,
                customer,
                "email",
                address=str(about["email"]),
                at=self._staging.at,
                source=each.source,
                also=_purposes(each),
            )

    def _forget_consent(self, customer: int, kind: str, address: str) -> None:
        """A consent belongs to the address that it was given for."""
        consents = self._staging.consents
        for channel, property_name in CONTACT.items():
            if property_name == kind and consents.allowed(customer, channel):
                consents.change(
                    customer,
                    channel,
                    agreed=False,
                    source="the address was changed in a browser",
                    address=address,
                )

    def _consent(
        self, each: Incoming, customer: int, what: str, *, agreed: bool, taken: Taken
    ) -> None:
        staging = self._staging
        address = staging.profile(customer).properties.get(CONTACT.get(what, ""), "")
        if not isinstance(address, str):
            address = ""
        if each.browser and agreed:
            if what in _purposes(each):
                return  # asked for with the channel, in the same mail
            if what not in ("email", "sms"):
                taken.ignored.append(f"traits.consent.{what}: a browser key cannot assert it")
            elif not each.asks:
                taken.ignored.append(f"traits.consent.{what}: {_TOO_MANY}")
            elif not address:
                taken.ignored.append(f"traits.consent.{what}: there is no address to confirm")
            elif what == "sms":
                staging.flush()
                allowed = staging.consents.allowed(customer, what)
                about = customer, address, staging.at, each.source
                if allowed or not sms_codes.ask(staging.transaction, *about):
                    why = "it holds already" if allowed else _TOO_MANY
                    taken.ignored.append(f"traits.consent.sms: {why}")
            else:
                staging.flush()
                consent.ask(
                    staging.transaction,
                    customer,
                    what,
                    address=address,
                    at=staging.at,
                    source=each.source,
                    also=_purposes(each),
                )
            return
        confirmed = each.source == "double opt-in"
        changed = staging.consents.change(
            customer,
            what,
            agreed=agreed,
            source=each.source,
            address=address,
            detail=each.properties,
            act="confirmed" if confirmed and agreed else None,
            given=_given(each, staging.at),
        )
        if changed and what != consent.TRACKING:
            which = "channel" if what in CONTACT else "topic"
            told = {which: what, **each.properties}
            name = "subscribe" if agreed else "unsubscribe"
            if confirmed and agreed:
                emit(staging, each, customer, "confirm_subscription", what, told)
            emit(staging, each, customer, name, what, told)


def _purposes(each: Incoming) -> list[str]:
    """What a form asks for besides e-mail: topics and `tracking`, no other channel."""
    if not each.consent.get("email"):
        return []
    wanted = [what for what, agreed in each.consent.items() if agreed and what not in CONTACT]
    return wanted[: consent.MOST_PURPOSES]


def _given(each: Incoming, now: Instant) -> consent.Given:
    """When the consents of a call were given or withdrawn. What a page says, it says now."""
    unreadable = each.consent_at < 0
    at = (0 if unreadable else each.consent_at) or each.occurred_at or now
    timed = (each.timed and not unreadable) or each.consent_at > 0 or each.browser
    return consent.Given(at, timed=timed, imported=not each.enters)


def emit(
    staging: Staging,
    each: Incoming,
    customer: int,
    name: str,
    what: str,
    told: dict[str, object],
) -> None:
    """An event of the engine's own that follows from an incoming one."""
    message_id = DERIVED.join((each.message_id, name, what))
    staging.event(message_id, customer, name, staging.at, each.enters, told)
