"""What the files here have in common: how a provider's own words for a message are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engine.core.calendar import instant
from engine.core.model import Instant
from engine.intake.refusal import Refusal
from engine.messages.links import MessageRef
from engine.store import feedback
from engine.store.rows import Rows

_PARTS: Final = 4


def text(told: Mapping[str, Any], name: str) -> str:
    """A member as text of one line, "" where it is none."""
    value = told.get(name)
    return " ".join(str(value).split())[:1_000] if isinstance(value, str | int) else ""


def part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object, an empty one where it is none."""
    value = told.get(name)
    return value if isinstance(value, Mapping) else {}


def items(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a member that is a list."""
    value = told.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def moment(told: str) -> Instant:
    """ISO 8601 with a zone; 0 for what is none."""
    try:
        when = datetime.fromisoformat(told)
    except ValueError:
        return 0
    return 0 if when.tzinfo is None else max(instant(when, "UTC"), 0)


def address(told: str) -> str:
    """An address that a report must have. Raises `Refusal`."""
    if not told:
        raise Refusal("invalid", "It names no address.", field="body")
    return told


def by_key(rows: Rows, key: str) -> MessageRef | None:
    """The message of an idempotency key (`RUN:STEP:VISIT:customer`), None where it is not known."""
    run, _, rest = key.partition(":")
    pieces = rest.rsplit(":", 2)
    if len(pieces) != _PARTS - 1 or not run.isascii() or not run.isdigit() or len(run) > 18:
        return None
    for step, visit, customer, flow, channel, message in feedback.messages_of(rows, int(run)):
        if step == pieces[0] and str(visit) == pieces[1]:
            return MessageRef(customer, int(run), flow, step, visit, channel, message)
    return None
