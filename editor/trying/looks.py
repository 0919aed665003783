"""What a tried message looks like: made by the sender's own code, sent to nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from engine.clock import SettableClock
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT, Facts
from engine.core.model import Instant, Intent, Properties
from engine.delivery.composer import Composer
from engine.learning.current import Learned
from engine.messages.errors import MessageError
from engine.messages.library import Messages
from engine.messages.links import LinkMaker
from engine.messages.samples import LINKS, rich
from engine.publishing.live import Live
from engine.store.suppression import Suppressions


@dataclass(frozen=True, slots=True)
class Look:
    """A message as somebody would get it; `problem` says why it could not be made."""

    to: str
    subject: str
    html: str
    text: str
    language: str
    problem: str = ""

    @property
    def key(self) -> str:
        """What the page of its HTML is asked by."""
        return hashlib.sha256(self.html.encode()).hexdigest()[:24] if self.html else ""


class Looks:
    """Makes the messages of a project as the sender would, for a test's customer."""

    def __init__(
        self,
        deployment: Deployment,
        messages: Messages | None,
        url: str,
        now: Instant,
        own: Mapping[str, Any],
        learned: Learned,
        shelf: Mapping[str, Properties] = MappingProxyType({}),
    ) -> None:
        """`own` are properties that messages show instead of the test: a real name, an address;
        `shelf` is what they may show of products beside what the test says of them.
        """
        self._shelf = shelf
        self._live = Live(SettableClock(now), Suppressions(b""))
        self._live.deployment = deployment
        self._live.learned = learned
        self._composer = Composer(self._live, LinkMaker(url, b"tried"), url)
        self._messages = messages
        self._own = own

    def __call__(self, intent: Intent, facts: Facts, now: Instant) -> Look:
        """See `engine.lab.world.Compose`."""
        channel = "staff" if intent.recipient == "staff" else intent.channel
        customer = {**facts.customer, **self._own}
        to = str(customer.get(CONTACT.get(channel, "")) or "")
        if channel == "staff":
            to = self._live.deployment.staff.get(intent.staff or "", "")
        if self._messages is None:
            return Look(to, intent.message, "", "", "", "there is no folder with messages")
        if self._shelf:
            catalogue = {**self._shelf, **facts.catalogue}
            for product in self._shelf.keys() & facts.catalogue.keys():
                catalogue[product] = {**self._shelf[product], **facts.catalogue[product]}
            facts = replace(facts, catalogue=catalogue)
        told = self._composer.context(intent, facts, now)
        told["customer"] = {**told["customer"], **self._own}
        invented = rich()
        told.setdefault("coupon", invented["coupon"])
        told |= LINKS
        subject = intent.payload.get("subject")
        try:
            made = self._messages.render(intent.message, channel, told, subject=subject)
        except MessageError as error:
            return Look(to, intent.message, "", "", "", str(error))
        return Look(to, made.subject, made.html, made.text, made.language)
