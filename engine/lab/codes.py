"""Coupon codes of a test: nobody sees them, but their time runs."""

from __future__ import annotations

from engine.core.coupons import EXPIRED, Promise, ends, promised, tells
from engine.core.deployment import Deployment
from engine.core.eligibility import Skip
from engine.core.facts import Facts
from engine.core.model import Instant, Intent


class Codes:
    """Until when the code of each promise is valid, once it was drawn."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._until: dict[Promise, Instant | None] = {}

    def refusal(self, intent: Intent, facts: Facts, now: Instant) -> Skip | None:
        """A code is drawn with the first message that tells of it, and no message tells of one
        that is over.
        """
        channel = "staff" if intent.recipient == "staff" else intent.channel
        promise = promised(intent.run, intent.payload)
        telling = self._deployment.rules.coupons
        if promise is None or not tells(telling, intent.message, channel, intent.payload):
            return None
        if promise not in self._until:
            coupon = self._deployment.coupons[promise.name]
            self._until[promise] = ends(coupon, now, facts.zone)
        until = self._until[promise]
        return Skip(EXPIRED) if until is not None and until < now else None
