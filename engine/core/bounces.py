"""Which events say that an address is to get nothing any more. Pure; the lab and the intake ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine.core.facts import CONTACT

_ENDS: Final = {"bounce": "bounced", "complain": "complained"}
_SOFT: Final = re.compile(r"soft|transient|temporar|deferr?|delay", re.IGNORECASE)
_TYPES: Final = ("type", "bounce_type", "bounceType", "bounce_class")


def suppresses(event: str, properties: Mapping[str, Any]) -> tuple[str, str] | None:
    """The channel that an event closes, and the reason; None for all others.

    A bounce that says that it is soft (a full mailbox, a server that was away) closes nothing.
    """
    what, _, channel = event.partition("_")
    reason = _ENDS.get(what)
    if reason is None or channel not in CONTACT:
        return None
    if what == "bounce" and any(_SOFT.search(str(properties.get(name, ""))) for name in _TYPES):
        return None
    return channel, reason


def leaves(event: str, properties: Mapping[str, Any]) -> list[str]:
    """The channels and topics that an `unsubscribe` leaves: those that it names, else all channels.
    Empty for all other events.
    """
    if event != "unsubscribe":
        return []
    named = [properties.get(name) for name in ("channel", "topic")]
    return [name for name in named if isinstance(name, str) and name] or list(CONTACT)
